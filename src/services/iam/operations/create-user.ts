import { lowerCamel } from '../../../audit/event.ts';
import { attachmentContext, requireBoundary } from '../attachments.ts';
import { putEntity } from '../changes.ts';
import type { User } from '../entities.ts';
import { iamArn } from '../entities.ts';
import { nameTaken, quotaExceeded } from '../errors.ts';
import { operation } from '../operation.ts';
import { QUOTAS } from '../quotas.ts';
import { toWholeUser } from '../shapes.ts';
import { requestTags, requireMayTag, requireTags } from '../tags.ts';
import { newUniqueId } from '../unique-ids.ts';

/** Makes a user without any right. AWS: API_CreateUser (IAM). */
export const createUser = operation('CreateUser', {
  action: 'iam:CreateUser',
  readOnly: false,
  resources: ({ input, caller }) => [iamArn(caller.accountId, 'user', input.Path ?? '/', input.UserName)],
  context: ({ input }) => ({
    ...requestTags(input.Tags),
    ...attachmentContext(undefined, { boundary: input.PermissionsBoundary ?? null }),
  }),
  audit: lowerCamel,

  async handle(call) {
    const { input, ports, caller } = call;
    const { accountId } = caller;
    requireMayTag(
      call,
      'iam:TagUser',
      iamArn(accountId, 'user', input.Path ?? '/', input.UserName),
      input.Tags,
    );
    if (ports.principals.isTaken(accountId, 'user', input.UserName)) throw nameTaken('user', input.UserName);
    if (ports.principals.count(accountId, 'user') >= QUOTAS.UsersPerAccount)
      throw quotaExceeded('UsersPerAccount', QUOTAS.UsersPerAccount);
    const user: User = {
      kind: 'user',
      id: newUniqueId('user'),
      accountId,
      name: input.UserName,
      path: input.Path ?? '/',
      createdAt: call.now,
      tags: requireTags(input.Tags),
      boundary: requireBoundary(call, input.PermissionsBoundary),
      inline: {},
      attached: [],
      groups: [],
    };
    const answer = { User: toWholeUser(user) };
    await putEntity(call, user, lowerCamel(answer));
    return answer;
  },
});
