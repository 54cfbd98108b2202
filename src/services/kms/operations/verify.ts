import { asymmetricKeys, publicKeyOf, requireAlgorithm } from '../asymmetric.ts';
import { invalidSignature } from '../errors.ts';
import { operation } from '../operation.ts';
import { finishDryRun } from '../pipeline.ts';
import { requireMessageFits } from '../signing-algorithms.ts';

/** Checks a signature. A wrong one is an error, never `SignatureValid: false`. AWS: API_Verify. */
export const verify = operation('Verify', {
  action: 'kms:Verify',
  readOnly: true,
  cryptographic: true,
  key: { from: 'KeyId', forms: 'any', acrossAccounts: true, usage: 'SIGN_VERIFY' },
  context: ({ MessageType, SigningAlgorithm }) => ({
    'kms:MessageType': MessageType ?? 'RAW',
    'kms:SigningAlgorithm': SigningAlgorithm,
  }),
  audit: ({ KeyId, MessageType, SigningAlgorithm }) => ({
    messageType: MessageType ?? 'RAW',
    keyId: KeyId,
    signingAlgorithm: SigningAlgorithm,
  }),
  validate: ({ key, input }) => {
    requireAlgorithm(key, input.SigningAlgorithm);
    requireMessageFits(input.SigningAlgorithm, input.MessageType ?? 'RAW', input.Message);
  },

  async handle(call) {
    const { key, input } = call;
    const valid = await asymmetricKeys(call).verify(publicKeyOf(key), input.Signature, {
      algorithm: input.SigningAlgorithm as Exclude<typeof input.SigningAlgorithm, 'SM2DSA'>,
      messageType: input.MessageType ?? 'RAW',
      message: input.Message,
    });
    if (!valid) throw invalidSignature();
    finishDryRun(call); // with a wrong signature the call would not succeed
    return { KeyId: key.arn, SignatureValid: true, SigningAlgorithm: input.SigningAlgorithm };
  },
});
