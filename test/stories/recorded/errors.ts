/**
 * Errors of AWS KMS as LocalStack's snapshot tests recorded them on real AWS (Apache-2.0; facts only): one row for each
 * that differs in operation, code or message. HTTP status is 400 in all of them.
 */
import { CONTEXT, MESSAGE } from './world.ts';
import type { World } from './world.ts';

export interface RecordedError {
  operation: string;
  /** What was recorded, in the recording's words where it has any. */
  situation: string;
  input(world: World): object;
  /** The Region `region` of the world unless it is 'other'. */
  client?: 'other';
  code: string;
  /** undefined: the answer has no message. Sets of enum values are in no order, and AWS has more of them by now. */
  message: string | ((world: World) => string) | undefined;
  /** Why AWS answers otherwise now, so that this row is not asked for. */
  superseded?: string;
}

const constraint = (place: string, text: string): string =>
  `1 validation error detected: ${place} failed to satisfy constraint: ${text}`;
const enumeration = (value: string, member: string, values: string): string =>
  constraint(`Value '${value}' at '${member}'`, `Member must satisfy enum value set: [${values}]`);
const LONG_KEY = 'a'.repeat(129);
const LONG_VALUE = 'v'.repeat(257);
const UNKNOWN = '134f2428-cec1-4b25-a1ae-9048164dba47';
const UNKNOWN_MRK = 'mrk-134f2428cec14b25a1ae9048164dba47';
const MACS = 'HMAC_SHA_384, HMAC_SHA_256, HMAC_SHA_224, HMAC_SHA_512';

const tags = (...all: [string, string][]): object => ({
  KeyUsage: 'ENCRYPT_DECRYPT',
  Tags: all.map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
});
const wrongUsage =
  (key: keyof World['keys'], usage: string, operation: string) =>
  ({ keys }: World): string =>
    `${keys[key]} key usage is ${usage} which is not valid for ${operation}.`;

const createKey: RecordedError[] = [
  {
    operation: 'CreateKey',
    situation: 'invalid-tag-key',
    input: () => tags(['aws:test', 'value']),
    code: 'TagException',
    message: 'Tags beginning with aws: are reserved',
  },
  {
    operation: 'CreateKey',
    situation: 'invalid-tag-key: 51 tags',
    input: () =>
      tags(...Array.from({ length: 51 }, (_, index): [string, string] => [`key${index}`, 'value'])),
    code: 'TagException',
    message: 'Too many tags',
  },
  {
    operation: 'CreateKey',
    situation: 'invalid-tag-key: a key of 129 characters',
    input: () => tags([LONG_KEY, 'value']),
    code: 'ValidationException',
    message: constraint(
      `Value '${LONG_KEY}' at 'tags.1.member.tagKey'`,
      'Member must have length less than or equal to 128',
    ),
  },
  {
    operation: 'CreateKey',
    situation: 'too-long-tag-value',
    input: () => tags(['key', LONG_VALUE]),
    code: 'ValidationException',
    message: constraint(
      `Value '${LONG_VALUE}' at 'tags.1.member.tagValue'`,
      'Member must have length less than or equal to 256',
    ),
  },
  {
    operation: 'CreateKey',
    situation: 'create-hmac-key-invalid-spec',
    input: () => ({ KeySpec: 'HMAC_random' }),
    code: 'ValidationException',
    message: enumeration(
      'HMAC_random',
      'keySpec',
      'RSA_2048, ECC_NIST_P384, ECC_NIST_P256, ECC_NIST_P521, HMAC_384, RSA_3072, ECC_SECG_P256K1, RSA_4096, SYMMETRIC_DEFAULT, HMAC_256, HMAC_224, HMAC_512',
    ),
  },
  {
    operation: 'CreateKey',
    situation: 'create-hmac-key-invalid-key-usage',
    input: () => ({ KeySpec: 'HMAC_256', KeyUsage: 'RANDOM' }),
    code: 'ValidationException',
    message: enumeration('RANDOM', 'keyUsage', 'ENCRYPT_DECRYPT, SIGN_VERIFY, GENERATE_VERIFY_MAC'),
  },
  {
    operation: 'CreateKey',
    situation: 'response-invalid-key-spec',
    input: () => ({ KeySpec: 'RSA_2048', KeyUsage: 'KEY_AGREEMENT' }),
    code: 'ValidationException',
    message: 'KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048',
  },
  {
    operation: 'CreateKey',
    situation: 'create-hmac-key-without-key-usage',
    input: () => ({ KeySpec: 'HMAC_256' }),
    code: 'ValidationException',
    message: 'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
  },
];

