/** Users as callers: what access control and audit see of one who signs with an access key of his own. */
import type { Caller } from '../../access/caller.ts';
import { arnOf } from './entities.ts';
import type { User } from './entities.ts';

export function userCaller(user: User, accessKeyId: string): Caller {
  const { accountId, id, name } = user;
  const arn = arnOf(user);
  return {
    accountId,
    arn,
    accessKeyId,
    principal: {
      type: 'User',
      accountId,
      arn,
      issuerArn: arn,
      userId: id,
      userName: name,
      tags: new Map(Object.entries(user.tags)),
      session: undefined,
    },
    identity: { type: 'IAMUser', principalId: id, arn, accountId, accessKeyId, userName: name },
  };
}
