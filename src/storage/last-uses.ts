/** When access keys and roles were last used, as far as it was written down (services/iam/last-uses.ts). */
import type { LastUseRow } from './schema-iam.ts';
import { inTransaction } from './store.ts';
import type { Database, DatabaseTransaction, Queryable } from './store.ts';

/** @param subject access key id, or unique id of a role */
export async function findLastUse(db: Queryable, subject: string): Promise<LastUseRow | undefined> {
  return db.selectFrom('last_uses').selectAll().where('subject', '=', subject).executeTakeFirst();
}

/**
 * Replaces what is known of these access keys and roles, in one transaction; those that are gone are passed over.
 * @param rows so many that their subjects go into one statement
 */
export async function putLastUses(db: Database, rows: readonly LastUseRow[]): Promise<void> {
  if (rows.length === 0) return;
  await inTransaction(db, async (tx) => {
    const existing = await subjectsThere(
      tx,
      rows.map(({ subject }) => subject),
    );
    const kept = rows.filter(({ subject }) => existing.has(subject));
    if (kept.length === 0) return;
    await tx
      .insertInto('last_uses')
      .values(kept)
      .onConflict(
        (c) =>
          c
            .column('subject')
            .doUpdateSet((e) => ({
              used_at: e.ref('excluded.used_at'),
              service_name: e.ref('excluded.service_name'),
              region: e.ref('excluded.region'),
            }))
            .where('last_uses.used_at', '<=', (e) => e.ref('excluded.used_at')), // another process may have seen a later use
      )
      .execute();
  });
}

async function subjectsThere(tx: DatabaseTransaction, subjects: readonly string[]): Promise<Set<string>> {
  const keys = await tx
    .selectFrom('access_keys')
    .select('access_key_id as id')
    .where('access_key_id', 'in', subjects)
    .execute();
  const roles = await tx
    .selectFrom('iam_entities')
    .select('entity_id as id')
    .where('entity_id', 'in', subjects)
    .execute();
  return new Set([...keys, ...roles].map(({ id }) => id));
}

/** @param subject as it is deleted, in the same transaction */
export async function removeLastUse(db: Queryable, subject: string): Promise<void> {
  await db.deleteFrom('last_uses').where('subject', '=', subject).execute();
}
