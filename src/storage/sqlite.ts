/** The embedded engine: SQLite in WAL mode, every commit synced before it is acknowledged. */
import { chmodSync, statSync } from 'node:fs';
import SqliteDatabase from 'better-sqlite3';
import { setTimeout as sleep } from 'node:timers/promises';
import { CompiledQuery, Kysely, SqliteDialect, SqliteDriver } from 'kysely';
import type { DatabaseConnection, Driver, SqliteDialectConfig } from 'kysely';
import { bringUpToDate } from './migrations/run.ts';
import { keepingStatements } from './sqlite-statements.ts';
import type { Schema } from './schema.ts';
import type { Database } from './store.ts';

/** How long a transaction waits for those of other processes, and how often it asks. */
const BEGIN_MS = 5_000;
const BEGIN_AGAIN_MS = 2;
/** Pages of a backup in one step: in several, each write of a server would make it begin again. */
const WHOLE = 2 ** 31 - 1;

/**
 * Transactions that write from their first statement on: one that read first and wrote then would fail whenever another
 * process wrote in between. The wait for the other process is asynchronous, for it may be in the middle of its own waits.
 */
class WritingDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    const until = performance.now() + BEGIN_MS;
    const run = (text: string): Promise<unknown> => connection.executeQuery(CompiledQuery.raw(text));
    await run('pragma busy_timeout = 0');
    try {
      for (;;) {
        try {
          await run('begin immediate');
          return;
        } catch (error) {
          const busy = (error as { code?: string }).code === 'SQLITE_BUSY';
          if (!busy || performance.now() > until) throw error;
          await sleep(BEGIN_AGAIN_MS);
        }
      }
    } finally {
      await run(`pragma busy_timeout = ${BEGIN_MS}`);
    }
  }
}

class Dialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;

  constructor(config: SqliteDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver(): Driver {
    return new WritingDriver(this.#config);
  }
}

/** For commands that only look, also while a server has the file open. @throws Error when there is no such file */
export function openSqliteReadOnly(file: string): Database {
  const sqlite = new SqliteDatabase(file, { readonly: true, fileMustExist: true });
  return new Kysely<Schema>({ dialect: new SqliteDialect({ database: sqlite }) });
}

/**
 * Copies the database as it is at one moment, also while servers write to it.
 * @returns bytes of the copy, which is synced and needs no write-ahead log
 * @throws Error when the copy is damaged
 */
export async function copySqlite(file: string, to: string): Promise<number> {
  const source = new SqliteDatabase(file, { fileMustExist: true });
  try {
    await source.backup(to, { progress: () => WHOLE });
  } finally {
    source.close();
  }
  const copy = new SqliteDatabase(to, { fileMustExist: true });
  try {
    copy.pragma('journal_mode = DELETE'); // one file, with nothing beside it
    const [{ quick_check: verdict }] = copy.pragma('quick_check') as [{ quick_check: string }];
    if (verdict !== 'ok') throw new Error(`the copy of ${file} is damaged: ${verdict}`);
  } finally {
    copy.close();
  }
  chmodSync(to, 0o600);
  return statSync(to).size;
}

/**
 * Takes into the file what a server that was killed left beside it (its write-ahead log), so that the file alone is all of it.
 * @throws Error when there is no such file, or it is in use
 */
export function foldSqlite(file: string): void {
  const sqlite = new SqliteDatabase(file, { fileMustExist: true });
  try {
    const [{ busy }] = sqlite.pragma('wal_checkpoint(TRUNCATE)') as [{ busy: number }];
    if (busy !== 0) throw new Error(`${file} is in use`);
  } finally {
    sqlite.close();
  }
}

/**
 * Opens (and creates or migrates) the database file.
 * @throws Error when it cannot be migrated, or a newer version has been there; the file is then as it was before.
 */
export async function openSqlite(file: string): Promise<Database> {
  const sqlite = new SqliteDatabase(file);
  chmodSync(file, 0o600);
  sqlite.pragma('journal_mode = WAL');
  sqlite.pragma('synchronous = FULL');
  sqlite.pragma('foreign_keys = ON');
  sqlite.pragma('cache_size = -32768'); // 32 MiB: the upper pages of all indexes of a million keys
  sqlite.pragma(`busy_timeout = ${BEGIN_MS}`);
  const database = new Kysely<Schema>({ dialect: new Dialect({ database: keepingStatements(sqlite) }) });
  try {
    await bringUpToDate(database, file);
  } catch (error) {
    await database.destroy();
    throw error;
  }
  return database;
}
