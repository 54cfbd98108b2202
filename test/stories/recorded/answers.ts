/** Members of successful answers of AWS KMS, recorded as errors.ts says. HTTP status is 200 in all of them. */
import { CONTEXT, MESSAGE } from './world.ts';
import type { World } from './world.ts';

export interface RecordedAnswer {
  operation: string;
  input(world: World): object;
  client?: 'other';
  /** The member whose members were recorded; the answer itself when undefined. */
  within?: string;
  members: readonly string[];
  /** Members that AWS has added since the recording; its model has them. */
  added?: readonly string[];
}

const METADATA = [
  ...['AWSAccountId', 'Arn', 'CreationDate', 'CustomerMasterKeySpec', 'Description', 'Enabled', 'KeyId'],
  ...['KeyManager', 'KeySpec', 'KeyState', 'KeyUsage', 'MultiRegion', 'Origin'],
];
const SYMMETRIC = [...METADATA, 'EncryptionAlgorithms'];

const metadata = (operation: string, input: RecordedAnswer['input'], ...more: string[]): RecordedAnswer => ({
  operation,
  input,
  within: 'KeyMetadata',
  members: [...METADATA, ...more],
});
const created = (input: object, ...more: string[]): RecordedAnswer =>
  metadata('CreateKey', () => input, ...more);
const described = (key: keyof World['keys'], ...more: string[]): RecordedAnswer =>
  metadata('DescribeKey', ({ keys }) => ({ KeyId: keys[key] }), ...more);