const identifiers: RecordedError[] = [
  {
    operation: 'DescribeKey',
    situation: 'describe-key-diff-region-with-arn',
    input: ({ keys }) => ({ KeyId: keys.elsewhere }),
    code: 'NotFoundException',
    message: ({ otherRegion }) => `Invalid arn ${otherRegion}`,
  },
  ...['134f2428cec14b25a1ae9048164dba47', 'fake-key-id', 'mrk-fake-key-id'].map((KeyId): RecordedError => ({
    operation: 'DescribeKey',
    situation: `describe-key-with-invalid-uuid: ${KeyId}`,
    input: () => ({ KeyId }),
    code: 'NotFoundException',
    message: `Invalid keyId '${KeyId}'`,
  })),
  {
    operation: 'DescribeKey',
    situation: 'describe-nonexistent-key-with-id',
    input: () => ({ KeyId: UNKNOWN }),
    code: 'NotFoundException',
    message: ({ arnOf }) => `Key '${arnOf(UNKNOWN)}' does not exist`,
  },
  {
    operation: 'DescribeKey',
    situation: 'describe-nonexistent-with-arn',
    input: ({ arnOf }) => ({ KeyId: arnOf(UNKNOWN) }),
    code: 'NotFoundException',
    message: ({ arnOf }) => `Key '${arnOf(UNKNOWN)}' does not exist`,
  },
  {
    operation: 'DescribeKey',
    situation: 'describe-key-with-valid-id-mrk',
    input: () => ({ KeyId: UNKNOWN_MRK }),
    code: 'NotFoundException',
    message: ({ arnOf }) => `Key '${arnOf(UNKNOWN_MRK)}' does not exist`,
  },
  {
    operation: 'DescribeKey',
    situation: 'describe-key-diff-region-with-id',
    input: ({ keys, idOf }) => ({ KeyId: idOf(keys.elsewhere) }),
    code: 'NotFoundException',
    message: ({ keys, idOf, arnOf }) => `Key '${arnOf(idOf(keys.elsewhere))}' does not exist`,
  },
  {
    operation: 'DescribeKey',
    situation: 'describe-key-from-different-region',
    client: 'other',
    input: ({ keys, idOf }) => ({ KeyId: idOf(keys.symmetric) }),
    code: 'NotFoundException',
    message: ({ keys, idOf, arnOf, otherRegion }) =>
      `Key '${arnOf(idOf(keys.symmetric), otherRegion)}' does not exist`,
  },
  {
    operation: 'CreateAlias',
    situation: 'create_alias: a name without its prefix',
    input: ({ keys }) => ({ AliasName: 'no-prefix', TargetKeyId: keys.symmetric }),
    code: 'ValidationException',
    message:
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
  },
];

const cannotEncrypt = ([algorithm, spec, most]: readonly [
  string,
  'rsa2048' | 'rsa3072' | 'rsa4096',
  number,
]) =>
  ({
    operation: 'Encrypt',
    situation: `generate-random-exc: ${algorithm} and ${spec}`,
    input: ({ keys }) => ({
      KeyId: keys[spec],
      Plaintext: Buffer.alloc(most + 1),
      EncryptionAlgorithm: algorithm,
    }),
    code: 'ValidationException',
    message: `Algorithm ${algorithm} and key spec ${spec.replace('rsa', 'RSA_')} cannot encrypt data larger than ${most} bytes.`,
  }) satisfies RecordedError;

