import { POLICY_NAME } from '../key-policy.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { page } from '../pagination.ts';

/** Every key has one policy, `default`. AWS: API_ListKeyPolicies. */
export const listKeyPolicies = operation('ListKeyPolicies', {
  action: 'kms:ListKeyPolicies',
  readOnly: true,
  key: { from: 'KeyId', forms: 'id' },
  context: noConditions,
  audit: ({ KeyId, Limit, Marker }) => ({ keyId: KeyId, limit: Limit, marker: Marker }),

  async handle({ input, key }) {
    const { items, ...rest } = await page(
      input,
      { query: `ListKeyPolicies ${key.arn}`, defaultLimit: 100, maxLimit: 1000 },
      async (after) => (after === '' ? [POLICY_NAME] : []),
      (name) => name,
    );
    return { PolicyNames: items, ...rest };
  },
});
