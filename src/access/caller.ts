/** Who calls: what authentication found out, in the form in which access control and audit need it. */
import type { UserIdentity } from '../audit/event.ts';

export interface Caller {
  accountId: string;
  /** `arn:aws:iam::<account>:root`, a user or a role session. */
  arn: string;
  accessKeyId: string;
  /** userIdentity of audit events. */
  identity: UserIdentity;
}

export function rootCaller(accountId: string, accessKeyId: string): Caller {
  const arn = `arn:aws:iam::${accountId}:root`;
  return {
    accountId,
    arn,
    accessKeyId,
    identity: { type: 'Root', principalId: accountId, arn, accountId, accessKeyId },
  };
}
