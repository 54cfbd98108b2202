import { PublicKeyRejected } from '../../../keystores/key-store.ts';
import { asymmetricKeys, requireAlgorithm, useOf } from '../asymmetric.ts';
import { invalidPeerPublicKey } from '../errors.ts';
import { operation } from '../operation.ts';
import { finishDryRun } from '../pipeline.ts';
import { answerFor, recipientConditions, requireValidRecipient } from '../recipient.ts';

/** The X coordinate that this key and another party's public key share, without key derivation. AWS: API_DeriveSharedSecret. */
export const deriveSharedSecret = operation('DeriveSharedSecret', {
  action: 'kms:DeriveSharedSecret',
  readOnly: true,
  cryptographic: true,
  key: { from: 'KeyId', forms: 'any', acrossAccounts: true, usage: 'KEY_AGREEMENT' },
  context: ({ KeyAgreementAlgorithm }) => ({ 'kms:KeyAgreementAlgorithm': KeyAgreementAlgorithm }),
  audit: ({ KeyId, KeyAgreementAlgorithm }) => ({
    keyId: KeyId,
    keyAgreementAlgorithm: KeyAgreementAlgorithm,
  }),
  precheck: requireValidRecipient,
  conditions: recipientConditions,
  validate: ({ key, input }) => {
    requireAlgorithm(key, input.KeyAgreementAlgorithm);
  },

  async handle(call) {
    const { key, input } = call;
    try {
      const secret = await asymmetricKeys(call).deriveSharedSecret(useOf(call, key), input.PublicKey);
      if (input.DryRun === true) secret.fill(0); // the other party's public key is looked at nowhere else
      finishDryRun(call);
      return {
        KeyId: key.arn,
        ...answerFor(call, 'SharedSecret', secret),
        KeyAgreementAlgorithm: input.KeyAgreementAlgorithm,
        KeyOrigin: key.origin,
      };
    } catch (error) {
      if (error instanceof PublicKeyRejected) throw invalidPeerPublicKey();
      throw error;
    }
  },
});
