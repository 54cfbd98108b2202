/** Comparing the two trails over a range of time. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { journalBeginning } from '../audit/beginning.ts';
import { readJournalBatches } from '../audit/reading.ts';
import { readCopyStates } from '../hsm-trail/log-copy.ts';
import type { LogCopyState } from '../hsm-trail/log-copy.ts';
import { callOf, mayBeCall } from './calls.ts';
import { matchRequest } from './match.ts';
import type { Matched, MatchRules } from './match.ts';
import { Partitions } from './partitions.ts';
import type { Finding } from './records.ts';
import { readUses } from './uses.ts';

export interface ReconcileOptions {
  /** Folder of the journals. */
  journal: string;
  /** Folder of the copies of the HSMs' logs. */
  copies: string;
  /** Milliseconds since 1970. */
  from: number;
  to: number;
  now: number;
  /**
   * Records of the last moments are not judged yet, and times of a use and its call may be this far apart: clock skew,
   * calls under way, delivery.
   */
  marginMs?: number;
  keyOf?: MatchRules['keyOf'];
  /**
   * The clusters in which uses of a custom key store's keys may have been; undefined when that is not known. Without it, and then, a
   * missing use is waited for in all clusters.
   */
  clustersOf?(
    customKeyStoreId: string,
  ): Promise<readonly string[] | undefined> | readonly string[] | undefined;
  /** Is told of each finding at once, in no order; the result's list stays empty then, so that memory is bounded. */
  found?(finding: Finding): Promise<void>;
  /** How many records may be in memory at a time, about. */
  recordsInMemory?: number;
  /** Where more of them lie meanwhile; the system's folder for temporary files unless told. */
  workFolder?: string;
}

export interface Reconciliation extends Matched {
  /** From when on records were judged. */
  from: number;
  /** Where retention has removed records of the range from the journal: the time of the first that is left. */
  journalBegins?: number;
  /** Until when records were judged. */
  to: number;
  /** HSMs whose logs did not reach `to`. */
  incomplete: { hsmId: string; completeUntil: number }[];
}

export const DEFAULT_MARGIN_MS = 30_000;

/** Bytes that a record takes in its trail, about: guesses how many there are. */
const BYTES_PER_USE = 220;
const BYTES_PER_EVENT = 900;

/** @throws Error when a trail cannot be read */
export async function reconcile(options: ReconcileOptions): Promise<Reconciliation> {
  const { journal, copies, now, marginMs = DEFAULT_MARGIN_MS } = options;
  const around = marginMs + 1000;
  const journalBegins = await journalBeginning(journal, options.from - around);
  // what was used before may belong to a call whose record was removed by right
  const from = Math.max(options.from, (journalBegins ?? -Infinity) + around);
  const to = Math.min(options.to, now - marginMs);
  const states = readCopyStates(copies);
  const waitedFor = states.filter(({ member }) => member);
  const incomplete = waitedFor
    .filter((state) => completeUntilMs(state) < to)
    .map((state) => ({ hsmId: state.hsmId, completeUntil: completeUntilMs(state) }));
  const rules: MatchRules = {
    ...{ from, to, marginMs, keyOf: options.keyOf ?? (() => undefined) },
    completeUntil: completeness(states, options),
  };
  const total: Reconciliation = {
    ...{ from, to, incomplete, ...(journalBegins !== undefined && { journalBegins }) },
    ...{ findings: [], uses: 0, calls: 0, repeated: 0, undecided: 0 },
  };
  if (to < from) return total;
  const range = { from: from - around, to: to + around };
  const { recordsInMemory, workFolder: parent } = options;
  const partitions = new Partitions(expectedRecords({ ...options, from }), { recordsInMemory, parent });
  try {
    for (const { hsmId } of states) {
      for await (const uses of readUses(copies, hsmId, range))
        for (const use of uses) partitions.add({ use });
    }
    for await (const records of readJournalBatches(journal, { ...range, wants: mayBeCall })) {
      for (const record of records) {
        const call = callOf(record);
        if (call !== undefined) partitions.add({ call });
      }
    }
    for (const { requestId, uses, calls } of partitions.requests()) {
      const matched = await matchRequest(requestId, uses, calls, rules);
      if (options.found !== undefined) for (const one of matched.findings.splice(0)) await options.found(one);
      add(total, matched);
    }
  } finally {
    partitions.remove();
  }
  total.findings.sort((a, b) => a.timeAt - b.timeAt);
  return total;
}

/** Until when the logs of a key store's HSMs are there; asks once for each store. */
function completeness(
  states: readonly LogCopyState[],
  { clustersOf }: Pick<ReconcileOptions, 'clustersOf'>,
): MatchRules['completeUntil'] {
  const ofAll = completeUntilOf(states);
  const known = new Map<string, Promise<number>>();
  const ask = async (keyStore: string): Promise<number> => {
    const clusters = await clustersOf?.(keyStore);
    if (clusters === undefined) return ofAll;
    return completeUntilOf(states.filter(({ clusterId }) => clusters.includes(clusterId)));
  };
  return (keyStore) => {
    if (keyStore === undefined) return ofAll;
    let asked = known.get(keyStore);
    if (asked === undefined) known.set(keyStore, (asked = ask(keyStore)));
    return asked;
  };
}

/** Without any copy nothing is known of any HSM. */
function completeUntilOf(states: readonly LogCopyState[]): number {
  if (states.length === 0) return 0;
  const waitedFor = states.filter(({ member }) => member);
  return Math.min(...waitedFor.map(completeUntilMs), Number.MAX_SAFE_INTEGER);
}

function completeUntilMs({ completeUntilMicros }: LogCopyState): number {
  return Math.floor(completeUntilMicros / 1000);
}

function add(total: Matched, one: Matched): void {
  total.findings.push(...one.findings);
  total.uses += one.uses;
  total.calls += one.calls;
  total.repeated += one.repeated;
  total.undecided += one.undecided;
}

/** Of the files that may have something of the range; too many rather than too few. */
function expectedRecords({ copies, journal, from }: ReconcileOptions): number {
  return bytesSince(copies, from) / BYTES_PER_USE + bytesSince(journal, from) / BYTES_PER_EVENT;
}

/** Bytes of the files that were written to after a time. */
function bytesSince(folder: string, from: number): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.log'))
    .map((name) => statSync(join(folder, name)))
    .filter(({ mtimeMs }) => mtimeMs >= from)
    .reduce((sum, { size }) => sum + size, 0);
}
