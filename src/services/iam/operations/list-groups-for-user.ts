import { lowerCamel } from '../../../audit/event.ts';
import { requireUser } from '../holders.ts';
import { named, operation } from '../operation.ts';
import { byName, pageOf } from '../pages.ts';
import { toGroup } from '../shapes.ts';

/** Groups in which a user is. AWS: API_ListGroupsForUser (IAM). */
export const listGroupsForUser = operation('ListGroupsForUser', {
  action: 'iam:ListGroupsForUser',
  readOnly: true,
  resources: named('user', ({ UserName }) => UserName),
  audit: lowerCamel,

  async handle(call) {
    const user = requireUser(call, call.input.UserName);
    const groups = call.ports.principals.groupsOf(user).sort((a, b) => (byName(a) < byName(b) ? -1 : 1));
    const { items, page } = pageOf(['groups of', user.id], call.input, groups, byName);
    return { Groups: items.map(toGroup), ...page };
  },
});
