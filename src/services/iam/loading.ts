/** Reads all of IAM into memory at start. */
import { listAccessKeys, listAccounts } from '../../storage/accounts.ts';
import { listIamEntities } from '../../storage/iam-entities.ts';
import type { RowMac } from '../../storage/row-mac.ts';
import type { AccessKeyRow, AccountRow } from '../../storage/schema.ts';
import type { Database } from '../../storage/store.ts';
import type { AccessKeySeal } from './access-keys.ts';
import { entityOf } from './changes.ts';
import type { AccessKey, Account } from './entities.ts';
import { Principals } from './principals.ts';

/** Secrets that are opened at once. */
const AT_ONCE = 256;

/** @throws RowTampered */
export async function loadPrincipals(ports: {
  db: Database;
  mac: RowMac;
  secrets: AccessKeySeal;
}): Promise<Principals> {
  const principals = new Principals();
  for (const row of await listAccounts(ports.db)) principals.putAccount(accountOf(row));
  for (const row of await listIamEntities(ports.db)) principals.put(entityOf(row, ports.mac));
  const rows = (await listAccessKeys(ports.db)).sort((a, b) => a.created_at - b.created_at);
  for (let start = 0; start < rows.length; start += AT_ONCE) {
    const keys = await Promise.all(rows.slice(start, start + AT_ONCE).map((row) => openKey(ports, row)));
    for (const key of keys) principals.putAccessKey(key);
  }
  return principals;
}

export function accountOf(row: AccountRow): Account {
  return { accountId: row.account_id, name: row.name, createdAt: row.created_at };
}

/** @throws RowTampered */
export async function openKey(
  ports: { mac: RowMac; secrets: AccessKeySeal },
  row: AccessKeyRow,
): Promise<AccessKey> {
  ports.mac.check('access_keys', row);
  return {
    accessKeyId: row.access_key_id,
    accountId: row.account_id,
    userId: row.user_id ?? undefined,
    secretAccessKey: await ports.secrets.unseal(row.access_key_id, row.secret_sealed),
    status: row.status,
    createdAt: row.created_at,
  };
}
