/** `claviger audit`: reading the journal of KMS events and proving that nobody changed it. */
import { join } from 'node:path';
import { Command } from 'commander';
import { printEvents, printVerification } from '../audit/print.ts';
import type { VerificationOptions } from '../audit/print.ts';
import { dataFolder } from '../supervisor/installation.ts';
import { exportCommand } from './audit-export.ts';
import { reconcileCommand } from './audit-reconcile.ts';
import { journalOf } from './journal.ts';
import { requireStopped } from './stopped.ts';
import { rebuildHistory } from '../trail-reader/reindex.ts';

export function auditCommand(): Command {
  const audit = new Command('audit').description('read and verify the audit trail');
  audit
    .command('list')
    .description('print recorded events, oldest first')
    .option('--data <folder>', 'data folder', defaultData())
    .option('--follow', 'go on with what comes in')
    .option('--json', 'whole CloudTrail records, one a line')
    .option('--name <operation>', 'only this operation, such as Decrypt')
    .option('--key <id>', 'only this key')
    .action(
      async (options: { data: string; follow?: boolean; json?: boolean; name?: string; key?: string }) => {
        const { data, ...rest } = options;
        await printEvents(await journalOf(data), rest, write);
      },
    );
  audit
    .command('verify')
    .description('check the hash chain of every record, and what is signed of it')
    .option('--data <folder>', 'data folder', defaultData())
    .option('--anchor <folder>', 'folder outside with copies of checkpoints: its keys are believed')
    .option('--key <fingerprint...>', 'the only keys that may have signed checkpoints')
    .option('--logs <folder>', 'a bucket of trails that is a folder: check its digest and log files too')
    .option('--json', 'for programs')
    .action(async ({ data, ...options }: { data: string } & VerificationOptions) => {
      if (!(await printVerification(await journalOf(data), options, write))) process.exitCode = 1;
    });
  audit.addCommand(reconcileCommand(defaultData(), write));
  audit.addCommand(exportCommand(defaultData(), write));
  audit
    .command('reindex')
    .description('make the event history (LookupEvents) anew from the journal; Claviger must be stopped')
    .option('--data <folder>', 'data folder', defaultData())
    .action(async ({ data }: { data: string }) => reindex(data));
  return audit;
}

async function reindex(data: string): Promise<void> {
  const journal = await journalOf(data);
  const folder = dataFolder(data);
  requireStopped(folder);
  const start = performance.now();
  const events = await rebuildHistory(journal, join(folder.server, 'events.db'));
  write(`${events} events in ${((performance.now() - start) / 1000).toFixed(1)} s.\n`);
}

const defaultData = (): string => process.env['CLAVIGER_DATA'] ?? './data';
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1)); // `| head`

const write = (text: string): void => void process.stdout.write(text);
