import { lowerCamel } from '../../../audit/event.ts';
import { requirePolicy, requireVersion } from '../managed-policies.ts';
import { operation } from '../operation.ts';
import { encodeDocument } from '../policy-documents.ts';
import { toVersion } from '../shapes.ts';

/** A version of a managed policy with its document. AWS: API_GetPolicyVersion (IAM). */
export const getPolicyVersion = operation('GetPolicyVersion', {
  action: 'iam:GetPolicyVersion',
  readOnly: true,
  resources: ({ input }) => [input.PolicyArn],
  audit: lowerCamel,

  async handle(call) {
    const policy = requirePolicy(call, call.input.PolicyArn);
    const version = requireVersion(policy, call.input.PolicyArn, call.input.VersionId);
    return {
      PolicyVersion: { Document: encodeDocument(version.document), ...toVersion(policy, version) },
    };
  },
});
