/** What each process has counted against request quotas (src/services/kms/quota-exchange.ts). */
import type { QuotaUseRow } from './schema-nodes.ts';
import { inTransaction } from './store.ts';
import type { Database } from './store.ts';

/**
 * Adds to what a process said before of these quotas. Who said nothing for long has no row any more (`pruneQuotaUses`): the next
 * one begins with what is added, so that all of a row that nobody has seen before is new.
 */
export async function addQuotaUses(
  db: Database,
  process: string,
  uses: readonly Pick<QuotaUseRow, 'quota' | 'used'>[],
): Promise<void> {
  const noted_at = Date.now();
  await inTransaction(db, async (tx) => {
    for (const { quota, used } of uses) {
      await tx
        .insertInto('quota_uses')
        .values({ quota, process, used, noted_at })
        .onConflict((c) =>
          c
            .columns(['quota', 'process'])
            .doUpdateSet((eb) => ({ used: eb('quota_uses.used', '+', used), noted_at })),
        )
        .execute();
    }
  });
}

export async function quotaUsesOfOthers(db: Database, process: string): Promise<QuotaUseRow[]> {
  return db.selectFrom('quota_uses').selectAll().where('process', '!=', process).execute();
}

/** @param before milliseconds since 1970 */
export async function pruneQuotaUses(db: Database, before: number): Promise<void> {
  await db.deleteFrom('quota_uses').where('noted_at', '<', before).execute();
}
