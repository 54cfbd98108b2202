/**
 * Who may sign requests: access keys with their secrets, opened once and kept in memory, as the verifier needs them for
 * every request. Until IAM comes there is one account and the access key of its root user.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { rootCaller } from '../access/caller.ts';
import type { BuiltinKeyStore } from '../keystores/builtin/builtin-key-store.ts';
import { insertAccessKey, insertAccount, listAccessKeys } from '../storage/accounts.ts';
import type { RowMac } from '../storage/row-mac.ts';
import type { Database } from '../storage/store.ts';
import type { CallerCredentials } from './router.ts';

export interface RootCredentials {
  accountId: string;
  accessKeyId: string;
  secretAccessKey: string;
}

export interface Identities {
  root: RootCredentials;
  find(accessKeyId: string): CallerCredentials | undefined;
}

interface IdentityPorts {
  db: Database;
  mac: RowMac;
  builtin: BuiltinKeyStore;
  clock: () => number;
  accountId: string | undefined;
}

const SECRET_PURPOSE = 'access-key-secret';
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Reads the access keys; a new installation gets its first account and its root user's access key. */
export async function loadIdentities(ports: IdentityPorts): Promise<Identities> {
  if ((await listAccessKeys(ports.db)).length === 0) await createFirstAccount(ports);
  const credentials = new Map<string, CallerCredentials>();
  let root: RootCredentials | undefined;
  for (const row of await listAccessKeys(ports.db)) {
    ports.mac.check('access_keys', row);
    if (row.status !== 'Active') continue;
    const secret = await ports.builtin.unseal(SECRET_PURPOSE, row.access_key_id, row.secret_sealed);
    const secretAccessKey = secret.toString();
    credentials.set(row.access_key_id, {
      secretAccessKey,
      caller: rootCaller(row.account_id, row.access_key_id),
    });
    root ??= { accountId: row.account_id, accessKeyId: row.access_key_id, secretAccessKey };
  }
  if (root === undefined) throw new Error('no active access key is left');
  return { root, find: (accessKeyId) => credentials.get(accessKeyId) };
}

async function createFirstAccount({ db, mac, builtin, clock, accountId }: IdentityPorts): Promise<void> {
  const account = accountId ?? String(randomInt(100_000_000_000, 999_999_999_999));
  const accessKeyId = `AKIA${Array.from({ length: 16 }, () => BASE32[randomInt(32)]).join('')}`;
  const secret = randomBytes(30).toString('base64');
  const row = mac.seal('access_keys', {
    access_key_id: accessKeyId,
    account_id: account,
    principal_arn: `arn:aws:iam::${account}:root`,
    secret_sealed: await builtin.seal(SECRET_PURPOSE, accessKeyId, Buffer.from(secret)),
    status: 'Active' as const,
    created_at: clock(),
  });
  await db.transaction().execute(async (tx) => {
    await insertAccount(tx, account, clock());
    await insertAccessKey(tx, row);
  });
}
