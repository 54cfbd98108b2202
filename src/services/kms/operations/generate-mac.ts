import { asymmetricKeys, requireAlgorithm, useOf } from '../asymmetric.ts';
import { operation } from '../operation.ts';

/** An HMAC of a message, of the hash's full length. AWS: API_GenerateMac. */
export const generateMac = operation('GenerateMac', {
  action: 'kms:GenerateMac',
  readOnly: true,
  cryptographic: true,
  key: { from: 'KeyId', forms: 'any', acrossAccounts: true, usage: 'GENERATE_VERIFY_MAC' },
  dryRun: true,
  context: ({ MacAlgorithm }) => ({ 'kms:MacAlgorithm': MacAlgorithm }),
  audit: ({ KeyId, MacAlgorithm }) => ({ macAlgorithm: MacAlgorithm, keyId: KeyId }),
  validate: ({ key, input }) => requireAlgorithm(key, input.MacAlgorithm),

  async handle(call) {
    const { key, input } = call;
    const Mac = await asymmetricKeys(call).generateMac(useOf(call, key), input.Message);
    return { Mac, MacAlgorithm: input.MacAlgorithm, KeyId: key.arn };
  },
});
