import { makeKeyOfPredefinedAlias } from '../aws-managed-keys.ts';
import { keyMetadata } from '../key-metadata.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';

/**
 * What there is to know about a key, its policy, tags and aliases aside. Describing the predefined alias of a service makes
 * the service's key. AWS: API_DescribeKey.
 */
export const describeKey = operation('DescribeKey', {
  action: 'kms:DescribeKey',
  readOnly: true,
  key: { from: 'KeyId', forms: 'any', acrossAccounts: true },
  context: noConditions,
  audit: ({ KeyId }) => ({ keyId: KeyId }),
  precheck: makeKeyOfPredefinedAlias,

  async handle({ kms, key }) {
    return { KeyMetadata: keyMetadata(kms, key) };
  },
});
