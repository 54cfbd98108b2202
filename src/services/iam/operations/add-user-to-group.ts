import { lowerCamel } from '../../../audit/event.ts';
import { putEntity } from '../changes.ts';
import { quotaExceeded } from '../errors.ts';
import { requireGroup, requireUser } from '../holders.ts';
import { named, operation } from '../operation.ts';
import { QUOTAS } from '../quotas.ts';

/** Puts a user into a group; once more changes nothing. AWS: API_AddUserToGroup (IAM). */
export const addUserToGroup = operation('AddUserToGroup', {
  action: 'iam:AddUserToGroup',
  readOnly: false,
  resources: named('group', ({ GroupName }) => GroupName),
  audit: lowerCamel,

  async handle(call) {
    const group = requireGroup(call, call.input.GroupName);
    const user = requireUser(call, call.input.UserName);
    const groups = user.groups.includes(group.id) ? user.groups : [...user.groups, group.id];
    if (groups.length > QUOTAS.GroupsPerUser) throw quotaExceeded('GroupsPerUser', QUOTAS.GroupsPerUser);
    await putEntity(call, { ...user, groups });
    return undefined;
  },
});
