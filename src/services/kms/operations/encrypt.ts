import { isOaep, requirePlaintextFits } from '../asymmetric-encryption.ts';
import { encryptionAlgorithm } from '../condition-context.ts';
import { operation } from '../operation.ts';
import {
  SYMMETRIC_DEFAULT,
  encryptUnder,
  requireContextSuits,
  requireEncryptionAlgorithm,
} from '../symmetric.ts';

/** Encrypts up to 4096 bytes under a symmetric key, or as much as RSA takes under an RSA key. AWS: API_Encrypt. */
export const encrypt = operation('Encrypt', {
  action: 'kms:Encrypt',
  readOnly: true,
  cryptographic: true,
  key: { from: 'KeyId', forms: 'any', acrossAccounts: true, usage: 'ENCRYPT_DECRYPT' },
  dryRun: true,
  context: ({ EncryptionAlgorithm }) => encryptionAlgorithm(EncryptionAlgorithm),
  encryptionContext: ({ EncryptionContext }) => EncryptionContext,
  audit: ({ KeyId, EncryptionContext, EncryptionAlgorithm }) => ({
    keyId: KeyId,
    encryptionAlgorithm: EncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT',
    encryptionContext: EncryptionContext,
  }),
  validate: ({ key, input }) => {
    const algorithm = requireEncryptionAlgorithm(key, input.EncryptionAlgorithm);
    requireContextSuits(input.EncryptionContext, algorithm);
    if (isOaep(algorithm)) requirePlaintextFits(key, algorithm, input.Plaintext);
  },

  async handle(call) {
    const { key, input } = call;
    const algorithm = input.EncryptionAlgorithm ?? SYMMETRIC_DEFAULT;
    const CiphertextBlob = await encryptUnder(call, key, {
      algorithm,
      plaintext: input.Plaintext,
      context: input.EncryptionContext,
    });
    return { CiphertextBlob, KeyId: key.arn, EncryptionAlgorithm: algorithm };
  },
});
