import { lowerCamel } from '../../../audit/event.ts';
import { allOf, operation } from '../operation.ts';
import { byName, pageOf } from '../pages.ts';
import { toRole } from '../shapes.ts';

/** Roles by name, of the whole account or a path. AWS: API_ListRoles (IAM). */
export const listRoles = operation('ListRoles', {
  action: 'iam:ListRoles',
  readOnly: true,
  resources: allOf('role', ({ PathPrefix }) => PathPrefix),
  audit: lowerCamel,

  async handle({ input, ports, caller }) {
    const { PathPrefix = '/' } = input;
    const all = ports.principals.list(caller.accountId, 'role');
    const { items, page } = pageOf(
      ['Roles', caller.accountId, PathPrefix],
      input,
      all.filter(({ path }) => path.startsWith(PathPrefix)),
      byName,
    );
    return { Roles: items.map((role) => toRole(role, ports.principals)), ...page };
  },
});