/** Of all kinds of keys that were recorded. */
const METADATA_BY_KIND: readonly RecordedAnswer[] = [
  created({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }, 'MacAlgorithms'),
  created({ Origin: 'EXTERNAL' }, 'EncryptionAlgorithms'),
  created({ Origin: 'EXTERNAL', KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' }, 'EncryptionAlgorithms'),
  created({ Origin: 'EXTERNAL', KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }, 'SigningAlgorithms'),
  created({ Origin: 'EXTERNAL', KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }, 'MacAlgorithms'),
  created({ MultiRegion: true }, 'EncryptionAlgorithms', 'CurrentKeyMaterialId', 'MultiRegionConfiguration'),
  created({}, 'EncryptionAlgorithms', 'CurrentKeyMaterialId'),
  described('symmetric', 'EncryptionAlgorithms', 'CurrentKeyMaterialId'),
  described('hmac256', 'MacAlgorithms'),
  described('withMaterial', 'EncryptionAlgorithms', 'CurrentKeyMaterialId', 'ExpirationModel'),
  described('emptied', 'EncryptionAlgorithms', 'CurrentKeyMaterialId'),
  described('waiting', 'EncryptionAlgorithms'),
  described('waitingRsa', 'EncryptionAlgorithms'),
  described('ecc', 'SigningAlgorithms'),
  described('importedHmac', 'MacAlgorithms', 'ExpirationModel'),
  described('importedEcc', 'SigningAlgorithms', 'ExpirationModel'),
  described('importedRsa', 'EncryptionAlgorithms', 'ExpirationModel'),
];

const CRYPTOGRAPHIC: readonly RecordedAnswer[] = [
  {
    operation: 'Encrypt',
    input: ({ keys }) => ({ KeyId: keys.symmetric, Plaintext: MESSAGE }),
    members: ['CiphertextBlob', 'EncryptionAlgorithm', 'KeyId'],
  },
  {
    operation: 'Decrypt',
    input: ({ ciphertext }) => ({ CiphertextBlob: ciphertext, EncryptionContext: CONTEXT }),
    members: ['EncryptionAlgorithm', 'KeyId', 'KeyMaterialId', 'Plaintext'],
  },
  {
    operation: 'DeriveSharedSecret',
    input: ({ keys, peer }) => ({ KeyId: keys.agreement, KeyAgreementAlgorithm: 'ECDH', PublicKey: peer }),
    members: ['KeyAgreementAlgorithm', 'KeyId', 'KeyOrigin', 'SharedSecret'],
  },
  {
    operation: 'GenerateDataKey',
    input: ({ keys }) => ({ KeyId: keys.symmetric, KeySpec: 'AES_256' }),
    members: ['CiphertextBlob', 'KeyId', 'Plaintext'],
    added: ['KeyMaterialId'],
  },
  {
    operation: 'GenerateDataKeyWithoutPlaintext',
    input: ({ keys }) => ({ KeyId: keys.symmetric, KeySpec: 'AES_256' }),
    members: ['CiphertextBlob', 'KeyId'],
    added: ['KeyMaterialId'],
  },
  {
    operation: 'GenerateDataKeyPair',
    input: ({ keys }) => ({ KeyId: keys.symmetric, KeyPairSpec: 'RSA_2048' }),
    members: ['KeyId', 'KeyPairSpec', 'PrivateKeyCiphertextBlob', 'PrivateKeyPlaintext', 'PublicKey'],
    added: ['KeyMaterialId'],
  },
  {
    operation: 'GenerateDataKeyPairWithoutPlaintext',
    input: ({ keys }) => ({ KeyId: keys.symmetric, KeyPairSpec: 'RSA_2048' }),
    members: ['KeyId', 'KeyPairSpec', 'PrivateKeyCiphertextBlob', 'PublicKey'],
    added: ['KeyMaterialId'],
  },
  {
    operation: 'GenerateMac',
    input: ({ keys }) => ({ KeyId: keys.hmac256, Message: MESSAGE, MacAlgorithm: 'HMAC_SHA_256' }),
    members: ['KeyId', 'Mac', 'MacAlgorithm'],
  },
  {
    operation: 'VerifyMac',
    input: ({ keys, mac }) => ({
      KeyId: keys.hmac256,
      Message: MESSAGE,
      MacAlgorithm: 'HMAC_SHA_256',
      Mac: mac,
    }),
    members: ['KeyId', 'MacAlgorithm', 'MacValid'],
  },
  {
    operation: 'ReEncrypt',
    input: ({ keys, ciphertext }) => ({
      CiphertextBlob: ciphertext,
      SourceEncryptionContext: CONTEXT,
      DestinationKeyId: keys.unused,
    }),
    members: [
      'CiphertextBlob',
      'DestinationEncryptionAlgorithm',
      'KeyId',
      'SourceEncryptionAlgorithm',
      'SourceKeyId',
    ],
    added: ['SourceKeyMaterialId', 'DestinationKeyMaterialId'],
  },
  {
    operation: 'Sign',
    input: ({ keys }) => ({ KeyId: keys.ecc, Message: MESSAGE, SigningAlgorithm: 'ECDSA_SHA_256' }),
    members: ['KeyId', 'Signature', 'SigningAlgorithm'],
  },
  {
    operation: 'Verify',
    input: ({ keys, signature }) => ({
      KeyId: keys.ecc,
      Message: MESSAGE,
      SigningAlgorithm: 'ECDSA_SHA_256',
      Signature: signature,
    }),
    members: ['KeyId', 'SignatureValid', 'SigningAlgorithm'],
  },
];

const MANAGEMENT: readonly RecordedAnswer[] = [
  {
    operation: 'DescribeKey',
    input: ({ keys }) => ({ KeyId: keys.symmetric }),
    members: ['KeyMetadata'],
  },
  {
    operation: 'GetKeyRotationStatus',
    input: ({ keys }) => ({ KeyId: keys.symmetric }),
    members: ['KeyId', 'KeyRotationEnabled'],
  },
  {
    operation: 'GetKeyRotationStatus',
    input: ({ keys }) => ({ KeyId: keys.yearly }),
    members: ['KeyId', 'KeyRotationEnabled', 'NextRotationDate', 'RotationPeriodInDays'],
  },
  {
    operation: 'GetParametersForImport',
    input: ({ keys }) => ({
      KeyId: keys.waiting,
      WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
      WrappingKeySpec: 'RSA_2048',
    }),
    members: ['ImportToken', 'KeyId', 'ParametersValidTo', 'PublicKey'],
  },
  {
    operation: 'ImportKeyMaterial',
    input: ({ keys, firstMaterial }) => ({
      KeyId: keys.waiting,
      ...firstMaterial,
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
    }),
    members: ['KeyId', 'KeyMaterialId'],
  },
  {
    operation: 'RotateKeyOnDemand',
    input: ({ keys }) => ({ KeyId: keys.unused }),
    members: ['KeyId'],
  },
  {
    operation: 'ReplicateKey',
    input: ({ keys, thirdRegion }) => ({ KeyId: keys.primary, ReplicaRegion: thirdRegion }),
    members: ['ReplicaKeyMetadata', 'ReplicaPolicy'],
  },
  {
    operation: 'ReplicateKey',
    input: ({ keys, thirdRegion }) => ({ KeyId: keys.secondPrimary, ReplicaRegion: thirdRegion }),
    within: 'ReplicaKeyMetadata',
    members: [...SYMMETRIC, 'MultiRegionConfiguration'],
  },
];

/** Those that change something come last. */
export const RECORDED_ANSWERS: readonly RecordedAnswer[] = [
  ...METADATA_BY_KIND,
  ...CRYPTOGRAPHIC,
  ...MANAGEMENT,
];
