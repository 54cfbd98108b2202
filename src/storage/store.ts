/**
 * The database behind everything that KMS remembers. Queries stand in this folder, one file per noun, and run on every
 * engine; the rest of the server sees functions and rows, never SQL.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';
import type { Schema } from './schema.ts';

/** An open database. Passed to query functions, which also take a transaction of it. */
export type Database = Kysely<Schema>;
export type DatabaseTransaction = Transaction<Schema>;
export type Queryable = Database | DatabaseTransaction;

/** There is no connection to the database, or it broke. After a commit was sent, nobody knows whether it was made. */
export class DatabaseUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DatabaseUnavailable';
  }
}

/** The database did not answer in time. */
export class DatabaseTimeout extends DatabaseUnavailable {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DatabaseTimeout';
  }
}

/** The engine cannot keep this text: it has a NUL in it, or half a character. */
export class TextRefused extends Error {
  constructor(options?: ErrorOptions) {
    super('the database cannot keep a text with a NUL or half a character in it', options);
    this.name = 'TextRefused';
  }
}

const ATTEMPTS = 10;
/** A unique name that is taken is told once more to `work`, which finds it and says so in its own words. */
const ATTEMPTS_AT_TAKEN_NAMES = 2;
const LONGEST_PAUSE_MS = 250;

/** SQLSTATE of serialization_failure and deadlock_detected: the engine undid the transaction and asks for it again. */
const CONFLICTS: ReadonlySet<string> = new Set(['40001', '40P01']);
const UNIQUE_VIOLATION = '23505';

/**
 * Runs `work` in one serialisable transaction: as if it alone were using the database, or not at all. Engines that let
 * transactions overlap may undo one for the sake of others; it is then run again, so `work` must change nothing but the
 * database and what it sets anew each time.
 * @throws DatabaseUnavailable, DatabaseTimeout, what `work` throws, and what the engine says when it goes on failing
 */
export async function inTransaction<R>(
  db: Database,
  work: (tx: DatabaseTransaction) => Promise<R>,
): Promise<R> {
  for (let attempt = 1; ; attempt += 1) {
    let done = false;
    let failure: unknown;
    try {
      return await db
        .transaction()
        .setIsolationLevel('serializable')
        .execute(async (tx) => {
          try {
            const result = await work(tx);
            done = true;
            return result;
          } catch (error) {
            failure = error; // the error of a rollback over a broken connection would hide it
            throw error;
          }
        });
    } catch (error) {
      const reason = failure ?? error;
      if (!mayRepeat(reason, done, attempt)) throw reason;
    }
    await sleep(Math.random() * Math.min(LONGEST_PAUSE_MS, 5 * 2 ** attempt));
  }
}

/** @param done whether only the commit can have failed: it may have been made when the connection broke */
function mayRepeat(error: unknown, done: boolean, attempt: number): boolean {
  if (attempt >= ATTEMPTS) return false;
  if (error instanceof DatabaseTimeout) return false; // it was waited for long enough
  if (error instanceof DatabaseUnavailable) return !done;
  const code = (error as { code?: unknown } | null)?.code;
  if (code === UNIQUE_VIOLATION) return attempt < ATTEMPTS_AT_TAKEN_NAMES;
  return typeof code === 'string' && CONFLICTS.has(code);
}
