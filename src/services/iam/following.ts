/** Takes over into memory what was committed about accounts, users, roles, policies and access keys, whoever did it. */
import { findAccessKey, findAccount } from '../../storage/accounts.ts';
import { findIamEntity } from '../../storage/iam-entities.ts';
import { RowTampered } from '../../storage/row-mac.ts';
import type { RowMac } from '../../storage/row-mac.ts';
import type { Database } from '../../storage/store.ts';
import type { AccessKeySeal } from './access-keys.ts';
import { entityOf } from './changes.ts';
import { accountOf, loadPrincipals, openKey } from './loading.ts';
import type { Principals } from './principals.ts';

export interface FollowingPorts {
  db: Database;
  mac: RowMac;
  secrets: AccessKeySeal;
  principals: Principals;
}

export type PrincipalTopic = 'account' | 'access-key' | 'iam-entity';

/**
 * What was read while something changed here is read again: it may be older than what memory has. A row without its code is
 * as good as gone.
 */
export async function followPrincipal(
  ports: FollowingPorts,
  topic: PrincipalTopic,
  subject: string,
): Promise<void> {
  const { principals } = ports;
  for (;;) {
    const { version } = principals;
    const take = await READERS[topic](ports, subject);
    if (version !== principals.version) continue;
    take();
    return;
  }
}

/** Reads everything anew. @throws RowTampered */
export async function followAllPrincipals(ports: FollowingPorts): Promise<void> {
  for (;;) {
    const { version } = ports.principals;
    const loaded = await loadPrincipals(ports);
    if (version !== ports.principals.version) continue;
    ports.principals.become(loaded);
    return;
  }
}

type Reader = (ports: FollowingPorts, subject: string) => Promise<() => void>;

const READERS: Readonly<Record<PrincipalTopic, Reader>> = {
  account: async ({ db, principals }, accountId) => {
    const row = await findAccount(db, accountId);
    return () => row !== undefined && principals.putAccount(accountOf(row));
  },
  'access-key': async (ports, accessKeyId) => {
    const { db, principals } = ports;
    const row = await findAccessKey(db, accessKeyId);
    const key = row && (await unlessTampered(() => openKey(ports, row)));
    const known = principals.accessKey(accessKeyId);
    if (key !== undefined) return () => principals.putAccessKey(key);
    return () => known !== undefined && principals.removeAccessKey(known);
  },
  'iam-entity': async ({ db, mac, principals }, id) => {
    const row = await findIamEntity(db, id);
    const entity = row && (await unlessTampered(() => entityOf(row, mac)));
    return entity === undefined ? () => principals.remove(id) : () => principals.put(entity);
  },
};

async function unlessTampered<T>(read: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof RowTampered) return undefined;
    throw error;
  }
}
