import { lowerCamel } from '../../../audit/event.ts';
import { putEntity } from '../changes.ts';
import { requireGroup, requireUser } from '../holders.ts';
import { named, operation } from '../operation.ts';

/** Takes a user out of a group. AWS: API_RemoveUserFromGroup (IAM). */
export const removeUserFromGroup = operation('RemoveUserFromGroup', {
  action: 'iam:RemoveUserFromGroup',
  readOnly: false,
  resources: named('group', ({ GroupName }) => GroupName),
  audit: lowerCamel,

  async handle(call) {
    const group = requireGroup(call, call.input.GroupName);
    const user = requireUser(call, call.input.UserName);
    await putEntity(call, { ...user, groups: user.groups.filter((id) => id !== group.id) });
    return undefined;
  },
});
