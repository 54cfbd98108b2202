/** Meters: amounts by month, account, Region, kind and subject. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pieceOfKeys } from './keys.ts';
import type { MeterRow } from './schema.ts';
import type { Database, Queryable } from './store.ts';

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

/** Keys that are counted at once, about 3 ms, and the pause after them: a call takes several turns of the event loop. */
const KEYS_AT_ONCE = 5_000;
const PAUSE_MS = 5;

export interface KeysInUse {
  account_id: string;
  region: string;
  custom_key_store_id: string | null;
  count: number;
}

/**
 * How many keys exist now, by account, Region and key store; keys that wait for their deletion cost nothing, as in AWS.
 * Counted piece by piece: a million keys must not hold up calls.
 * @param db not a transaction, for which others would wait
 */
export async function keysInUse(db: Database, atOnce = KEYS_AT_ONCE): Promise<KeysInUse[]> {
  const counts: KeysInUse[] = [];
  for (let owner = await firstOwner(db, '', ''); owner !== undefined;) {
    const stores = new Map<string | null, number>();
    for (let after: string | undefined = ''; after !== undefined;) {
      const groups = await countPage(db, owner, after, atOnce);
      for (const { custom_key_store_id: store, count } of groups)
        stores.set(store, (stores.get(store) ?? 0) + count);
      const seen = groups.reduce((sum, { rows }) => sum + rows, 0);
      const [last] = groups
        .map((group) => group.last)
        .sort()
        .reverse();
      after = seen < atOnce ? undefined : last;
      await sleep(PAUSE_MS);
    }
    for (const [custom_key_store_id, count] of stores)
      if (count > 0) counts.push({ ...owner, custom_key_store_id, count });
    owner = await firstOwner(db, owner.account_id, owner.region);
  }
  return counts;
}

type Owner = Pick<KeysInUse, 'account_id' | 'region'>;

/** The first account and Region with keys behind the given ones. */
async function firstOwner(db: Queryable, accountId: string, region: string): Promise<Owner | undefined> {
  const owners = db
    .selectFrom('kms_keys')
    .select(['account_id', 'region'])
    .orderBy('account_id')
    .orderBy('region');
  const sameAccount = owners.where('account_id', '=', accountId).where('region', '>', region);
  return (
    (await sameAccount.limit(1).executeTakeFirst()) ??
    owners.where('account_id', '>', accountId).limit(1).executeTakeFirst()
  );
}

async function countPage(
  db: Queryable,
  owner: Owner,
  after: string,
  limit: number,
): Promise<{ custom_key_store_id: string | null; count: number; rows: number; last: string }[]> {
  const groups = await db
    .selectFrom(
      pieceOfKeys(db, { accountId: owner.account_id, region: owner.region }, after, limit).as('piece'),
    )
    .select('custom_key_store_id')
    .select((e) => [
      e.fn.countAll().as('rows'),
      e.fn.max('key_id').as('last'),
      e.fn
        .count('key_id')
        .filterWhere('key_manager', '=', 'CUSTOMER')
        .filterWhere('state', 'not in', ['Creating', 'PendingDeletion', 'Deleting'])
        .as('count'),
    ])
    .groupBy('custom_key_store_id')
    .execute();
  return groups.map((group) => ({ ...group, rows: Number(group.rows), count: Number(group.count) }));
}
