/** Custom key stores. */
import { changing } from './changes.ts';
import { requireChanged } from './conflicts.ts';
import type { ClusterStoreRow, CustomKeyStoreRow, ExternalStoreRow } from './schema.ts';
import type { Queryable } from './store.ts';

export function isClusterStore(row: CustomKeyStoreRow): row is ClusterStoreRow {
  return row.type === 'AWS_CLOUDHSM';
}

export function isExternalStore(row: CustomKeyStoreRow): row is ExternalStoreRow {
  return row.type === 'EXTERNAL_KEY_STORE';
}

/** All of them: there are at most ten per account and Region. */
export async function listStores(db: Queryable): Promise<CustomKeyStoreRow[]> {
  return db.selectFrom('custom_key_stores').selectAll().orderBy('custom_key_store_id').execute();
}

export async function findStore(
  db: Queryable,
  customKeyStoreId: string,
): Promise<CustomKeyStoreRow | undefined> {
  return db
    .selectFrom('custom_key_stores')
    .selectAll()
    .where('custom_key_store_id', '=', customKeyStoreId)
    .executeTakeFirst();
}

export async function insertStore(db: Queryable, store: CustomKeyStoreRow): Promise<void> {
  await changing(db, 'key-store', store.custom_key_store_id, (tx) =>
    tx.insertInto('custom_key_stores').values(store).execute(),
  );
}

/** @param seen code of the row that is replaced @throws StaleRow when another row is there, or none */
export async function replaceStore(db: Queryable, store: CustomKeyStoreRow, seen: string): Promise<void> {
  const { custom_key_store_id: id } = store;
  await changing(db, 'key-store', id, async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('custom_key_stores')
      .set(store)
      .where('custom_key_store_id', '=', id)
      .where('mac', '=', seen)
      .executeTakeFirst();
    requireChanged(numUpdatedRows, 'custom_key_stores');
  });
}

/** @throws StaleRow when another row is there than the one that was seen, or none */
export async function removeStore(db: Queryable, seen: CustomKeyStoreRow): Promise<void> {
  const { custom_key_store_id: id } = seen;
  await changing(db, 'key-store', id, async (tx) => {
    const { numDeletedRows } = await tx
      .deleteFrom('custom_key_stores')
      .where('custom_key_store_id', '=', id)
      .where('mac', '=', seen.mac)
      .executeTakeFirst();
    requireChanged(numDeletedRows, 'custom_key_stores');
  });
}
