/** The principals of an installation without users and roles: its accounts and their root users. */
import type { PrincipalDirectory } from '../access/directory.ts';
import { rootArn } from '../access/policy/principals.ts';
import { listAccountIds } from '../storage/accounts.ts';
import type { Database } from '../storage/store.ts';

export async function loadAccountDirectory(db: Database): Promise<PrincipalDirectory> {
  const accounts = new Set(await listAccountIds(db));
  const rootOf = new Map([...accounts].map((accountId) => [rootArn(accountId), accountId]));
  return {
    policiesOf: () => ({ policies: [], boundary: undefined }),
    uniqueIdOf: (arn) => rootOf.get(arn),
    arnOf: (uniqueId) => (accounts.has(uniqueId) ? rootArn(uniqueId) : undefined),
    isAccount: (accountId) => accounts.has(accountId),
  };
}
