import { makeDataKeyPair, requireDataKeyPair } from '../data-key-pairs.ts';
import { encryptionAlgorithm } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { apiMaterialId } from '../symmetric.ts';

/** Makes a key pair whose private key only a later Decrypt shows. AWS: API_GenerateDataKeyPairWithoutPlaintext. */
export const generateDataKeyPairWithoutPlaintext = operation('GenerateDataKeyPairWithoutPlaintext', {
  action: 'kms:GenerateDataKeyPairWithoutPlaintext',
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
  validate: ({ key, input }) => requireDataKeyPair(key, input),

  async handle(call) {
    const { key, input } = call;
    const { blob, publicKey } = await makeDataKeyPair(call, false);
    return {
      PrivateKeyCiphertextBlob: blob,
      PublicKey: publicKey,
      KeyId: key.arn,
      KeyPairSpec: input.KeyPairSpec,
      KeyMaterialId: apiMaterialId(key, key.material),
    };
  },
});
