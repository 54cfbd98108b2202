/** Every engine that the store runs on, as tests of storage go through them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import { Kysely, Migrator, SqliteDialect } from 'kysely';
import type { Migration } from 'kysely';
import { migrations } from '../../src/storage/migrations/index.ts';
import { PostgresTypes } from '../../src/storage/postgres-types.ts';
import { connectPostgres, openPostgres } from '../../src/storage/postgres.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';
import type { Database } from '../../src/storage/store.ts';
import { WITHOUT_POSTGRES, sharedPostgres } from './postgres-server.ts';

/** Without the schema that the newest migrations make. */
export type OldDatabase = Kysely<Record<string, Record<string, unknown>>>;

export interface TestDatabase {
  /** As the server opens it: with all tables. */
  open(): Promise<Database>;
  /** As an older version left it: with the migrations before `name` only. Close it before `open`. */
  openOld(name: string): Promise<OldDatabase>;
  remove(): void;
}

export interface TestEngine {
  name: string;
  skip: string | false;
  create(): Promise<TestDatabase>;
}

/**
 * A fresh store for the tests of the `describe` that this is called in.
 * @param use is given it before they run
 */
export function useStore(engine: TestEngine, use: (db: Database, database: TestDatabase) => void): void {
  let database: TestDatabase;
  let db: Database;
  before(async () => {
    database = await engine.create();
    db = await database.open();
    use(db, database);
  });
  after(async () => {
    await db.destroy();
    database.remove();
  });
}

async function migrateBefore(db: OldDatabase, name: string): Promise<OldDatabase> {
  const older: Record<string, Migration> = Object.fromEntries(
    Object.entries(migrations).filter(([one]) => one < name),
  );
  const migrator = new Migrator({ db, provider: { getMigrations: async () => older } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw new Error('cannot migrate', { cause: error });
  return db;
}

export const ENGINES: readonly TestEngine[] = [
  {
    name: 'SQLite',
    skip: false,
    async create() {
      const dir = mkdtempSync(join(tmpdir(), 'claviger-storage-'));
      const file = join(dir, 'claviger.db');
      return {
        open: () => openSqlite(file),
        openOld: (name) =>
          migrateBefore(
            new Kysely({ dialect: new SqliteDialect({ database: new SqliteDatabase(file) }) }),
            name,
          ),
        remove: () => rmSync(dir, { recursive: true, force: true }),
      };
    },
  },
  {
    name: 'PostgreSQL',
    skip: WITHOUT_POSTGRES,
    async create() {
      const settings = await (await sharedPostgres()).createDatabase();
      return {
        open: () => openPostgres(settings),
        openOld: (name) => {
          const db = connectPostgres(settings).withPlugin(new PostgresTypes());
          return migrateBefore(db as unknown as OldDatabase, name);
        },
        remove: () => {}, // it goes with its server
      };
    },
  },
];
