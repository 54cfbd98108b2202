import { lowerCamel } from '../../../audit/event.ts';
import type { ManagedPolicy } from '../entities.ts';
import { allOf, operation } from '../operation.ts';
import type { IamCall } from '../operation.ts';
import { pageOf } from '../pages.ts';
import { toPolicy } from '../shapes.ts';

/** The account's managed policies and those of AWS. AWS: API_ListPolicies (IAM). */
export const listPolicies = operation('ListPolicies', {
  action: 'iam:ListPolicies',
  readOnly: true,
  resources: allOf('policy', ({ PathPrefix }) => PathPrefix),
  audit: lowerCamel,

  async handle(call) {
    const { input, ports, caller } = call;
    const { PathPrefix = '/', OnlyAttached = false, PolicyUsageFilter, Scope = 'All' } = input;
    const policies = policiesOf(call, Scope)
      .filter(({ path }) => path.startsWith(PathPrefix))
      .map((policy) => toPolicy(policy, ports.principals, caller.accountId))
      .filter(({ AttachmentCount = 0, PermissionsBoundaryUsageCount = 0 }) => {
        if (PolicyUsageFilter === 'PermissionsBoundary') return PermissionsBoundaryUsageCount > 0;
        if (PolicyUsageFilter === 'PermissionsPolicy') return AttachmentCount > 0;
        return !OnlyAttached || AttachmentCount > 0;
      })
      .sort((a, b) => ((a.Arn ?? '') < (b.Arn ?? '') ? -1 : 1));
    const query = ['policies', caller.accountId, Scope, PathPrefix, OnlyAttached, PolicyUsageFilter];
    const { items, page } = pageOf(query, input, policies, ({ Arn }) => Arn ?? '');
    return { Policies: items, ...page };
  },
});

function policiesOf({ ports, caller }: IamCall, scope: 'All' | 'AWS' | 'Local'): ManagedPolicy[] {
  return [
    ...(scope === 'AWS' ? [] : ports.principals.list(caller.accountId, 'policy')),
    ...(scope === 'Local' ? [] : ports.principals.awsManagedPolicies()),
  ];
}
