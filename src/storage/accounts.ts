/** The installation, its accounts and their access keys. */
import { changing } from './changes.ts';
import type { AccessKeyRow, AccountRow } from './schema.ts';
import type { Queryable } from './store.ts';

export async function installationValue(db: Queryable, name: string): Promise<string | undefined> {
  const row = await db.selectFrom('installation').select('value').where('name', '=', name).executeTakeFirst();
  return row?.value;
}

/** Values whose names begin so. */
export async function installationValues(
  db: Queryable,
  prefix: string,
): Promise<{ name: string; value: string }[]> {
  const rows = await db.selectFrom('installation').selectAll().execute();
  return rows.filter(({ name }) => name.startsWith(prefix));
}

export async function setInstallationValue(db: Queryable, name: string, value: string): Promise<void> {
  await db
    .insertInto('installation')
    .values({ name, value })
    .onConflict((c) => c.column('name').doUpdateSet({ value }))
    .execute();
}

export async function insertAccount(db: Queryable, account: AccountRow): Promise<void> {
  await changing(db, 'account', account.account_id, (tx) =>
    tx.insertInto('accounts').values(account).execute(),
  );
}

/** The first account of the installation first. */
export async function listAccounts(db: Queryable): Promise<AccountRow[]> {
  return db.selectFrom('accounts').selectAll().orderBy('created_at').orderBy('account_id').execute();
}

export async function findAccount(db: Queryable, accountId: string): Promise<AccountRow | undefined> {
  return db.selectFrom('accounts').selectAll().where('account_id', '=', accountId).executeTakeFirst();
}

export async function listAccessKeys(db: Queryable): Promise<AccessKeyRow[]> {
  return db.selectFrom('access_keys').selectAll().execute();
}

export async function findAccessKey(db: Queryable, accessKeyId: string): Promise<AccessKeyRow | undefined> {
  return db.selectFrom('access_keys').selectAll().where('access_key_id', '=', accessKeyId).executeTakeFirst();
}

export async function insertAccessKey(db: Queryable, key: AccessKeyRow): Promise<void> {
  await changing(db, 'access-key', key.access_key_id, (tx) =>
    tx.insertInto('access_keys').values(key).execute(),
  );
}

/** Replaces the row of the same key as a whole: its code is over all of it. */
export async function replaceAccessKey(db: Queryable, key: AccessKeyRow): Promise<void> {
  await changing(db, 'access-key', key.access_key_id, (tx) =>
    tx.updateTable('access_keys').set(key).where('access_key_id', '=', key.access_key_id).execute(),
  );
}

export async function removeAccessKey(db: Queryable, accessKeyId: string): Promise<void> {
  await changing(db, 'access-key', accessKeyId, (tx) =>
    tx.deleteFrom('access_keys').where('access_key_id', '=', accessKeyId).execute(),
  );
}
