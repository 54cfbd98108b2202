import { makeDataKeyPair, requireDataKeyPair } from '../data-key-pairs.ts';
import { unsupported } from '../errors.ts';
import { encryptionAlgorithm } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { apiMaterialId } from '../symmetric.ts';

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
  validate: ({ key, input }) => {
    requireDataKeyPair(key, input);
    if (input.Recipient !== undefined)
      throw unsupported('Claviger does not answer to attested recipients yet.');
  },

  async handle(call) {
    const { key, input } = call;
    const { blob, publicKey, privateKey } = await makeDataKeyPair(call, true);
    return {
      PrivateKeyCiphertextBlob: blob,
      PrivateKeyPlaintext: privateKey,
      PublicKey: publicKey,
      KeyId: key.arn,
      KeyPairSpec: input.KeyPairSpec,
      KeyMaterialId: apiMaterialId(key, key.material),
    };
  },
});
