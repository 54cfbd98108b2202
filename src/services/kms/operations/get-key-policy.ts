import { noSuchPolicy } from '../errors.ts';
import { POLICY_NAME, showPolicy } from '../key-policy.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';

/** AWS: API_GetKeyPolicy. The text is what was put. */
export const getKeyPolicy = operation('GetKeyPolicy', {
  action: 'kms:GetKeyPolicy',
  readOnly: true,
  key: { from: 'KeyId', forms: 'id' },
  context: noConditions,
  audit: ({ KeyId, PolicyName }) => ({ keyId: KeyId, policyName: PolicyName ?? POLICY_NAME }),
  validate: ({ input }) => {
    if (input.PolicyName !== undefined && input.PolicyName !== POLICY_NAME) throw noSuchPolicy();
  },

  async handle({ key, kms }) {
    return { Policy: showPolicy(key.policy, kms.access), PolicyName: POLICY_NAME };
  },
});
