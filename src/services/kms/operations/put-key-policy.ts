import { unsupported } from '../errors.ts';
import { changeKey } from '../key-changes.ts';
import { POLICY_NAME, acceptPolicy } from '../key-policy.ts';
import { keyConditions, written } from '../condition-context.ts';
import { operation } from '../operation.ts';

/** Replaces the key policy; refuses one that would lock its caller out. AWS: API_PutKeyPolicy. */
export const putKeyPolicy = operation('PutKeyPolicy', {
  action: 'kms:PutKeyPolicy',
  readOnly: false,
  key: { from: 'KeyId', forms: 'id' },
  context: ({ BypassPolicyLockoutSafetyCheck }) => ({
    'kms:BypassPolicyLockoutSafetyCheck': written(BypassPolicyLockoutSafetyCheck),
  }),
  audit: ({ KeyId, PolicyName, Policy, BypassPolicyLockoutSafetyCheck }) => ({
    keyId: KeyId,
    policyName: PolicyName ?? POLICY_NAME,
    policy: Policy,
    bypassPolicyLockoutSafetyCheck: BypassPolicyLockoutSafetyCheck ?? false,
  }),
  validate: ({ input }) => {
    if (input.PolicyName !== undefined && input.PolicyName !== POLICY_NAME) throw unsupported();
  },

  async handle(call) {
    const { key, kms, input } = call;
    const labels = await kms.catalog.labels(key.arn);
    const holder = { ...key, context: () => keyConditions(key, labels) };
    const policy = acceptPolicy(call, input.Policy, holder, input.BypassPolicyLockoutSafetyCheck);
    await changeKey(call, () => ({ policy }));
    return undefined;
  },
});
