/** The directory of an installation without IAM: accounts and their root users, and nobody else. */
import type { PrincipalDirectory } from './directory.ts';

const ROOT = /^arn:aws:iam::(\d{12}):root$/;

export function rootUsersDirectory(isAccount: (accountId: string) => boolean): PrincipalDirectory {
  return {
    policiesOf: () => ({ policies: [], boundary: undefined }),
    uniqueIdOf: (arn) => {
      const accountId = ROOT.exec(arn)?.[1];
      return accountId !== undefined && isAccount(accountId) ? accountId : undefined;
    },
    arnOf: (uniqueId) => (isAccount(uniqueId) ? `arn:aws:iam::${uniqueId}:root` : undefined),
    isAccount,
  };
}
