import { makeDataKeyPair, requireDataKeyPair } from '../data-key-pairs.ts';
import { encryptionAlgorithm } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { answerFor, recipientConditions, requireValidRecipient } from '../recipient.ts';
import { materialIdUnlessFor } from '../symmetric.ts';

/** Makes a key pair for use outside of KMS: public, private, and private encrypted under the key. AWS: API_GenerateDataKeyPair. */
export const generateDataKeyPair = operation('GenerateDataKeyPair', {
  action: 'kms:GenerateDataKeyPair',
  readOnly: true,
  cryptographic: true,
  key: { from: 'KeyId', forms: 'any', acrossAccounts: true, usage: 'ENCRYPT_DECRYPT' },
  dryRun: true,
  context: ({ KeyPairSpec }) => ({ ...encryptionAlgorithm(), 'kms:DataKeyPairSpec': KeyPairSpec }),
  encryptionContext: ({ EncryptionContext }) => EncryptionContext,
  audit: ({ KeyId, KeyPairSpec, EncryptionContext }) => ({
    keyPairSpec: KeyPairSpec,
    encryptionContext: EncryptionContext,
    keyId: KeyId,
  }),
  precheck: requireValidRecipient,
  conditions: recipientConditions,
  validate: ({ key, input }) => {
    requireDataKeyPair(key, input);
  },

  async handle(call) {
    const { key, input } = call;
    const { blob, publicKey, privateKey } = await makeDataKeyPair(call, true);
    return {
      PrivateKeyCiphertextBlob: blob,
      ...answerFor(call, 'PrivateKeyPlaintext', privateKey),
      PublicKey: publicKey,
      KeyId: key.arn,
      KeyPairSpec: input.KeyPairSpec,
      KeyMaterialId: materialIdUnlessFor(input.Recipient, key, key.material),
    };
  },
});