const encryption: RecordedError[] = [
  {
    operation: 'Decrypt',
    situation: 'decrypt-invalid-key-id',
    input: ({ keys, ciphertext }) => ({ CiphertextBlob: ciphertext, KeyId: keys.hmac256 }),
    code: 'IncorrectKeyException',
    message: 'The key ID in the request does not identify a CMK that can perform this operation.',
  },
  {
    operation: 'Decrypt',
    situation: 'decrypt_response_without_encryption_context',
    input: ({ keys, ciphertext }) => ({
      KeyId: keys.symmetric,
      CiphertextBlob: ciphertext,
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    }),
    code: 'InvalidCiphertextException',
    message: undefined,
  },
  {
    operation: 'Decrypt',
    situation: 'decrypt_response_with_invalid_ciphertext: its head is cut off',
    input: ({ keys, ciphertext }) => ({
      KeyId: keys.symmetric,
      CiphertextBlob: ciphertext.subarray(40),
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      EncryptionContext: CONTEXT,
    }),
    code: 'InvalidCiphertextException',
    message: undefined,
  },
  {
    operation: 'Encrypt',
    situation: 'encrypt-invalid-key-id',
    input: ({ keys }) => ({ Plaintext: MESSAGE, KeyId: keys.rsaSigning }),
    code: 'InvalidKeyUsageException',
    message: wrongUsage('rsaSigning', 'SIGN_VERIFY', 'Encrypt'),
  },
  ...(['waiting', 'emptied'] as const).map((key): RecordedError => ({
    operation: 'Encrypt',
    situation: key === 'waiting' ? 'encrypt-before-import-error' : 'encrypt-after-delete-error',
    input: ({ keys }) => ({ Plaintext: MESSAGE, KeyId: keys[key] }),
    code: 'KMSInvalidStateException',
    message: ({ keys }) => `${keys[key]} is pending import.`,
  })),
  {
    operation: 'Encrypt',
    situation: 'invalid-plaintext-size-encrypt',
    input: ({ keys }) => ({ Plaintext: Buffer.alloc(4097), KeyId: keys.symmetric }),
    code: 'ValidationException',
    message: constraint("Value at 'plaintext'", 'Member must have length less than or equal to 4096'),
  },
  ...(
    [
      ['RSAES_OAEP_SHA_1', 'rsa2048', 214],
      ['RSAES_OAEP_SHA_1', 'rsa3072', 342],
      ['RSAES_OAEP_SHA_1', 'rsa4096', 470],
      ['RSAES_OAEP_SHA_256', 'rsa2048', 190],
      ['RSAES_OAEP_SHA_256', 'rsa3072', 318],
      ['RSAES_OAEP_SHA_256', 'rsa4096', 446],
    ] as const
  ).map(cannotEncrypt),
  ...['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext'].map((operation): RecordedError => ({
    operation,
    situation: 'dryrun_exception',
    input: ({ keys }) => ({ KeyId: keys.symmetric, KeyPairSpec: 'RSA_2048', DryRun: true }),
    code: 'DryRunOperationException',
    message: 'The request would have succeeded, but the DryRun option is set.',
  })),
  {
    operation: 'ReEncrypt',
    situation: 'incorrect-source-key',
    input: ({ keys, ciphertext }) => ({
      SourceKeyId: keys.unused,
      DestinationKeyId: keys.unused,
      CiphertextBlob: ciphertext,
      SourceEncryptionContext: CONTEXT,
      SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    }),
    code: 'IncorrectKeyException',
    message: 'The key ID in the request does not identify a CMK that can perform this operation.',
  },
  ...(
    [
      [0, "Value '0' at 'numberOfBytes'", 'Member must have value greater than or equal to 1'],
      [1025, "Value '1025' at 'numberOfBytes'", 'Member must have value less than or equal to 1024'],
    ] as const
  ).map(([NumberOfBytes, place, text]): RecordedError => ({
    operation: 'GenerateRandom',
    situation: `generate-random-exc: ${NumberOfBytes}`,
    input: () => ({ NumberOfBytes }),
    code: 'ValidationException',
    message: constraint(place, text),
  })),
  {
    operation: 'GenerateRandom',
    situation: 'generate-random-exc: no number',
    input: () => ({}),
    code: 'ValidationException',
    message: 'NumberOfBytes is required.',
  },
];

