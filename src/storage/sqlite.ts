/** The embedded engine: SQLite in WAL mode, every commit synced before it is acknowledged. */
import { chmodSync } from 'node:fs';
import SqliteDatabase from 'better-sqlite3';
import { Kysely, Migrator, SqliteDialect } from 'kysely';
import { migrations } from './migrations/index.ts';
import type { Schema } from './schema.ts';
import type { Database } from './store.ts';

/** For commands that only look, also while a server has the file open. @throws Error when there is no such file */
export function openSqliteReadOnly(file: string): Database {
  const sqlite = new SqliteDatabase(file, { readonly: true, fileMustExist: true });
  return new Kysely<Schema>({ dialect: new SqliteDialect({ database: sqlite }) });
}

/**
 * Opens (and creates or migrates) the database file.
 * @throws Error when a migration fails; the file is then as it was before.
 */
export async function openSqlite(file: string): Promise<Database> {
  const sqlite = new SqliteDatabase(file);
  chmodSync(file, 0o600);
  sqlite.pragma('journal_mode = WAL');
  sqlite.pragma('synchronous = FULL');
  sqlite.pragma('foreign_keys = ON');
  sqlite.pragma('busy_timeout = 5000');
  const database = new Kysely<Schema>({ dialect: new SqliteDialect({ database: sqlite }) });
  const { error } = await new Migrator({
    db: database,
    provider: { getMigrations: async () => migrations },
  }).migrateToLatest();
  if (error !== undefined) {
    await database.destroy();
    throw new Error(`cannot migrate ${file}`, { cause: error });
  }
  return database;
}
