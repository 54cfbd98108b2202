import { lowerCamel } from '../../../audit/event.ts';
import { requireGroup } from '../holders.ts';
import { named, operation } from '../operation.ts';
import { byName, pageOf } from '../pages.ts';
import { toGroup, toUser } from '../shapes.ts';

/** A group and its users. AWS: API_GetGroup (IAM). */
export const getGroup = operation('GetGroup', {
  action: 'iam:GetGroup',
  readOnly: true,
  resources: named('group', ({ GroupName }) => GroupName),
  audit: lowerCamel,

  async handle(call) {
    const group = requireGroup(call, call.input.GroupName);
    const members = call.ports.principals.membersOf(group);
    const { items, page } = pageOf(['members', group.id], call.input, members, byName);
    return { Group: toGroup(group), Users: items.map(toUser), ...page };
  },
});
