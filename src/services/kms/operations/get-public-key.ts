import type { GetPublicKeyResponse } from '../../../aws/generated/kms.ts';
import { publicKeyOf } from '../asymmetric.ts';
import { unsupported } from '../errors.ts';
import { algorithmsOf, keySpecRow } from '../key-specs.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';

/** The public half of an asymmetric key, as DER SubjectPublicKeyInfo. AWS: API_GetPublicKey. */
export const getPublicKey = operation('GetPublicKey', {
  action: 'kms:GetPublicKey',
  readOnly: true,
  key: { from: 'KeyId', forms: 'any', acrossAccounts: true },
  context: noConditions,
  audit: ({ KeyId }) => ({ keyId: KeyId }),
  validate: ({ key }) => {
    if (keySpecRow(key.spec)?.kind !== 'asymmetric') {
      throw unsupported(`${key.arn} key spec is ${key.spec} which is not valid for GetPublicKey.`);
    }
  },

  async handle({ key }) {
    return {
      KeyId: key.arn,
      PublicKey: publicKeyOf(key).spki,
      CustomerMasterKeySpec: key.spec as GetPublicKeyResponse['CustomerMasterKeySpec'],
      KeySpec: key.spec as GetPublicKeyResponse['KeySpec'],
      KeyUsage: key.usage,
      ...(algorithmsOf(key) as Partial<GetPublicKeyResponse>),
    };
  },
});
