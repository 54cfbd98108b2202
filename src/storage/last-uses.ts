/** When access keys and roles were last used. */
import type { LastUseRow } from './schema-iam.ts';
import { inTransaction } from './store.ts';
import type { Database, Queryable } from './store.ts';

/** @param since milliseconds since 1970 */
export async function listLastUses(db: Queryable, since = 0): Promise<LastUseRow[]> {
  return db.selectFrom('last_uses').selectAll().where('used_at', '>=', since).execute();
}

/** Writes all of them in one transaction. */
export async function putLastUses(db: Database, rows: readonly LastUseRow[]): Promise<void> {
  await inTransaction(db, async (tx) => {
    for (const row of rows) {
      const { subject: _subject, ...columns } = row;
      await tx
        .insertInto('last_uses')
        .values(row)
        .onConflict((c) =>
          // another process may have seen a later use
          c.column('subject').doUpdateSet(columns).where('last_uses.used_at', '<=', row.used_at),
        )
        .execute();
    }
  });
}

export async function removeLastUse(db: Queryable, subject: string): Promise<void> {
  await db.deleteFrom('last_uses').where('subject', '=', subject).execute();
}
