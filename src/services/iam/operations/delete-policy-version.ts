import { lowerCamel } from '../../../audit/event.ts';
import { putEntity } from '../changes.ts';
import { isDefaultVersion } from '../errors.ts';
import { requireOwnPolicy, requireVersion } from '../managed-policies.ts';
import { operation } from '../operation.ts';

/** Deletes a version that is not the default. Its number is not used again. AWS: API_DeletePolicyVersion (IAM). */
export const deletePolicyVersion = operation('DeletePolicyVersion', {
  action: 'iam:DeletePolicyVersion',
  readOnly: false,
  resources: ({ input }) => [input.PolicyArn],
  audit: lowerCamel,

  async handle(call) {
    const { input } = call;
    const policy = requireOwnPolicy(call, input.PolicyArn);
    const version = requireVersion(policy, input.PolicyArn, input.VersionId);
    if (version.versionId === policy.defaultVersionId) throw isDefaultVersion();
    const versions = policy.versions.filter((other) => other !== version);
    await putEntity(call, { ...policy, versions, updatedAt: call.now });
    return undefined;
  },
});
