/** `claviger backup`: a copy of the data folder from which Claviger starts, made while it serves. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { backUp } from '../backup/backup.ts';
import { printJson } from './hsm/output.ts';

export function backupCommand(): Command {
  return new Command('backup')
    .description('copy the data folder as a crash would leave it, also while Claviger serves')
    .argument('<folder>', 'where to; must not be there yet')
    .option('--data <folder>', 'data folder', process.env['CLAVIGER_DATA'] ?? './data')
    .option('--json', 'for programs')
    .action(run);
}

async function run(target: string, options: { data: string; json?: boolean }): Promise<void> {
  process.umask(0o077);
  const report = await backUp(resolve(options.data), resolve(target));
  if (options.json === true) {
    printJson(report);
    return;
  }
  const { files, bytes, hsms, database } = report;
  console.log(`${files} files, ${(bytes / 1e6).toFixed(1)} MB, with ${hsms.length} HSMs of this machine.`);
  if (!database)
    console.log('Not in it: the database. It must be dumped (pg_dump) before each backup, not after.');
  console.log('Not in it: the host secret and operator/, which belong elsewhere (docs/operations.md).');
}
