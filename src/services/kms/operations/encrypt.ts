import { operation } from '../operation.ts';
import { blobOf, requireContextFits, requireEncryptionAlgorithm, sealing } from '../symmetric.ts';

/** Encrypts up to 4096 bytes under a KMS key. AWS: API_Encrypt. */
export const encrypt = operation('Encrypt', {
  action: 'kms:Encrypt',
  readOnly: true,
  cryptographic: true,
  key: { from: 'KeyId', forms: 'any', usage: 'ENCRYPT_DECRYPT' },
  dryRun: true,
  audit: ({ KeyId, EncryptionContext, EncryptionAlgorithm }) => ({
    keyId: KeyId,
    encryptionAlgorithm: EncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT',
    encryptionContext: EncryptionContext,
  }),
  validate: ({ key, input }) => {
    requireEncryptionAlgorithm(key, input.EncryptionAlgorithm);
    requireContextFits(input.EncryptionContext);
  },

  async handle(call) {
    const { key, input } = call;
    const message = sealing(call, key, input.EncryptionContext);
    const sealed = await message.store.encrypt(message.use, input.Plaintext);
    return {
      CiphertextBlob: blobOf(message, sealed),
      KeyId: key.arn,
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    };
  },
});
