import { asymmetricKeys, requireAlgorithm, useOf } from '../asymmetric.ts';
import { invalidMac } from '../errors.ts';
import { operation } from '../operation.ts';
import { finishDryRun } from '../pipeline.ts';

/** Checks an HMAC where the key is, in constant time. A wrong one is an error. AWS: API_VerifyMac. */
export const verifyMac = operation('VerifyMac', {
  action: 'kms:VerifyMac',
  readOnly: true,
  cryptographic: true,
  key: { from: 'KeyId', forms: 'any', acrossAccounts: true, usage: 'GENERATE_VERIFY_MAC' },
  context: ({ MacAlgorithm }) => ({ 'kms:MacAlgorithm': MacAlgorithm }),
  audit: ({ KeyId, MacAlgorithm }) => ({ macAlgorithm: MacAlgorithm, keyId: KeyId }),
  validate: ({ key, input }) => requireAlgorithm(key, input.MacAlgorithm),

  async handle(call) {
    const { key, input } = call;
    const valid = await asymmetricKeys(call).verifyMac(useOf(call, key), input.Message, input.Mac);
    if (!valid) throw invalidMac();
    finishDryRun(call); // with a wrong HMAC the call would not succeed
    return { KeyId: key.arn, MacValid: true, MacAlgorithm: input.MacAlgorithm };
  },
});
