import { asymmetricKeys, requireAlgorithm, useOf } from '../asymmetric.ts';
import { operation } from '../operation.ts';
import { requireMessageFits } from '../signing-algorithms.ts';

/** Signs a message, or its digest, with an asymmetric key. AWS: API_Sign. */
export const sign = operation('Sign', {
  action: 'kms:Sign',
  readOnly: true,
  cryptographic: true,
  key: { from: 'KeyId', forms: 'any', acrossAccounts: true, usage: 'SIGN_VERIFY' },
  dryRun: true,
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
    const Signature = await asymmetricKeys(call).sign(useOf(call, key), {
      algorithm: input.SigningAlgorithm as Exclude<typeof input.SigningAlgorithm, 'SM2DSA'>,
      messageType: input.MessageType ?? 'RAW',
      message: input.Message,
    });
    return { KeyId: key.arn, Signature, SigningAlgorithm: input.SigningAlgorithm };
  },
});