const agreement = ({ peer }: World): object => ({ KeyAgreementAlgorithm: 'ECDH', PublicKey: peer });
const digests = (
  [
    ['ECDSA_SHA_256', 'ecc'],
    ['ECDSA_SHA_384', 'ecc384'],
    ['RSASSA_PKCS1_V1_5_SHA_256', 'rsaSigning'],
    ['RSASSA_PKCS1_V1_5_SHA_512', 'rsaSigning'],
    ['RSASSA_PSS_SHA_256', 'rsaSigning'],
    ['RSASSA_PSS_SHA_384', 'rsaSigning'],
    ['RSASSA_PSS_SHA_512', 'rsaSigning'],
  ] as const
).map(([SigningAlgorithm, key]): RecordedError => ({
  operation: 'Sign',
  situation: `bad-digest: ${SigningAlgorithm}`,
  input: ({ keys }) => ({ KeyId: keys[key], MessageType: 'DIGEST', Message: MESSAGE, SigningAlgorithm }),
  code: 'ValidationException',
  message: `Digest is invalid length for algorithm ${SigningAlgorithm}.`,
}));

const asymmetric: RecordedError[] = [
  {
    operation: 'DeriveSharedSecret',
    situation: 'response-invalid-key',
    input: (world) => ({ KeyId: world.keys.symmetric, ...agreement(world) }),
    code: 'InvalidKeyUsageException',
    message: wrongUsage('symmetric', 'ENCRYPT_DECRYPT', 'DeriveSharedSecret'),
  },
  {
    operation: 'DeriveSharedSecret',
    situation: 'response-invalid-key-usage',
    input: (world) => ({ KeyId: world.keys.ecc, ...agreement(world) }),
    code: 'InvalidKeyUsageException',
    message: wrongUsage('ecc', 'SIGN_VERIFY', 'DeriveSharedSecret'),
  },
  {
    operation: 'DeriveSharedSecret',
    situation: 'response-invalid-public-key',
    input: ({ keys }) => ({
      KeyId: keys.agreement,
      KeyAgreementAlgorithm: 'ECDH',
      PublicKey: Buffer.from('InvalidPublicKey'),
    }),
    code: 'ValidationException',
    message: undefined,
  },
  {
    operation: 'DeriveSharedSecret',
    situation: 'response-invalid-key-agreement-algo',
    input: ({ keys, peer }) => ({ KeyId: keys.agreement, KeyAgreementAlgorithm: 'INVALID', PublicKey: peer }),
    code: 'ValidationException',
    message: enumeration('INVALID', 'keyAgreementAlgorithm', 'ECDH'),
  },
  {
    operation: 'Sign',
    situation: 'sign-invalid-key-id',
    input: ({ keys }) => ({
      KeyId: keys.hmac256,
      MessageType: 'RAW',
      Message: MESSAGE,
      SigningAlgorithm: 'ECDSA_SHA_256',
    }),
    code: 'InvalidKeyUsageException',
    message: wrongUsage('hmac256', 'GENERATE_VERIFY_MAC', 'Sign'),
  },
  ...digests,
  {
    operation: 'Verify',
    situation: 'verify-invalid-key-id',
    input: ({ keys }) => ({
      KeyId: keys.symmetric,
      MessageType: 'RAW',
      Message: MESSAGE,
      Signature: Buffer.from('random text'),
      SigningAlgorithm: 'ECDSA_SHA_256',
    }),
    code: 'InvalidKeyUsageException',
    message: wrongUsage('symmetric', 'ENCRYPT_DECRYPT', 'Verify'),
  },
  ...(
    [
      ['ECDSA_SHA_256', 'ecc'],
      ['RSASSA_PSS_SHA_256', 'rsaSigning'],
      ['RSASSA_PSS_SHA_384', 'rsaSigning'],
      ['RSASSA_PSS_SHA_512', 'rsaSigning'],
      ['RSASSA_PKCS1_V1_5_SHA_256', 'rsaSigning'],
      ['RSASSA_PKCS1_V1_5_SHA_512', 'rsaSigning'],
    ] as const
  ).map(([SigningAlgorithm, key]): RecordedError => ({
    operation: 'Verify',
    situation: `test_sign_verify, bad-signature: ${SigningAlgorithm}`,
    input: ({ keys }) => ({
      KeyId: keys[key],
      MessageType: 'RAW',
      Message: MESSAGE,
      Signature: Buffer.from('bad signature'),
      SigningAlgorithm,
    }),
    code: 'KMSInvalidSignatureException',
    message: undefined,
  })),
];

