/** When each key was last used, as far as it was written down (services/kms/last-usage.ts). */
import type { KeyLastUsageRow } from './schema-grants.ts';
import { inTransaction } from './store.ts';
import type { Database, Queryable } from './store.ts';

export async function findLastUsage(db: Queryable, keyArn: string): Promise<KeyLastUsageRow | undefined> {
  return db.selectFrom('key_last_usage').selectAll().where('key_arn', '=', keyArn).executeTakeFirst();
}

/** Replaces what is known of these keys, in one transaction; keys that are gone are passed over. */
export async function putLastUsages(db: Database, rows: readonly KeyLastUsageRow[]): Promise<void> {
  if (rows.length === 0) return;
  const keyArns = rows.map((row) => row.key_arn);
  await inTransaction(db, async (tx) => {
    const found = await tx.selectFrom('kms_keys').select('key_arn').where('key_arn', 'in', keyArns).execute();
    const existing = new Set(found.map((row) => row.key_arn));
    const kept = rows.filter((row) => existing.has(row.key_arn));
    if (kept.length === 0) return;
    await tx
      .insertInto('key_last_usage')
      .values(kept)
      .onConflict(
        (c) =>
          c
            .column('key_arn')
            .doUpdateSet((e) => ({
              operation: e.ref('excluded.operation'),
              used_at: e.ref('excluded.used_at'),
              event_id: e.ref('excluded.event_id'),
              request_id: e.ref('excluded.request_id'),
            }))
            .where('key_last_usage.used_at', '<=', (e) => e.ref('excluded.used_at')), // another process may have seen a later use
      )
      .execute();
  });
}
