/** Meters: amounts by month, account, Region, kind and subject. */
import type { MeterRow } from './schema.ts';
import type { Queryable } from './store.ts';

/** Adds to the amounts that are there. */
export async function addToMeters(db: Queryable, rows: readonly MeterRow[]): Promise<void> {
  for (const row of rows) {
    await db
      .insertInto('meters')
      .values(row)
      .onConflict((c) =>
        c
          .columns(['month', 'account_id', 'region', 'meter', 'subject'])
          .doUpdateSet((eb) => ({ amount: eb('meters.amount', '+', row.amount) })),
      )
      .execute();
  }
}

/** @param month `2026-11` */
export async function readMeters(db: Queryable, month: string): Promise<MeterRow[]> {
  return db
    .selectFrom('meters')
    .selectAll()
    .where('month', '=', month)
    .orderBy('account_id')
    .orderBy('region')
    .orderBy('meter')
    .orderBy('subject')
    .execute();
}

/** HSMs that exist now. */
export async function hsmsInUse(
  db: Queryable,
): Promise<{ account_id: string; region: string; hsm_id: string }[]> {
  return db
    .selectFrom('hsms')
    .innerJoin('clusters', 'clusters.cluster_id', 'hsms.cluster_id')
    .select(['clusters.account_id', 'clusters.region', 'hsms.hsm_id'])
    .where('hsms.state', '!=', 'DELETED')
    .execute();
}

/** How many keys exist now, by account, Region and key store; keys that wait for their deletion cost nothing, as in AWS. */
export async function keysInUse(
  db: Queryable,
): Promise<{ account_id: string; region: string; custom_key_store_id: string | null; count: number }[]> {
  const rows = await db
    .selectFrom('kms_keys')
    .select(['account_id', 'region', 'custom_key_store_id'])
    .select((eb) => eb.fn.countAll().as('count'))
    .where('key_manager', '=', 'CUSTOMER')
    .where('state', 'not in', ['Creating', 'PendingDeletion', 'Deleting'])
    .groupBy(['account_id', 'region', 'custom_key_store_id'])
    .execute();
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}
