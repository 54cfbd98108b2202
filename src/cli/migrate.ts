/** `claviger migrate`: moves what an installation remembers from its database file to PostgreSQL, while it is stopped. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { readConfiguration } from '../configuration/configuration.ts';
import { MOVED } from '../storage/open.ts';
import { openPostgresUnlimited } from '../storage/postgres.ts';
import { foldSqlite, openSqliteReadOnly } from '../storage/sqlite.ts';
import { transfer } from '../storage/transfer.ts';
import { dataFolder } from '../supervisor/installation.ts';
import { requireStopped } from './stopped.ts';

interface MigrateOptions {
  data: string;
  to: string;
}

/** What SQLite keeps beside the database while it is read: nothing that would be missed. */
const PARTS = ['-wal', '-shm'];

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('move the rows of a stopped installation from its database file (SQLite) to PostgreSQL')
    .option('--data <folder>', 'data folder', process.env['CLAVIGER_DATA'] ?? './data')
    .requiredOption('--to <file>', 'configuration file whose `database` names the PostgreSQL database')
    .action(migrate);
}

async function migrate({ data, to }: MigrateOptions): Promise<void> {
  const { database } = readConfiguration(requireFile(resolve(to)));
  if (database.engine !== 'postgres') throw new Error(`${to} has no section database with engine: postgres`);
  const folder = dataFolder(resolve(data));
  const file = requireFile(join(folder.server, 'claviger.db'));
  requireStopped(folder);
  foldSqlite(file);
  const source = openSqliteReadOnly(file);
  const target = await openPostgresUnlimited(database);
  try {
    for (const { name, rows, digest } of await transfer(source, target))
      console.log(`${name.padEnd(24)} ${String(rows).padStart(9)} rows  ${digest}`);
  } finally {
    await source.destroy();
    await target.destroy();
  }
  renameSync(file, `${file}${MOVED}`);
  for (const part of PARTS) rmSync(`${file}${part}`, { force: true });
  console.log(`
Every table has the same rows in both databases (number, and a hash over all of them). What to do next:
  1. put the section \`database\` of ${to} into the configuration file that Claviger is started with
     (default: ${join(folder.root, 'claviger.yaml')});
  2. start Claviger;
  3. keep ${file}${MOVED} until you have a backup of the new database. It is not used any more.`);
}

function requireFile(path: string): string {
  if (!existsSync(path)) throw new Error(`there is no ${path}`);
  return path;
}
