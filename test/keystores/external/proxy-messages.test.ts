/** Messages of the XKS proxy protocol: what is asked, and which answers are believed. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CiphertextRejected } from '../../../src/keystores/key-store.ts';
import { ProxyFailed } from '../../../src/keystores/external/proxy-failures.ts';
import {
  decryptRequest,
  encryptRequest,
  healthRequest,
  keyMetadataRequest,
  parseJson,
  readDecrypted,
  readEncrypted,
  readHealth,
  readKeyMetadata,
} from '../../../src/keystores/external/proxy-messages.ts';
import { decodeSealed, encodeSealed } from '../../../src/keystores/external/sealed-message.ts';
import type { ProxyCiphertext } from '../../../src/xks/protocol.ts';

const REQUEST_ID = '4112f4d6-db54-4af4-ae30-c55a22a8dfae';
const use = {
  principalArn: 'arn:aws:iam::123456789012:user/Alice',
  operation: 'Encrypt',
  requestId: Buffer.from(REQUEST_ID.replaceAll('-', ''), 'hex'),
  viaService: 'ebs',
  externalKeyId: 'key-1',
  keyArn: 'arn:aws:kms:us-east-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
};
/** The example of the specification, "Encrypt" and appendix C. */
const AAD = Buffer.from('project=nile,department=marketing');
const PLAINTEXT = Buffer.from('Hello World!');
const ANSWER = {
  authenticationTag: 'vBxN2ncH1oEkR8WVXpmyYQ==',
  ciphertext: 'ghxkK1txeDNn3q8Y',
  ciphertextDataIntegrityValue: 'qHA/ImC9h5HsLRXqCyPmWgYx7tzyoTplzILbP0fPXsc=',
  ciphertextMetadata: 'a2V5X3ZlcnNpb249MQ==',
  initializationVector: 'HMrlRw85cAJUd5Ax',
};

const isInvalid = (error: unknown): boolean =>
  error instanceof ProxyFailed && error.failure === 'invalid-response';
const refuses = (run: () => unknown): void => assert.throws(run, isInvalid);

describe('requests to a proxy', () => {
  it('are those of the examples of the specification', () => {
    const requestMetadata = {
      awsPrincipalArn: use.principalArn,
      kmsKeyArn: use.keyArn,
      kmsOperation: 'Encrypt',
      kmsRequestId: REQUEST_ID,
      kmsViaService: 'ebs',
    };
    assert.deepEqual(JSON.parse(encryptRequest(use, AAD, PLAINTEXT)), {
      requestMetadata,
      additionalAuthenticatedData: 'cHJvamVjdD1uaWxlLGRlcGFydG1lbnQ9bWFya2V0aW5n',
      plaintext: 'SGVsbG8gV29ybGQh',
      encryptionAlgorithm: 'AES_GCM',
      ciphertextDataIntegrityValueAlgorithm: 'SHA_256',
    });
    const message = readEncrypted(ANSWER, AAD, PLAINTEXT);
    assert.deepEqual(JSON.parse(decryptRequest({ ...use, operation: 'Decrypt' }, AAD, message)), {
      requestMetadata: { ...requestMetadata, kmsOperation: 'Decrypt' },
      additionalAuthenticatedData: 'cHJvamVjdD1uaWxlLGRlcGFydG1lbnQ9bWFya2V0aW5n',
      encryptionAlgorithm: 'AES_GCM',
      ciphertext: ANSWER.ciphertext,
      ciphertextMetadata: ANSWER.ciphertextMetadata,
      initializationVector: ANSWER.initializationVector,
      authenticationTag: ANSWER.authenticationTag,
    });
  });

  it('name no key and no service where there is none, and nobody in a health check', () => {
    const on = { principalArn: use.principalArn, operation: 'CreateKey', requestId: REQUEST_ID };
    assert.deepEqual(JSON.parse(keyMetadataRequest(on)), {
      requestMetadata: {
        awsPrincipalArn: use.principalArn,
        kmsOperation: 'CreateKey',
        kmsRequestId: REQUEST_ID,
      },
    });
    assert.deepEqual(JSON.parse(healthRequest({ ...on, operation: 'KmsHealthCheck' })), {
      requestMetadata: { kmsOperation: 'KmsHealthCheck', kmsRequestId: REQUEST_ID },
    });
    const message = { ...readEncrypted(ANSWER, AAD, PLAINTEXT), metadata: Buffer.alloc(0) };
    assert.ok(!('ciphertextMetadata' in (JSON.parse(decryptRequest(use, AAD, message)) as object)));
  });
});

