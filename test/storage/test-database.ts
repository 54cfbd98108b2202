/** Which engine tests run on: SQLite, or what CLAVIGER_TEST_ENGINE names (`npm test -- --engine postgres`). */
import { stringify } from 'yaml';
import type { DatabaseConfiguration } from '../../src/configuration/database.ts';
import { WITHOUT_POSTGRES, sharedPostgres } from './postgres-server.ts';

export const TEST_ENGINE = process.env['CLAVIGER_TEST_ENGINE'] ?? 'sqlite';

/** A fresh database. @throws Error when this machine has not the engine that was asked for */
export async function testDatabase(): Promise<DatabaseConfiguration> {
  if (TEST_ENGINE === 'sqlite') return { engine: 'sqlite' };
  if (TEST_ENGINE !== 'postgres') throw new Error(`CLAVIGER_TEST_ENGINE=${TEST_ENGINE} is no engine`);
  if (WITHOUT_POSTGRES !== false) throw new Error(WITHOUT_POSTGRES);
  return (await sharedPostgres()).createDatabase();
}

/** As the configuration file says it; empty for the engine that is used without it. */
export function databaseSection(database: DatabaseConfiguration): string {
  if (database.engine === 'sqlite') return '';
  const hosts = database.hosts.map(({ host, port }) => `${host}:${port}`);
  return `\n${stringify({ database: { ...database, hosts } })}`;
}
