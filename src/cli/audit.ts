/** `claviger audit`: reading the journal of KMS events and proving that nobody changed it. */
import { join } from 'node:path';
import { Command } from 'commander';
import { printEvents, printVerification } from '../audit/print.ts';
import { dataFolder } from '../supervisor/installation.ts';
import { exportCommand } from './audit-export.ts';
import { reconcileCommand } from './audit-reconcile.ts';

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
        await printEvents(journalOf(data), rest, write);
      },
    );
  audit
    .command('verify')
    .description('check the hash chain of every record')
    .option('--data <folder>', 'data folder', defaultData())
    .option('--json', 'for programs')
    .action(async (options: { data: string; json?: boolean }) => {
      if (!(await printVerification(journalOf(options.data), options, write))) process.exitCode = 1;
    });
  audit.addCommand(reconcileCommand(defaultData(), write));
  audit.addCommand(exportCommand(defaultData(), write));
  return audit;
}

const defaultData = (): string => process.env['CLAVIGER_DATA'] ?? './data';
const journalOf = (data: string): string => join(dataFolder(data).server, 'audit');
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1)); // `| head`

const write = (text: string): void => void process.stdout.write(text);
