/** `claviger audit reconcile`: do the journal of KMS calls and the HSMs' own logs agree? */
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { printReconciliation } from '../reconcile/print.ts';
import { DEFAULT_MARGIN_MS } from '../reconcile/reconcile.ts';
import { dataFolder } from '../supervisor/installation.ts';
import { journalOf } from './journal.ts';

interface Options {
  data: string;
  from?: number;
  to?: number;
  margin: number;
  chains: boolean;
  json?: boolean;
}

/** Exit status: 0 all agree, 1 something does not, 2 nothing found but an HSM's log is not there yet. */
const STATUS = { agree: 0, mismatch: 1, undecided: 2 } as const;

export function reconcileCommand(defaultData: string, write: (text: string) => void): Command {
  return new Command('reconcile')
    .description("compare the journal of KMS calls with the HSMs' own logs, both ways")
    .option('--data <folder>', 'data folder', defaultData)
    .option('--from <time>', 'ISO time, or hours back such as 24h (default: all)', time)
    .option('--to <time>', 'ISO time, or hours back (default: now)', time)
    .addOption(marginOption())
    .option('--no-chains', 'do not verify hash chains and signatures of journal and HSM logs too')
    .option('--json', 'for programs')
    .action(async ({ data, from = 0, margin, chains, json, ...until }: Options) => {
      const { server } = dataFolder(data);
      const now = Date.now();
      const { to = now } = until;
      if (from >= to) throw new Error('--from is not before --to: there would be nothing to compare');
      const outcome = await printReconciliation(
        {
          journal: await journalOf(data),
          copies: join(server, 'hsm-logs'),
          ...{ from, to, now, marginMs: margin, chains, json: json === true },
        },
        write,
      );
      process.exitCode = STATUS[outcome];
    });
}

/** `--margin`, in milliseconds. */
export function marginOption(): Option {
  return new Option(
    '--margin <seconds>',
    'clock skew allowed, and how long the latest records are left alone',
  )
    .argParser(seconds)
    .default(DEFAULT_MARGIN_MS, String(DEFAULT_MARGIN_MS / 1000));
}

const HOUR_MS = 3_600_000;

function time(text: string): number {
  const hours = /^(\d+(?:\.\d+)?)h$/.exec(text)?.[1];
  // Date.parse reads much else: `1` is a day in 2001
  const iso = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  const at = hours === undefined ? iso : Date.now() - Number(hours) * HOUR_MS;
  if (Number.isNaN(at))
    throw new InvalidArgumentError('It is neither an ISO time nor a number of hours such as 24h.');
  return at;
}

function seconds(text: string): number {
  const number = Number(text);
  if (!(number >= 0)) throw new InvalidArgumentError('It is not a number of seconds.');
  return number * 1000;
}