describe('an answer to Encrypt', () => {
  it('is taken apart, when its integrity value is right', () => {
    const message = readEncrypted({ ...ANSWER, later: { added: true } }, AAD, PLAINTEXT);
    assert.equal(message.metadata.toString(), 'key_version=1');
    assert.equal(message.iv.toString('base64'), ANSWER.initializationVector);
    assert.equal(message.tag.toString('base64'), ANSWER.authenticationTag);
    assert.equal(message.ciphertext.toString('base64'), ANSWER.ciphertext);
  });

  it('is refused when any byte of any part, or of our own data, is another', () => {
    for (const [name, value] of Object.entries(ANSWER)) {
      const content = Buffer.from(value, 'base64');
      for (const at of content.keys()) {
        const changed = Buffer.from(content);
        changed[at] = (changed[at] as number) ^ 0x80;
        refuses(() => readEncrypted({ ...ANSWER, [name]: changed.toString('base64') }, AAD, PLAINTEXT));
      }
    }
    refuses(() => readEncrypted(ANSWER, AAD.subarray(1), PLAINTEXT));
  });

  it('is refused when a part has another length, though the integrity value be right', () => {
    const honest = answerOf({ metadata: 13, iv: 12, tag: 16, ciphertext: 12 });
    assert.equal(readEncrypted(honest, AAD, PLAINTEXT).iv.length, 12);
    assert.equal(
      readEncrypted(answerOf({ metadata: 20, iv: 16, tag: 16, ciphertext: 12 }), AAD, PLAINTEXT).iv.length,
      16,
    );
    assert.equal(
      readEncrypted(answerOf({ metadata: 1, iv: 12, tag: 16, ciphertext: 12 }), AAD, PLAINTEXT).metadata
        .length,
      1,
    );
    for (const wrong of [
      { metadata: 21 },
      { metadata: 0 },
      { iv: 0 },
      { iv: 11 },
      { iv: 13 },
      { iv: 17 },
      { tag: 12 },
      { tag: 17 },
      { ciphertext: 11 },
      { ciphertext: 13 },
    ])
      refuses(() =>
        readEncrypted(answerOf({ metadata: 13, iv: 12, tag: 16, ciphertext: 12, ...wrong }), AAD, PLAINTEXT),
      );
  });

  it('is refused when a member is not there or of another type; only metadata may be left out', () => {
    for (const name of Object.keys(ANSWER))
      for (const value of [undefined, null, 7, true, {}, [], [ANSWER.ciphertext]])
        refuses(() => readEncrypted({ ...ANSWER, [name]: value }, AAD, PLAINTEXT));
    const { ciphertextMetadata: _, ...bare } = answerOf({ metadata: 0, iv: 12, tag: 16, ciphertext: 12 });
    assert.equal(readEncrypted(bare, AAD, PLAINTEXT).metadata.length, 0);
  });

  it('is refused for base64 in any other form', () => {
    const answer = answerOf({ metadata: 13, iv: 12, tag: 16, ciphertext: 12 }, 0xfb);
    const iv = '+/v7+/v7+/v7+/v7';
    assert.equal(answer.initializationVector, iv);
    readEncrypted(answer, AAD, PLAINTEXT);
    for (const form of [
      ...[`${iv}\n`, ` ${iv}`, `${iv}=`, `${iv.slice(0, 8)} ${iv.slice(8)}`],
      iv.replaceAll('+', '-').replaceAll('/', '_'),
    ])
      refuses(() => readEncrypted({ ...answer, initializationVector: form }, AAD, PLAINTEXT));
    const tag = ANSWER.authenticationTag; // ends with YQ==: four bits are left over
    for (const form of [tag.replace('==', ''), tag.replace('==', '='), tag.replace('YQ==', 'YR==')])
      refuses(() => readEncrypted({ ...ANSWER, authenticationTag: form }, AAD, PLAINTEXT));
  });
});

