/** Bodies that KMS sends: what is taken, and that everything else is refused by the member's name. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  decryptRequest,
  encryptRequest,
  healthRequest,
  keyMetadataRequest,
} from '../../src/keystores/external/proxy-messages.ts';
import { Refused } from '../../src/xks-proxy/refusal.ts';
import {
  readDecryptRequest,
  readEncryptRequest,
  readHealthRequest,
  readMetadataRequest,
} from '../../src/xks-proxy/requests.ts';

type Json = Record<string, unknown>;

const use = {
  principalArn: 'arn:aws:iam::123456789012:user/Alice',
  operation: 'Encrypt',
  requestId: '4112f4d6-db54-4af4-ae30-c55a22a8dfae',
  viaService: 'ebs',
  externalKeyId: 'key-1',
  keyArn: 'arn:aws:kms:us-east-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
};
const onBehalfOf = {
  operation: use.operation,
  requestId: use.requestId,
  principalArn: use.principalArn,
  kmsKeyArn: use.keyArn,
  viaService: use.viaService,
  sourceVpc: undefined,
  sourceVpce: undefined,
};
const base64 = (length: number): string => Buffer.alloc(length, 7).toString('base64');
const bytes = (min: number, max: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: min, maxLength: max }).map((array) => Buffer.from(array));
const body = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const message = {
  metadata: Buffer.alloc(17, 1),
  iv: Buffer.alloc(12, 2),
  tag: Buffer.alloc(16, 3),
  ciphertext: Buffer.alloc(5, 4),
};
const encrypt = JSON.parse(encryptRequest(use, Buffer.from('aad'), Buffer.from('hello'))) as Json;
const decrypt = JSON.parse(decryptRequest(use, Buffer.from('aad'), message)) as Json;

describe('requests of KMS', () => {
  it('are read as the client of the protocol writes them, whatever is in them', () => {
    fc.assert(
      fc.property(bytes(0, 8_192), bytes(1, 4_300), (aad, plaintext) => {
        const read = readEncryptRequest(Buffer.from(encryptRequest(use, aad, plaintext)));
        assert.deepEqual(read, { onBehalfOf, aad, plaintext, integrity: true });
      }),
      { numRuns: 100 },
    );
    fc.assert(
      fc.property(
        bytes(0, 100),
        bytes(1, 4_300),
        bytes(1, 20),
        fc.constantFrom(12, 16),
        (aad, ciphertext, metadata, ivBytes) => {
          const sent = { metadata, ciphertext, iv: Buffer.alloc(ivBytes, 9), tag: Buffer.alloc(16, 8) };
          const read = readDecryptRequest(Buffer.from(decryptRequest(use, aad, sent)));
          assert.deepEqual(read, { onBehalfOf, aad, message: sent });
        },
      ),
      { numRuns: 100 },
    );
  });

  it('name nobody in a health check, and no KMS key while one is made', () => {
    const health = readHealthRequest(Buffer.from(healthRequest({ ...use, operation: 'KmsHealthCheck' })));
    assert.deepEqual([health.operation, health.principalArn], ['KmsHealthCheck', undefined]);
    const metadata = readMetadataRequest(Buffer.from(keyMetadataRequest(use)));
    assert.deepEqual(metadata, { ...onBehalfOf, kmsKeyArn: undefined });
  });

  it('may have members that the specification does not know, and any KMS operation', () => {
    const requestMetadata = {
      ...(encrypt.requestMetadata as Json),
      kmsOperation: 'BulkEncrypt',
      kmsRequestId: 'not a UUID',
      more: 1,
      awsSourceVpc: 'vpc-1',
      awsSourceVpce: null,
    };
    const read = readEncryptRequest(body({ ...encrypt, requestMetadata, more: [], __proto__: 1 }));
    assert.deepEqual(read.onBehalfOf, {
      ...onBehalfOf,
      operation: 'BulkEncrypt',
      requestId: 'not a UUID',
      sourceVpc: 'vpc-1',
    });
  });

  it('may ask for no integrity value and have no associated data', () => {
    const { ciphertextDataIntegrityValueAlgorithm, additionalAuthenticatedData, ...rest } = encrypt;
    assert.ok(ciphertextDataIntegrityValueAlgorithm !== additionalAuthenticatedData);
    const read = readEncryptRequest(body(rest));
    assert.deepEqual([read.integrity, read.aad.length], [false, 0]);
  });

  const metadataWithout = (name: string): Json => ({
    requestMetadata: { ...(encrypt.requestMetadata as Json), [name]: undefined },
  });
  const wrong: [what: string, more: Json, message: RegExp, errorName?: string][] = [
    ['no metadata', { requestMetadata: undefined }, /^requestMetadata must be an object/],
    ['metadata that are a list', { requestMetadata: [] }, /^requestMetadata must be an object/],
    ...['kmsOperation', 'kmsRequestId', 'awsPrincipalArn', 'kmsKeyArn'].map(
      (name): [string, Json, RegExp] => [
        `no ${name}`,
        metadataWithout(name),
        new RegExp(`^requestMetadata\\.${name} must be a text`),
      ],
    ),
    [
      'an operation that is a number',
      { requestMetadata: { ...(encrypt.requestMetadata as Json), kmsOperation: 7 } },
      /^requestMetadata\.kmsOperation/,
    ],
    [
      'a service without end',
      { requestMetadata: { ...(encrypt.requestMetadata as Json), kmsViaService: 'x'.repeat(2_049) } },
      /^requestMetadata\.kmsViaService/,
    ],
    ['no algorithm', { encryptionAlgorithm: undefined }, /^encryptionAlgorithm must be AES_GCM/],
    ['another algorithm', { encryptionAlgorithm: 'AES_CBC' }, /^encryptionAlgorithm/],
    [
      'associated data as a number',
      { additionalAuthenticatedData: 7 },
      /^additionalAuthenticatedData must be/,
    ],
    ['associated data in base64url', { additionalAuthenticatedData: '-_-_' }, /^additionalAuthenticatedData/],
    [
      'associated data without padding',
      { additionalAuthenticatedData: 'YQ' },
      /^additionalAuthenticatedData/,
    ],
    [
      'associated data that are too long',
      { additionalAuthenticatedData: base64(8_193) },
      /^additionalAuthenticatedData must have at most 8192 bytes/,
      'UnsupportedOperationException',
    ],
  ];
  const wrongOfEncrypt: typeof wrong = [
    ['no plaintext', { plaintext: undefined }, /^plaintext must be base64/],
    ['an empty plaintext', { plaintext: '' }, /^plaintext must be base64/],
    ['a plaintext with white space', { plaintext: 'aGVs bG8=' }, /^plaintext must be base64/],
    [
      'a plaintext that is too long',
      { plaintext: base64(4_301) },
      /^plaintext must have at most 4300 bytes/,
      'UnsupportedOperationException',
    ],
    [
      'another hash',
      { ciphertextDataIntegrityValueAlgorithm: 'MD5' },
      /^ciphertextDataIntegrityValueAlgorithm must be SHA_256/,
    ],
  ];
  const wrongOfDecrypt: typeof wrong = [
    ['no ciphertext', { ciphertext: undefined }, /^ciphertext must be base64/],
    [
      'a ciphertext that is too long',
      { ciphertext: base64(4_301) },
      /^ciphertext must have at most 4300 bytes/,
      'UnsupportedOperationException',
    ],
    ['no IV', { initializationVector: undefined }, /^initializationVector must be base64/],
    ['an IV of 13 bytes', { initializationVector: base64(13) }, /^initializationVector must have 12 or 16/],
    ['no tag', { authenticationTag: undefined }, /^authenticationTag must be base64/],
    ['a tag of 4 bytes', { authenticationTag: base64(4) }, /^authenticationTag must have 16 bytes/],
    ['metadata of 21 bytes', { ciphertextMetadata: base64(21) }, /^ciphertextMetadata must have at most 20/],
    [
      'no metadata',
      { ciphertextMetadata: undefined },
      /^ciphertextMetadata is missing/,
      'InvalidCiphertextException',
    ],
  ];
  const refuses = (run: () => unknown, wanted: RegExp, errorName = 'ValidationException'): void =>
    assert.throws(run, (error) => {
      assert.ok(error instanceof Refused);
      assert.equal(error.errorName, errorName);
      assert.match(error.message, wanted);
      assert.match(error.message, /^[\x20-\x7e]{1,511}$/);
      return true;
    });
  for (const [what, more, wanted, errorName] of [...wrong, ...wrongOfEncrypt])
    it(`are refused with ${what} to encrypt`, () =>
      refuses(() => readEncryptRequest(body({ ...encrypt, ...more })), wanted, errorName));
  for (const [what, more, wanted, errorName] of [...wrong, ...wrongOfDecrypt])
    it(`are refused with ${what} in them to decrypt`, () =>
      refuses(() => readDecryptRequest(body({ ...decrypt, ...more })), wanted, errorName));

  it('are refused when they are no JSON object in UTF-8', () => {
    for (const text of ['', 'null', '[]', '7', '"a"', '{', `${JSON.stringify(encrypt)}x`])
      for (const read of [readEncryptRequest, readDecryptRequest, readMetadataRequest, readHealthRequest])
        refuses(() => read(Buffer.from(text)), /^The body must be/);
    refuses(() => readHealthRequest(Buffer.from([0x7b, 0xff, 0x7d])), /^The body must be JSON in UTF-8/);
  });

  it('end in a request or a refusal, whatever comes', () => {
    const known = [...Object.keys(encrypt), ...Object.keys(decrypt)];
    const member = fc.oneof(fc.constantFrom(...known), fc.string());
    const value = fc.oneof(fc.jsonValue(), fc.base64String());
    fc.assert(
      fc.property(fc.dictionary(member, value), fc.constantFrom(encrypt, decrypt, {}), (more, honest) => {
        const text = body({ ...honest, ...more });
        for (const read of [readEncryptRequest, readDecryptRequest, readMetadataRequest, readHealthRequest]) {
          try {
            read(text);
          } catch (error) {
            if (!(error instanceof Refused)) throw error;
            assert.match(error.message, /^[\x20-\x7e]{1,511}$/);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
