/** Custom key stores. */
import type { CustomKeyStoreRow } from './schema.ts';
import type { Queryable } from './store.ts';

/** All of them: there are at most ten per account and Region. */
export async function listStores(db: Queryable): Promise<CustomKeyStoreRow[]> {
  return db.selectFrom('custom_key_stores').selectAll().orderBy('custom_key_store_id').execute();
}

export async function insertStore(db: Queryable, store: CustomKeyStoreRow): Promise<void> {
  await db.insertInto('custom_key_stores').values(store).execute();
}

export async function replaceStore(db: Queryable, store: CustomKeyStoreRow): Promise<void> {
  await db
    .updateTable('custom_key_stores')
    .set(store)
    .where('custom_key_store_id', '=', store.custom_key_store_id)
    .execute();
}

export async function removeStore(db: Queryable, customKeyStoreId: string): Promise<void> {
  await db.deleteFrom('custom_key_stores').where('custom_key_store_id', '=', customKeyStoreId).execute();
}