describe('an answer to Decrypt', () => {
  it('is as long as the ciphertext, or refused', () => {
    const message = readEncrypted(ANSWER, AAD, PLAINTEXT);
    assert.deepEqual(readDecrypted({ plaintext: 'SGVsbG8gV29ybGQh' }, message), PLAINTEXT);
    for (const plaintext of ['', 'SGVsbG8gV29ybGQ=', 'SGVsbG8gV29ybGQhIQ==', undefined, null, 3])
      refuses(() => readDecrypted({ plaintext }, message));
  });
});

describe('an answer to GetKeyMetadata', () => {
  const good = { keySpec: 'AES_256', keyUsage: ['ENCRYPT', 'DECRYPT', 'WRAP'], keyStatus: 'ENABLED' };

  it('has a spec, up to ten usages and a status', () => {
    assert.deepEqual(readKeyMetadata({ ...good, more: 1 }), good);
    assert.deepEqual(readKeyMetadata({ ...good, keyUsage: [] }).keyUsage, []);
    assert.equal(readKeyMetadata({ ...good, keyUsage: Array(10).fill('SIGN') }).keyUsage.length, 10);
    assert.equal(readKeyMetadata({ ...good, keyStatus: 'DISABLED' }).keyStatus, 'DISABLED');
    for (const wrong of [
      { keySpec: undefined },
      { keySpec: '' },
      { keySpec: 'AES 256' },
      { keySpec: 'A'.repeat(65) },
      { keySpec: 256 },
      { keyUsage: 'ENCRYPT' },
      { keyUsage: undefined },
      { keyUsage: ['ENCRYPT', 1] },
      { keyUsage: [null] },
      { keyUsage: ['<script>'] },
      { keyUsage: Array(11).fill('SIGN') },
      { keyUsage: { length: 1, 0: 'ENCRYPT' } },
      { keyStatus: 'enabled' },
      { keyStatus: undefined },
      { keyStatus: ['ENABLED'] },
    ])
      refuses(() => readKeyMetadata({ ...good, ...wrong }));
  });
});

describe('an answer to GetHealthStatus', () => {
  const one = { id: 'hsm-1', model: 'Luna 5.0', healthStatus: 'DEGRADED' };
  const good = {
    xksProxyFleetSize: 2,
    xksProxyVendor: 'Acme Corp',
    xksProxyModel: 'Acme XKS Proxy 1.0',
    ekmVendor: 'Thales Group',
    ekmFleetDetails: [one],
  };

  it('has one to ten key managers, and is otherwise as specified', () => {
    assert.deepEqual(readHealth({ ...good, ekmFleetDetails: [{ ...one, more: 1 }], more: 1 }), good);
    assert.equal(readHealth({ ...good, ekmFleetDetails: Array(10).fill(one) }).ekmFleetDetails.length, 10);
    for (const wrong of [
      ...[0, -1, 1.5, '2', null, undefined, 2 ** 53].map((xksProxyFleetSize) => ({ xksProxyFleetSize })),
      ...['xksProxyVendor', 'xksProxyModel', 'ekmVendor'].flatMap((name) => [
        { [name]: undefined },
        { [name]: 1 },
      ]),
      ...[[], Array(11).fill(one), {}, null, undefined, [null], ['ACTIVE']].map((ekmFleetDetails) => ({
        ekmFleetDetails,
      })),
      ...[
        { id: 1 },
        { id: undefined },
        { model: undefined },
        { healthStatus: 'active' },
        { healthStatus: undefined },
      ].map((part) => ({ ekmFleetDetails: [one, { ...one, ...part }] })),
    ])
      refuses(() => readHealth({ ...good, ...wrong }));
  });
});

