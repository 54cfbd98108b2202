/** A reconciliation for people and, as JSON, for programs; with the chains of both trails. */
import { verifyJournal } from '../audit/verify.ts';
import type { Verification } from '../audit/verify.ts';
import { backingKeys } from './backing-keys.ts';
import { verifyCopies } from './chains.ts';
import type { CopyVerdict } from './chains.ts';
import { reconcile } from './reconcile.ts';
import type { Reconciliation, ReconcileOptions } from './reconcile.ts';

export interface PrintOptions extends Omit<ReconcileOptions, 'keyOf'> {
  /** Verify hash chains and signatures too. */
  chains: boolean;
  json: boolean;
}

/** `undecided`: nothing is wrong as far as the HSMs' logs are known. */
export type Outcome = 'agree' | 'mismatch' | 'undecided';

export interface TrailReport extends Reconciliation {
  outcome: Outcome;
  chains?: { journal: Verification; hsmLogs: CopyVerdict[] };
}

/** Compares the trails of a data folder, which may be in use. */
export async function reportOnTrails({
  chains,
  ...options
}: Omit<PrintOptions, 'json'>): Promise<TrailReport> {
  const keys = await backingKeys(options.journal);
  const found = await reconcile({ ...options, keyOf: (materialId) => keys.get(materialId) });
  const verified = chains
    ? { journal: await verifyJournal(options.journal), hsmLogs: await verifyCopies(options.copies) }
    : undefined;
  const report = { ...found, ...(verified !== undefined && { chains: verified }) };
  return { ...report, outcome: outcomeOf(report) };
}

export function outcomeOf({
  findings,
  incomplete,
  undecided,
  chains,
}: Omit<TrailReport, 'outcome'>): Outcome {
  const broken =
    chains !== undefined &&
    !(chains.journal.problems.length === 0 && chains.hsmLogs.every(({ intact }) => intact));
  if (findings.length > 0 || broken) return 'mismatch';
  return undecided > 0 || incomplete.length > 0 ? 'undecided' : 'agree';
}

export async function printReconciliation(
  options: PrintOptions,
  write: (text: string) => void,
): Promise<Outcome> {
  const report = await reportOnTrails(options);
  if (options.json) write(`${JSON.stringify(report)}\n`);
  else for (const line of reportLines(report)) write(`${line}\n`);
  return report.outcome;
}

/** The report as lines of text. */
export function reportLines(report: TrailReport): string[] {
  const { findings, uses, calls, repeated, undecided, incomplete, journalBegins, chains } = report;
  return [
    `${uses} use(s) in HSMs belong to recorded calls; ${calls} recorded call(s) have their uses; ${repeated} repeated on an HSM.`,
    ...findings.map(({ kind, timeAt, what }) => `${kind}  ${iso(timeAt)}  ${what}`),
    ...incomplete.map(
      ({ hsmId, completeUntil }) => `not complete: the log of ${hsmId} is here until ${iso(completeUntil)}`,
    ),
    ...(journalBegins === undefined
      ? []
      : [
          `the journal begins at ${iso(journalBegins)}: what was before was removed by right and is not judged`,
        ]),
    ...(undecided > 0 ? [`${undecided} call(s) cannot be judged until these logs are here`] : []),
    ...(chains === undefined ? [] : chainLines(chains)),
    `${findings.length} mismatch(es) from ${iso(report.from)} to ${iso(report.to)}.`,
  ];
}

function chainLines({ journal, hsmLogs }: NonNullable<TrailReport['chains']>): string[] {
  const whole =
    journal.problems.length === 0 ? 'whole and unaltered' : `${journal.problems.length} problem(s)`;
  const signed =
    journal.signed === undefined ? 'no signed checkpoint' : `signed up to record ${journal.signed}`;
  return [
    `journal: ${journal.records} record(s), ${whole}, ${signed}`,
    ...(journal.removals ?? []).map(
      ({ writer, last, time }) => `records 1 to ${last} of ${writer} were removed by right, at last ${time}`,
    ),
    ...journal.problems.map(({ kind, seq, file }) => `journal ${kind}: record ${seq} in ${file}`),
    ...hsmLogs.map((log) =>
      log.intact
        ? `log of ${log.hsmId}: ${entriesOf(log)}, ${log.checkpoints} signature(s), whole and unaltered`
        : `log of ${log.hsmId} broken: ${log.reason}`,
    ),
  ];
}

/** A copy may begin later than the log: on another node, or because its first files are gone. */
function entriesOf({ entries, begins }: Extract<CopyVerdict, { intact: true }>): string {
  if (begins === undefined) return `${entries} entries`;
  return `entries ${begins} to ${entries - 1}, those before are not in this copy`;
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
