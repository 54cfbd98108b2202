/** Leases: who does what only one may do. Every change says which state it was made from, so that of two only one succeeds. */
import type { LeaseRow } from './schema-nodes.ts';
import type { Queryable } from './store.ts';

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
