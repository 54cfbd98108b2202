/**
 * The record of changes to rows that processes keep in memory. It is written in the transaction of the change itself, so
 * that no process can miss a change that was committed (src/nodes/change-feed.ts reads it).
 */
import type { ChangeRow, ChangeTopic } from './schema-nodes.ts';
import { inTransaction } from './store.ts';
import type { DatabaseTransaction, Queryable } from './store.ts';

/**
 * Makes a change and the record of it, both or neither: in the transaction that is there, or in one of its own.
 * @param subject as ChangeTopic says
 */
export async function changing<T>(
  db: Queryable,
  topic: ChangeTopic,
  subject: string,
  change: (tx: DatabaseTransaction) => Promise<T>,
): Promise<T> {
  const both = async (tx: DatabaseTransaction): Promise<T> => {
    const result = await change(tx);
    await noteChange(tx, topic, subject);
    return result;
  };
  return db.isTransaction ? both(db as DatabaseTransaction) : inTransaction(db, both);
}

/** Says that something changed. In the change's own transaction, unless nothing depends on it. */
export async function noteChange(db: Queryable, topic: ChangeTopic, subject: string): Promise<void> {
  await db.insertInto('changes').values({ topic, subject, changed_at: Date.now() }).execute();
}

/** Changes after a number, in order. */
export async function changesAfter(db: Queryable, seq: number, limit: number): Promise<ChangeRow[]> {
  return db.selectFrom('changes').selectAll().where('seq', '>', seq).orderBy('seq').limit(limit).execute();
}

/** The number of the newest change that can be seen; 0 when there is none. */
export async function newestChange(db: Queryable): Promise<number> {
  const row = await db.selectFrom('changes').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst();
  return row?.seq ?? 0;
}

/** @param before milliseconds since 1970 */
export async function pruneChanges(db: Queryable, before: number): Promise<void> {
  await db.deleteFrom('changes').where('changed_at', '<', before).execute();
}
