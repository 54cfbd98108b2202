import { lowerCamel } from '../../../audit/event.ts';
import { putEntity } from '../changes.ts';
import type { Group } from '../entities.ts';
import { iamArn } from '../entities.ts';
import { nameTaken, quotaExceeded } from '../errors.ts';
import { operation } from '../operation.ts';
import { QUOTAS } from '../quotas.ts';
import { toGroup } from '../shapes.ts';
import { newUniqueId } from '../unique-ids.ts';

/** Makes a group. AWS: API_CreateGroup (IAM). */
export const createGroup = operation('CreateGroup', {
  action: 'iam:CreateGroup',
  readOnly: false,
  resources: ({ input, caller }) => [iamArn(caller.accountId, 'group', input.Path ?? '/', input.GroupName)],
  audit: lowerCamel,

  async handle(call) {
    const { input, ports, caller } = call;
    const { accountId } = caller;
    if (ports.principals.isTaken(accountId, 'group', input.GroupName))
      throw nameTaken('group', input.GroupName);
    if (ports.principals.count(accountId, 'group') >= QUOTAS.GroupsPerAccount)
      throw quotaExceeded('GroupsPerAccount', QUOTAS.GroupsPerAccount);
    const group: Group = {
      kind: 'group',
      id: newUniqueId('group'),
      accountId,
      name: input.GroupName,
      path: input.Path ?? '/',
      createdAt: call.now,
      inline: {},
      attached: [],
    };
    const answer = { Group: toGroup(group) };
    await putEntity(call, group, lowerCamel(answer));
    return answer;
  },
});
