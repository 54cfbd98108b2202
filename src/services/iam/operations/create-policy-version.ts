import { lowerCamel } from '../../../audit/event.ts';
import { putEntity } from '../changes.ts';
import { tooManyVersions } from '../errors.ts';
import { requireManagedDocument, requireOwnPolicy } from '../managed-policies.ts';
import { operation } from '../operation.ts';
import { QUOTAS } from '../quotas.ts';
import { toVersion } from '../shapes.ts';

/** A new version of a managed policy, which may become the default at once. AWS: API_CreatePolicyVersion (IAM). */
export const createPolicyVersion = operation('CreatePolicyVersion', {
  action: 'iam:CreatePolicyVersion',
  readOnly: false,
  resources: ({ input }) => [input.PolicyArn],
  audit: lowerCamel,

  async handle(call) {
    const { input } = call;
    const policy = requireOwnPolicy(call, input.PolicyArn);
    requireManagedDocument(input.PolicyDocument);
    if (policy.versions.length >= QUOTAS.VersionsPerPolicy) throw tooManyVersions(QUOTAS.VersionsPerPolicy);
    const version = {
      versionId: `v${policy.nextVersion}`,
      document: input.PolicyDocument,
      createdAt: call.now,
    };
    const changed = {
      ...policy,
      updatedAt: call.now,
      versions: [...policy.versions, version],
      nextVersion: policy.nextVersion + 1,
      defaultVersionId: input.SetAsDefault === true ? version.versionId : policy.defaultVersionId,
    };
    const answer = { PolicyVersion: toVersion(changed, version) };
    await putEntity(call, changed, lowerCamel(answer));
    return answer;
  },
});
