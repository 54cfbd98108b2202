import { asymmetricKeys, publicKeyOf, requireAlgorithm } from '../asymmetric.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';

/** A new shared secret, and what only the private key opens it from (FIPS 203). AWS: API_Encapsulate. */
export const encapsulate = operation('Encapsulate', {
  action: 'kms:Encapsulate',
  readOnly: true,
  cryptographic: true,
  key: { from: 'KeyId', forms: 'any', acrossAccounts: true, usage: 'ENCAPSULATE_DECAPSULATE' },
  dryRun: true,
  context: noConditions,
  audit: ({ KeyId, EncapsulationAlgorithm }) => ({
    keyId: KeyId,
    encapsulationAlgorithm: EncapsulationAlgorithm,
  }),
  validate: ({ key, input }) => requireAlgorithm(key, input.EncapsulationAlgorithm),

  async handle(call) {
    const { key, input } = call;
    const { sharedSecret, ciphertext } = await asymmetricKeys(call).encapsulate(publicKeyOf(key));
    return {
      KeyId: key.arn,
      SharedSecret: sharedSecret,
      SharedSecretCiphertextBlob: ciphertext,
      EncapsulationAlgorithm: input.EncapsulationAlgorithm,
    };
  },
});
