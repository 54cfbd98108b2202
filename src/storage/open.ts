/** Opens the database that the configuration names, whichever engine it has. */
import { existsSync } from 'node:fs';
import { sql } from 'kysely';
import { connectPostgres, openPostgres } from './postgres.ts';
import type { PostgresSettings } from './postgres.ts';
import { openSqlite, openSqliteReadOnly } from './sqlite.ts';
import type { Database } from './store.ts';

/** As `database` of the configuration file has it. */
export type DatabaseSettings = { engine: 'sqlite' } | ({ engine: 'postgres' } & PostgresSettings);

export interface OpenedDatabase {
  db: Database;
  /** Why it cannot be used now, for people; undefined when it can. */
  obstacle: () => string | undefined;
  close(): Promise<void>;
}

/** Told when a database that was there is gone, and when it is there again. */
type OnAvailability = (available: boolean, error?: unknown) => void;

const LOOK_EVERY_MS = 1_000;
const LOOK_SECONDS = 3;

/**
 * @param file the database file, when the engine is SQLite
 * @throws DatabaseUnavailable; Error when the tables cannot be brought up to date
 */
export async function openDatabase(
  settings: DatabaseSettings,
  file: string,
  onAvailability: OnAvailability,
): Promise<OpenedDatabase> {
  if (settings.engine === 'sqlite') {
    requireNotMoved(file);
    const db = await openSqlite(file);
    return { db, obstacle: () => undefined, close: () => db.destroy() };
  }
  const db = await openPostgres(settings);
  // a connection of its own: a server that has all others in use is busy and not gone
  const watched = connectPostgres({ ...settings, connections: 1, timeoutSeconds: LOOK_SECONDS });
  const watch = watchDatabase(watched, onAvailability);
  return {
    db,
    obstacle: watch.obstacle,
    close: async () => {
      watch.stop();
      await Promise.all([db.destroy(), watched.destroy()]);
    },
  };
}

/**
 * For an installation that is not new: a file that is gone is not made anew, as if there had never been a key.
 * @throws Error when the rows are to be in a file, and there is none
 */
export function requireDatabaseFile(settings: DatabaseSettings, file: string): void {
  if (settings.engine === 'sqlite' && !existsSync(file) && !existsSync(`${file}${MOVED}`))
    throw new Error(
      `${file} is gone, and this installation is not new: restore it from a backup, or name the database in the configuration file`,
    );
}

/** What the name of a database file ends with once its rows are in another database. */
export const MOVED = '.moved';

/** To go on with a file that was moved, or without it, would be to forget what happened since. */
function requireNotMoved(file: string): void {
  if (existsSync(`${file}${MOVED}`))
    throw new Error(
      `the rows of ${file} were moved to another database: name it in the configuration file (database), ` +
        `or give ${file}${MOVED} its old name to go back to what they were then`,
    );
}

/** For commands that only look, also while a server uses the database. @throws Error when there is no database file */
export function openForReading(settings: DatabaseSettings, file: string): Database {
  return settings.engine === 'sqlite' ? openSqliteReadOnly(file) : connectPostgres(settings);
}

function watchDatabase(
  db: Database,
  onAvailability: OnAvailability,
): { obstacle: () => string | undefined; stop: () => void } {
  let obstacle: string | undefined;
  let stopped = false;
  let timer: NodeJS.Timeout;
  const note = (now: string | undefined, error?: unknown): void => {
    const changed = (now === undefined) !== (obstacle === undefined);
    obstacle = now;
    if (changed && !stopped) onAvailability(now === undefined, error);
  };
  const look = async (): Promise<void> => {
    try {
      await sql`select 1`.execute(db);
      note(undefined);
    } catch (error) {
      note('the database is not available', error);
    }
    if (!stopped) timer = setTimeout(() => void look(), LOOK_EVERY_MS).unref();
  };
  timer = setTimeout(() => void look(), LOOK_EVERY_MS).unref();
  return {
    obstacle: () => obstacle,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
