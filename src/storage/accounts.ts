/** The installation, its accounts and their access keys. */
import type { AccessKeyRow } from './schema.ts';
import type { Queryable } from './store.ts';

export async function installationValue(db: Queryable, name: string): Promise<string | undefined> {
  const row = await db.selectFrom('installation').select('value').where('name', '=', name).executeTakeFirst();
  return row?.value;
}

export async function setInstallationValue(db: Queryable, name: string, value: string): Promise<void> {
  await db
    .insertInto('installation')
    .values({ name, value })
    .onConflict((c) => c.column('name').doUpdateSet({ value }))
    .execute();
}

export async function insertAccount(db: Queryable, accountId: string, now: number): Promise<void> {
  await db.insertInto('accounts').values({ account_id: accountId, created_at: now }).execute();
}

export async function listAccountIds(db: Queryable): Promise<string[]> {
  const rows = await db.selectFrom('accounts').select('account_id').execute();
  return rows.map((row) => row.account_id);
}

export async function listAccessKeys(db: Queryable): Promise<AccessKeyRow[]> {
  return db.selectFrom('access_keys').selectAll().execute();
}

export async function insertAccessKey(db: Queryable, key: AccessKeyRow): Promise<void> {
  await db.insertInto('access_keys').values(key).execute();
}
