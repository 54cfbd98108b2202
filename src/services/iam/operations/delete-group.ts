import { lowerCamel } from '../../../audit/event.ts';
import { removeEntity } from '../changes.ts';
import { hasAttachedPolicies, hasInlinePolicies, isInGroups } from '../errors.ts';
import { requireGroup } from '../holders.ts';
import { named, operation } from '../operation.ts';

/** Deletes a group that has no users and no policies. AWS: API_DeleteGroup (IAM). */
export const deleteGroup = operation('DeleteGroup', {
  action: 'iam:DeleteGroup',
  readOnly: false,
  resources: named('group', ({ GroupName }) => GroupName),
  audit: lowerCamel,

  async handle(call) {
    const group = requireGroup(call, call.input.GroupName);
    if (call.ports.principals.membersOf(group).length > 0) throw isInGroups();
    if (group.attached.length > 0) throw hasAttachedPolicies();
    if (Object.keys(group.inline).length > 0) throw hasInlinePolicies();
    await removeEntity(call, group);
    return undefined;
  },
});