describe('whatever a proxy answers', () => {
  it('is read, or refused as an invalid response: nothing else comes of it', () => {
    const message = readEncrypted(ANSWER, AAD, PLAINTEXT);
    const readers = [
      readKeyMetadata,
      readHealth,
      (answer: unknown) => readEncrypted(answer, AAD, PLAINTEXT),
      (answer: unknown) => readDecrypted(answer, message),
    ];
    const names = [
      ...Object.keys(ANSWER),
      ...[
        'plaintext',
        'keySpec',
        'keyUsage',
        'keyStatus',
        'xksProxyFleetSize',
        'ekmFleetDetails',
        '__proto__',
      ],
    ];
    const members = fc.dictionary(fc.constantFrom(...names), fc.jsonValue());
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), members), fc.constantFrom(...readers), (answer, read) => {
        try {
          read(answer);
        } catch (error) {
          assert.ok(isInvalid(error), String(error));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is JSON in UTF-8', () => {
    assert.deepEqual(parseJson(Buffer.from('{"a":"é"}')), { a: 'é' });
    for (const bytes of ['', '{', 'undefined', '{"a":1}x', Buffer.from([0x22, 0xe9, 0x22])])
      refuses(() => parseJson(Buffer.from(bytes)));
  });
});

describe('the sealed form of what a proxy encrypted', () => {
  const bytes = (minLength: number, maxLength: number): fc.Arbitrary<Buffer> =>
    fc.uint8Array({ minLength, maxLength }).map((content) => Buffer.from(content));
  const messages: fc.Arbitrary<ProxyCiphertext> = fc.record(
    {
      metadata: bytes(0, 20),
      iv: fc.oneof(bytes(12, 12), bytes(16, 16)),
      tag: bytes(16, 16),
      ciphertext: bytes(1, 300),
    },
    { noNullPrototype: true },
  );

  it('gives back what went in', () => {
    fc.assert(
      fc.property(messages, (message) => assert.deepEqual(decodeSealed(encodeSealed(message)), message)),
    );
    const longest = {
      metadata: Buffer.alloc(20, 1),
      iv: Buffer.alloc(16, 2),
      tag: Buffer.alloc(16, 3),
      ciphertext: Buffer.alloc(4300, 4),
    };
    assert.deepEqual(decodeSealed(encodeSealed(longest)), longest);
  });

  it('has one reading only: what is read is written the same', () => {
    const nearly = fc.tuple(
      fc.constantFrom(0, 1, 2),
      fc.integer({ min: 0, max: 25 }),
      fc.constantFrom(0, 11, 12, 13, 16, 17),
      bytes(30, 80),
    );
    let read = 0;
    fc.assert(
      fc.property(nearly, ([version, metadata, iv, rest]) => {
        const sealed = Buffer.concat([Buffer.from([version, metadata, iv]), rest]);
        let message;
        try {
          message = decodeSealed(sealed);
        } catch (error) {
          assert.ok(error instanceof CiphertextRejected);
          return;
        }
        read += 1;
        assert.deepEqual(encodeSealed(message), sealed);
      }),
      { numRuns: 1_000 },
    );
    assert.ok(read > 0);
  });

  it('is refused when it is cut anywhere before its ciphertext, or too long', () => {
    const sealed = encodeSealed(readEncrypted(ANSWER, AAD, PLAINTEXT));
    const head = 3 + 13 + 12 + 16;
    for (let length = 0; length <= head; length += 1)
      assert.throws(() => decodeSealed(sealed.subarray(0, length)), CiphertextRejected);
    assert.equal(decodeSealed(sealed.subarray(0, head + 1)).ciphertext.length, 1);
    const tooLong = Buffer.concat([sealed.subarray(0, head), Buffer.alloc(4301)]);
    assert.throws(() => decodeSealed(tooLong), CiphertextRejected);
  });
});

/** An answer with parts of these lengths, and the right integrity value over them. */
function answerOf(
  lengths: { metadata: number; iv: number; tag: number; ciphertext: number },
  content = 7,
): Record<keyof typeof ANSWER, string> {
  const part = (length: number): Buffer => Buffer.alloc(length, content);
  const metadata = part(lengths.metadata);
  const iv = part(lengths.iv);
  const ciphertext = part(lengths.ciphertext);
  const tag = part(lengths.tag);
  const integrity = createHash('sha256')
    .update(Buffer.concat([AAD, metadata, iv, ciphertext, tag]))
    .digest();
  return {
    ciphertext: ciphertext.toString('base64'),
    ciphertextMetadata: metadata.toString('base64'),
    initializationVector: iv.toString('base64'),
    authenticationTag: tag.toString('base64'),
    ciphertextDataIntegrityValue: integrity.toString('base64'),
  };
}
