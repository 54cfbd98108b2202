import { lowerCamel } from '../../../audit/event.ts';
import { allOf, operation } from '../operation.ts';
import { byName, pageOf } from '../pages.ts';
import { toUser } from '../shapes.ts';

/** Users by name, of the whole account or a path. AWS: API_ListUsers (IAM). */
export const listUsers = operation('ListUsers', {
  action: 'iam:ListUsers',
  readOnly: true,
  resources: allOf('user', ({ PathPrefix }) => PathPrefix),
  audit: lowerCamel,

  async handle({ input, ports, caller }) {
    const { PathPrefix = '/' } = input;
    const all = ports.principals.list(caller.accountId, 'user');
    const { items, page } = pageOf(
      ['Users', caller.accountId, PathPrefix],
      input,
      all.filter(({ path }) => path.startsWith(PathPrefix)),
      byName,
    );
    return { Users: items.map(toUser), ...page };
  },
});
