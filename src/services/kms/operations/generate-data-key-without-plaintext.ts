import { dataKeyLength } from '../data-keys.ts';
import { encryptionAlgorithm } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { apiMaterialId, blobOf, requireEncryptionAlgorithm, sealing } from '../symmetric.ts';

/** Makes a data key that only a later Decrypt shows in the clear. AWS: API_GenerateDataKeyWithoutPlaintext. */
export const generateDataKeyWithoutPlaintext = operation('GenerateDataKeyWithoutPlaintext', {
  action: 'kms:GenerateDataKeyWithoutPlaintext',
  readOnly: true,
  cryptographic: true,
  key: { from: 'KeyId', forms: 'any', acrossAccounts: true, usage: 'ENCRYPT_DECRYPT' },
  dryRun: true,
  context: () => encryptionAlgorithm(),
  encryptionContext: ({ EncryptionContext }) => EncryptionContext,
  audit: ({ KeyId, KeySpec, NumberOfBytes, EncryptionContext }) => ({
    keyId: KeyId,
    keySpec: KeySpec,
    numberOfBytes: NumberOfBytes,
    encryptionContext: EncryptionContext,
  }),
  validate: ({ key, input }) => {
    requireEncryptionAlgorithm(key, undefined);
    dataKeyLength(input);
  },

  async handle(call) {
    const { key, input } = call;
    const message = sealing(call, key, input.EncryptionContext);
    const sealed = await message.store.generateDataKeyWithoutPlaintext(message.use, dataKeyLength(input));
    return {
      CiphertextBlob: blobOf(message, sealed),
      KeyId: key.arn,
      KeyMaterialId: apiMaterialId(key, key.material),
    };
  },
});