const macs: RecordedError[] = [
  {
    operation: 'GenerateMac',
    situation: 'generate-mac-invalid-key-id: a key of another usage',
    input: ({ keys }) => ({ KeyId: keys.symmetric, Message: MESSAGE, MacAlgorithm: 'HMAC_SHA_224' }),
    code: 'InvalidKeyUsageException',
    message: wrongUsage('symmetric', 'ENCRYPT_DECRYPT', 'GenerateMac'),
  },
  {
    operation: 'GenerateMac',
    situation: 'generate-mac: the algorithm of another spec',
    input: ({ keys }) => ({ KeyId: keys.hmac224, Message: MESSAGE, MacAlgorithm: 'HMAC_SHA_256' }),
    code: 'InvalidKeyUsageException',
    message: 'Algorithm HMAC_SHA_256 is incompatible with key spec HMAC_224.',
  },
  {
    operation: 'GenerateMac',
    situation: 'generate-mac-invalid-key-id',
    input: () => ({ KeyId: 'key_id', Message: MESSAGE, MacAlgorithm: 'HMAC_SHA_224' }),
    code: 'NotFoundException',
    message: "Invalid keyId 'key_id'",
  },
  {
    operation: 'GenerateMac',
    situation: 'generate-mac: no algorithm',
    input: ({ keys }) => ({ KeyId: keys.hmac256, Message: MESSAGE, MacAlgorithm: 'INVALID' }),
    code: 'ValidationException',
    message: enumeration('INVALID', 'macAlgorithm', MACS),
  },
  {
    operation: 'VerifyMac',
    situation: 'verify-mac: the algorithm of another spec',
    input: ({ keys, mac }) => ({
      KeyId: keys.hmac256,
      Message: MESSAGE,
      MacAlgorithm: 'HMAC_SHA_512',
      Mac: mac,
    }),
    code: 'InvalidKeyUsageException',
    message: 'Algorithm HMAC_SHA_512 is incompatible with key spec HMAC_256.',
  },
  {
    operation: 'VerifyMac',
    situation: 'verify-mac: another message',
    input: ({ keys, mac }) => ({
      KeyId: keys.hmac256,
      Message: Buffer.from('some other message'),
      MacAlgorithm: 'HMAC_SHA_256',
      Mac: mac,
    }),
    code: 'KMSInvalidMacException',
    message: undefined,
  },
  {
    operation: 'VerifyMac',
    situation: 'verify-mac-invalid-key-id',
    input: ({ mac }) => ({ KeyId: 'key_id', Message: MESSAGE, MacAlgorithm: 'HMAC_SHA_256', Mac: mac }),
    code: 'NotFoundException',
    message: "Invalid keyId 'key_id'",
  },
  {
    operation: 'VerifyMac',
    situation: 'verify-mac: no algorithm',
    input: ({ keys, mac }) => ({ KeyId: keys.hmac256, Message: MESSAGE, MacAlgorithm: 'INVALID', Mac: mac }),
    code: 'ValidationException',
    message: enumeration('INVALID', 'macAlgorithm', MACS),
  },
];

