import { lowerCamel } from '../../../audit/event.ts';
import { putEntity } from '../changes.ts';
import { requireOwnPolicy, requireVersion } from '../managed-policies.ts';
import { operation } from '../operation.ts';

/** Makes a version the one that counts, for whoever has the policy. AWS: API_SetDefaultPolicyVersion (IAM). */
export const setDefaultPolicyVersion = operation('SetDefaultPolicyVersion', {
  action: 'iam:SetDefaultPolicyVersion',
  readOnly: false,
  resources: ({ input }) => [input.PolicyArn],
  audit: lowerCamel,

  async handle(call) {
    const { input } = call;
    const policy = requireOwnPolicy(call, input.PolicyArn);
    const { versionId } = requireVersion(policy, input.PolicyArn, input.VersionId);
    await putEntity(call, { ...policy, defaultVersionId: versionId, updatedAt: call.now });
    return undefined;
  },
});
