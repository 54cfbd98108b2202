import { unsupported } from '../errors.ts';
import { changeKey } from '../key-changes.ts';
import { POLICY_NAME, requireValidPolicy } from '../key-policy.ts';
import { operation } from '../operation.ts';

/** Replaces the key policy; refuses one that would lock its caller out. AWS: API_PutKeyPolicy. */
export const putKeyPolicy = operation('PutKeyPolicy', {
  action: 'kms:PutKeyPolicy',
  readOnly: false,
  key: { from: 'KeyId', forms: 'id' },
  audit: ({ KeyId, PolicyName, Policy, BypassPolicyLockoutSafetyCheck }) => ({
    keyId: KeyId,
    policyName: PolicyName ?? POLICY_NAME,
    policy: Policy,
    bypassPolicyLockoutSafetyCheck: BypassPolicyLockoutSafetyCheck ?? false,
  }),
  validate: ({ input, kms, key }) => {
    if (input.PolicyName !== undefined && input.PolicyName !== POLICY_NAME) throw unsupported();
    requireValidPolicy(input.Policy, key.accountId, {
      limits: kms.limits,
      bypassLockoutCheck: input.BypassPolicyLockoutSafetyCheck ?? false,
    });
  },

  async handle(call) {
    await changeKey(call, () => ({ policy: call.input.Policy }));
    return undefined;
  },
});
