import { noSuchPolicy } from '../errors.ts';
import { POLICY_NAME } from '../key-policy.ts';
import { operation } from '../operation.ts';

/** AWS: API_GetKeyPolicy. The text is what was put. */
export const getKeyPolicy = operation('GetKeyPolicy', {
  action: 'kms:GetKeyPolicy',
  readOnly: true,
  key: { from: 'KeyId', forms: 'id' },
  audit: ({ KeyId, PolicyName }) => ({ keyId: KeyId, policyName: PolicyName ?? POLICY_NAME }),
  validate: ({ input }) => {
    if (input.PolicyName !== undefined && input.PolicyName !== POLICY_NAME) throw noSuchPolicy();
  },

  async handle({ key }) {
    return { Policy: key.policy, PolicyName: POLICY_NAME };
  },
});
