import { asymmetricKeys, requireAlgorithm, useOf } from '../asymmetric.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { finishDryRun } from '../pipeline.ts';

/**
 * The shared secret of an encapsulation. A ciphertext that was not made for this key gives another, pseudo-random one and
 * no error; only a wrong length is refused (FIPS 203, implicit rejection). AWS: API_Decapsulate.
 */
export const decapsulate = operation('Decapsulate', {
  action: 'kms:Decapsulate',
  readOnly: true,
  cryptographic: true,
  key: { from: 'KeyId', forms: 'any', acrossAccounts: true, usage: 'ENCAPSULATE_DECAPSULATE' },
  context: noConditions,
  audit: ({ KeyId, EncapsulationAlgorithm }) => ({
    keyId: KeyId,
    encapsulationAlgorithm: EncapsulationAlgorithm,
  }),
  validate: ({ key, input }) => requireAlgorithm(key, input.EncapsulationAlgorithm),

  async handle(call) {
    const { key, input } = call;
    const ciphertext = input.SharedSecretCiphertextBlob;
    const SharedSecret = await asymmetricKeys(call).decapsulate(useOf(call, key), ciphertext);
    if (input.DryRun === true) SharedSecret.fill(0); // only with its key is a ciphertext known to be one
    finishDryRun(call);
    return { KeyId: key.arn, SharedSecret, EncapsulationAlgorithm: input.EncapsulationAlgorithm };
  },
});
