import { lowerCamel } from '../../../audit/event.ts';
import { allOf, operation } from '../operation.ts';
import { byName, pageOf } from '../pages.ts';
import { toGroup } from '../shapes.ts';

/** Groups by name, of the whole account or a path. AWS: API_ListGroups (IAM). */
export const listGroups = operation('ListGroups', {
  action: 'iam:ListGroups',
  readOnly: true,
  resources: allOf('group', ({ PathPrefix }) => PathPrefix),
  audit: lowerCamel,

  async handle({ input, ports, caller }) {
    const { PathPrefix = '/' } = input;
    const all = ports.principals.list(caller.accountId, 'group');
    const { items, page } = pageOf(
      ['Groups', caller.accountId, PathPrefix],
      input,
      all.filter(({ path }) => path.startsWith(PathPrefix)),
      byName,
    );
    return { Groups: items.map(toGroup), ...page };
  },
});
