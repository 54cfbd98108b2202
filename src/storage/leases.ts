/** Leases: who does what only one may do. Every change says which state it was made from, so that of two only one succeeds. */
import type { LeaseRow } from './schema-nodes.ts';
import { inTransaction } from './store.ts';
import type { Database, DatabaseTransaction, Queryable } from './store.ts';

/** Work that only one process does (nodes/lease.ts). */
export interface Duty {
  readonly held: boolean;
  /** Number of the lease, another one whenever a process has taken it; undefined: this process has none. */
  readonly fence: number | undefined;
  /** @throws StaleRow when another process has taken over, or may */
  require(tx: DatabaseTransaction): Promise<void>;
}

/** A change that only the process on duty makes. @throws StaleRow when that is, or may be, another one now */
export async function inTransactionOnDuty<R>(
  db: Database,
  duty: Duty,
  change: (tx: DatabaseTransaction) => Promise<R>,
): Promise<R> {
  return inTransaction(db, async (tx) => {
    await duty.require(tx);
    return change(tx);
  });
}

export async function findLease(db: Queryable, name: string): Promise<LeaseRow | undefined> {
  return db.selectFrom('leases').selectAll().where('name', '=', name).executeTakeFirst();
}

/** Makes a lease that nobody holds, if there is none. */
export async function insertLease(db: Queryable, name: string): Promise<void> {
  await db
    .insertInto('leases')
    .values({ name, holder: null, fence: 0, beat: 0 })
    .onConflict((c) => c.doNothing())
    .execute();
}

/** @param seen as it was read @returns whether it was still so, and is now as `next` says */
export async function replaceLease(
  db: Queryable,
  seen: LeaseRow,
  next: Pick<LeaseRow, 'holder' | 'fence'>,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('leases')
    .set({ ...next, beat: seen.beat + 1 })
    .where('name', '=', seen.name)
    .where('fence', '=', seen.fence)
    .where('beat', '=', seen.beat)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
