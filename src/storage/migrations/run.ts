/** Brings a database's tables up to date, and tells a database that is ahead of this version from one that is broken. */
import { Migrator, sql } from 'kysely';
import type { Kysely } from 'kysely';
import { migrations } from './index.ts';

/**
 * @param what the database, in a message for operators
 * @throws Error when a migration fails, or a newer version of Claviger has been there; the database is then as it was before
 */
export async function bringUpToDate<S>(db: Kysely<S>, what: string): Promise<void> {
  const provider = { getMigrations: () => Promise.resolve(migrations) };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error === undefined) return;
  if (await isNewer(db))
    throw new Error(
      `${what} was brought up to date by a newer version of Claviger: run that one, ` +
        'or go back to the backup that was made before it',
    );
  throw new Error(`${what} cannot be migrated`, { cause: error });
}

async function isNewer<S>(db: Kysely<S>): Promise<boolean> {
  const done = sql<{ name: string }>`select name from kysely_migration`.execute(db);
  const rows = await done.then((found) => found.rows).catch(() => []); // what failed first is what is told
  return rows.some(({ name }) => !Object.hasOwn(migrations, name));
}
