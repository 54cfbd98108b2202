import { lowerCamel } from '../../../audit/event.ts';
import type { EntityType } from '../../../aws/generated/iam.ts';
import type { PolicyHolder } from '../entities.ts';
import { requirePolicy } from '../managed-policies.ts';
import { operation } from '../operation.ts';
import { pageOf } from '../pages.ts';

const ENTITY_TYPES: Readonly<Record<PolicyHolder['kind'], EntityType>> = {
  user: 'User',
  group: 'Group',
  role: 'Role',
};

/** Where it comes in the list. */
const placeOf = ({ kind, name }: PolicyHolder): string => `${kind} ${name.toLowerCase()}`;

/** Users, groups and roles that have a managed policy. AWS: API_ListEntitiesForPolicy (IAM). */
export const listEntitiesForPolicy = operation('ListEntitiesForPolicy', {
  action: 'iam:ListEntitiesForPolicy',
  readOnly: true,
  resources: ({ input }) => [input.PolicyArn],
  audit: lowerCamel,

  async handle(call) {
    const { input, ports, caller } = call;
    const { PolicyArn, EntityFilter, PathPrefix = '/', PolicyUsageFilter } = input;
    requirePolicy(call, PolicyArn);
    const { attached, bounded } = ports.principals.entitiesWith(caller.accountId, PolicyArn);
    const holders = new Set<PolicyHolder>([
      ...(PolicyUsageFilter === 'PermissionsBoundary' ? [] : attached),
      ...(PolicyUsageFilter === 'PermissionsPolicy' ? [] : bounded),
    ]);
    const found = [...holders]
      .filter(({ kind }) => EntityFilter === undefined || EntityFilter === ENTITY_TYPES[kind])
      .filter(({ path }) => path.startsWith(PathPrefix))
      .map((holder) => ({ holder, place: placeOf(holder) }))
      .sort((a, b) => (a.place < b.place ? -1 : 1));
    const query = ['entities', PolicyArn, caller.accountId, EntityFilter, PathPrefix, PolicyUsageFilter];
    const { items, page } = pageOf(query, input, found, ({ place }) => place);
    const shown = items.map(({ holder }) => holder);
    return {
      PolicyGroups: shown.flatMap((item) =>
        item.kind === 'group' ? [{ GroupName: item.name, GroupId: item.id }] : [],
      ),
      PolicyUsers: shown.flatMap((item) =>
        item.kind === 'user' ? [{ UserName: item.name, UserId: item.id }] : [],
      ),
      PolicyRoles: shown.flatMap((item) =>
        item.kind === 'role' ? [{ RoleName: item.name, RoleId: item.id }] : [],
      ),
      ...page,
    };
  },
});
