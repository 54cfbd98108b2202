import { dataKeyLength } from '../data-keys.ts';
import { encryptionAlgorithm } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { answerFor, recipientConditions, requireValidRecipient } from '../recipient.ts';
import { blobOf, materialIdUnlessFor, requireEncryptionAlgorithm, sealing } from '../symmetric.ts';

/** Makes a data key in the key's store, in the clear and encrypted under the key. AWS: API_GenerateDataKey. */
export const generateDataKey = operation('GenerateDataKey', {
  action: 'kms:GenerateDataKey',
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
  precheck: requireValidRecipient,
  conditions: recipientConditions,
  validate: ({ key, input }) => {
    requireEncryptionAlgorithm(key, undefined);
    dataKeyLength(input);
  },

  async handle(call) {
    const { key, input } = call;
    const message = sealing(call, key, input.EncryptionContext);
    const { plaintext, sealed } = await message.store.generateDataKey(message.use, dataKeyLength(input));
    return {
      CiphertextBlob: blobOf(message, sealed),
      ...answerFor(call, 'Plaintext', plaintext),
      KeyId: key.arn,
      KeyMaterialId: materialIdUnlessFor(input.Recipient, key, key.material),
    };
  },
});