const material: RecordedError[] = [
  ...(['RSA_4096', 'RSA_2048'] as const).map((WrappingKeySpec): RecordedError => ({
    operation: 'GetParametersForImport',
    situation: `response-error, get-import-parameters-error: ${WrappingKeySpec}`,
    input: ({ keys }) => ({
      KeyId: keys.symmetric,
      WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
      WrappingKeySpec,
    }),
    code: 'UnsupportedOperationException',
    message: ({ keys }) => `${keys.symmetric} origin is AWS_KMS which is not valid for this operation.`,
  })),
  {
    operation: 'ImportKeyMaterial',
    situation: 'existing-pending-material-error',
    input: ({ keys, wrapped }) => ({
      KeyId: keys.rotating,
      ...wrapped,
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
      ImportType: 'NEW_KEY_MATERIAL',
    }),
    code: 'KMSInvalidStateException',
    // the id of the refused material is in no other answer
    message: ({ keys, pendingMaterial }) =>
      `New key material (id: <key-material-id>) cannot be imported into KMS key ${keys.rotating}, because another key material (id: ${pendingMaterial}) is pending rotation.`,
  },
  {
    operation: 'ImportKeyMaterial',
    situation: 'import-expiring-key-without-valid-to',
    input: ({ keys, firstMaterial }) => ({ KeyId: keys.waiting, ...firstMaterial }),
    code: 'ValidationException',
    message: 'A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES',
  },
  {
    operation: 'ReplicateKey',
    situation: 'fail-replicate-non-primary-key',
    client: 'other',
    input: ({ keys, region }) => ({ KeyId: keys.replica, ReplicaRegion: region }),
    code: 'UnsupportedOperationException',
    message: ({ keys }) => `${keys.replica} is not a multi-region primary key.`,
  },
  {
    operation: 'RotateKeyOnDemand',
    situation: 'error-response: a disabled key',
    input: ({ keys }) => ({ KeyId: keys.disabled }),
    code: 'DisabledException',
    message: ({ keys }) => `${keys.disabled} is disabled.`,
  },
  {
    operation: 'RotateKeyOnDemand',
    situation: 'rotate-key-on-demand-invalid-state-error',
    input: ({ keys }) => ({ KeyId: keys.withMaterial }),
    code: 'KMSInvalidStateException',
    message: ({ keys }) => `No available key material pending rotation for the key: ${keys.withMaterial}.`,
  },
  ...(['waiting', 'waitingRsa'] as const).map((key): RecordedError => ({
    operation: 'RotateKeyOnDemand',
    situation: `rotate-key-on-demand-error-response-${key === 'waiting' ? 'SYMMETRIC_DEFAULT' : 'RSA_4096'}`,
    input: ({ keys }) => ({ KeyId: keys[key] }),
    code: 'KMSInvalidStateException',
    message: ({ keys }) => `${keys[key]} is pending import.`,
  })),
  {
    operation: 'RotateKeyOnDemand',
    situation: 'error-response: a key that was rotated as often as it may be',
    input: ({ keys }) => ({ KeyId: keys.exhausted }),
    code: 'LimitExceededException',
    message: ({ keys }) =>
      `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${keys.exhausted}`,
  },
  {
    operation: 'RotateKeyOnDemand',
    situation: 'error-response: a key that is not there',
    input: () => ({ KeyId: UNKNOWN }),
    code: 'NotFoundException',
    message: ({ arnOf }) => `Key '${arnOf(UNKNOWN)}' does not exist`,
  },
  {
    operation: 'RotateKeyOnDemand',
    situation: 'error-response: an asymmetric key',
    input: ({ keys }) => ({ KeyId: keys.rsa4096 }),
    code: 'UnsupportedOperationException',
    message: undefined,
  },
  {
    operation: 'RotateKeyOnDemand',
    situation: 'error-response: imported material (the recording’s test is gone)',
    input: ({ keys }) => ({ KeyId: keys.withMaterial }),
    code: 'UnsupportedOperationException',
    message: ({ keys }) => `${keys.withMaterial} origin is EXTERNAL which is not valid for this operation.`,
    superseded:
      'since 2025, keys with imported material rotate on demand (rotate-key-on-demand-invalid-state-error)',
  },
  {
    operation: 'TagResource',
    situation: 'duplicate-tag-keys',
    input: ({ keys }) => ({
      KeyId: keys.symmetric,
      Tags: [
        { TagKey: 'key', TagValue: 'one' },
        { TagKey: 'key', TagValue: 'two' },
      ],
    }),
    code: 'TagException',
    message: 'Duplicate tag keys',
  },
  {
    operation: 'TagResource',
    situation: 'invalid-tag-key',
    input: ({ keys }) => ({ KeyId: keys.symmetric, Tags: [{ TagKey: 'aws:key', TagValue: 'value' }] }),
    code: 'TagException',
    message: 'Tags beginning with aws: are reserved',
  },
];

export const RECORDED_ERRORS: readonly RecordedError[] = [
  ...createKey,
  ...identifiers,
  ...encryption,
  ...asymmetric,
  ...macs,
  ...material,
];
