import { lowerCamel } from '../../../audit/event.ts';
import { arnOf } from '../entities.ts';
import type { ManagedPolicy } from '../entities.ts';
import { allOf, operation } from '../operation.ts';
import type { IamCall } from '../operation.ts';
import { pageOf } from '../pages.ts';
import { toUsedPolicy } from '../shapes.ts';

/** The account's managed policies and those of AWS. AWS: API_ListPolicies (IAM). */
export const listPolicies = operation('ListPolicies', {
  action: 'iam:ListPolicies',
  readOnly: true,
  resources: allOf('policy', ({ PathPrefix }) => PathPrefix),
  audit: lowerCamel,

  async handle(call) {
    const { input, ports, caller } = call;
    const { PathPrefix = '/', OnlyAttached = false, PolicyUsageFilter, Scope = 'All' } = input;
    const uses = ports.principals.policyUses(caller.accountId);
    const policies = policiesOf(call, Scope)
      .filter(({ path }) => path.startsWith(PathPrefix))
      .map((policy) => ({ policy, arn: arnOf(policy) }))
      .filter(({ arn }) => {
        const { attached = 0, bounded = 0 } = uses.get(arn) ?? {};
        if (PolicyUsageFilter === 'PermissionsBoundary') return bounded > 0;
        if (PolicyUsageFilter === 'PermissionsPolicy') return attached > 0;
        return !OnlyAttached || attached > 0;
      })
      .sort((a, b) => (a.arn < b.arn ? -1 : 1));
    const query = ['policies', caller.accountId, Scope, PathPrefix, OnlyAttached, PolicyUsageFilter];
    const { items, page } = pageOf(query, input, policies, ({ arn }) => arn);
    return { Policies: items.map(({ policy, arn }) => toUsedPolicy(policy, uses.get(arn))), ...page };
  },
});

function policiesOf({ ports, caller }: IamCall, scope: 'All' | 'AWS' | 'Local'): ManagedPolicy[] {
  return [
    ...(scope === 'AWS' ? [] : ports.principals.list(caller.accountId, 'policy')),
    ...(scope === 'Local' ? [] : ports.principals.awsManagedPolicies()),
  ];
}
