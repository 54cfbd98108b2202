import { lowerCamel } from '../../../audit/event.ts';
import { requirePolicy } from '../managed-policies.ts';
import { operation } from '../operation.ts';
import { pageOf } from '../pages.ts';
import { toVersion } from '../shapes.ts';

/** Versions of a managed policy, the newest first. AWS: API_ListPolicyVersions (IAM). */
export const listPolicyVersions = operation('ListPolicyVersions', {
  action: 'iam:ListPolicyVersions',
  readOnly: true,
  resources: ({ input }) => [input.PolicyArn],
  audit: lowerCamel,

  async handle(call) {
    const policy = requirePolicy(call, call.input.PolicyArn);
    const versions = [...policy.versions].reverse();
    const { items, page } = pageOf(['versions', policy.id], call.input, versions, ({ versionId }) =>
      String(Number.MAX_SAFE_INTEGER - Number(versionId.slice(1))).padStart(16, '0'),
    );
    return { Versions: items.map((version) => toVersion(policy, version)), ...page };
  },
});
