import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ApiError } from '../../src/aws/errors.ts';
import type { CreateGrantRequest, EncryptRequest } from '../../src/aws/generated/kms.ts';
import { decodeRequest, encodeResponse } from '../../src/aws/json.ts';
import { services, type OperationName } from '../../src/aws/services.ts';

type KmsOperation = OperationName<'kms'>;
const bytesOf = (body: unknown): Buffer =>
  Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
const decode = <O extends KmsOperation>(operation: O, body: unknown) =>
  decodeRequest('kms', operation, bytesOf(body));

/** The refusal of a body, as `code: message`. */
function refusal(operation: KmsOperation, body: unknown): string {
  try {
    decode(operation, body);
  } catch (error) {
    if (error instanceof ApiError)
      return error.message === '' ? error.code : `${error.code}: ${error.message}`;
    throw error;
  }
  return 'accepted';
}

const refuses = (operation: KmsOperation, body: unknown, expected: string): void =>
  assert.equal(refusal(operation, body), expected);

const one = (rest: string): string => `ValidationException: 1 validation error detected: ${rest}`;

describe('decoding a request', () => {
  it('gives blobs as bytes, timestamps as dates, and the rest as it is', () => {
    const input = decode('ImportKeyMaterial', {
      KeyId: 'k',
      ImportToken: 'AQID',
      EncryptedKeyMaterial: '/+8=',
      ValidTo: 1726660000.123,
      ExpirationModel: 'KEY_MATERIAL_EXPIRES',
    });
    assert.deepEqual(input, {
      KeyId: 'k',
      ImportToken: Buffer.from([1, 2, 3]),
      EncryptedKeyMaterial: Buffer.from([255, 239]),
      ValidTo: new Date(1726660000123),
      ExpirationModel: 'KEY_MATERIAL_EXPIRES',
    });
    assert.deepEqual(decode('DescribeCustomKeyStores', '{}'), {});
  });

  it('passes over members that it does not know and leaves out those that are null', () => {
    const body =
      '{"KeyId":"k","Nope":{"a":[1,{"b":null}]},"keyId":7,"GrantTokens":null,"__proto__":{"x":1},"constructor":1}';
    const input = decode('DescribeKey', body);
    assert.deepEqual(input, { KeyId: 'k' });
    assert.equal(Object.getPrototypeOf(input), Object.prototype);
  });

  it('keeps the names of an encryption context, even those that JavaScript gives a meaning', () => {
    const { EncryptionContext } = decode(
      'GenerateDataKey',
      '{"KeyId":"k","EncryptionContext":{"__proto__":"a","constructor":"b"}}',
    );
    assert.deepEqual(Object.entries(EncryptionContext ?? {}), [
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    assert.equal(Object.getPrototypeOf(EncryptionContext), null);
  });

  it('takes no memory of others for a plaintext, so that it can be wiped', () => {
    const { Plaintext } = decode('Encrypt', { KeyId: 'k', Plaintext: 'AQID' });
    assert.ok(Plaintext.buffer.byteLength <= 4);
  });

  it('refuses a member that occurs twice, at any depth, known or not, escaped or not', () => {
    const text = 'SerializationException: A member occurs more than once in the request.';
    refuses('DescribeKey', '{"KeyId":"a","KeyId":"a"}', text);
    refuses('DescribeKey', '{"KeyId":"a","Key\\u0049d":"b"}', text);
    refuses('DescribeKey', '{"KeyId":"a","KeyId":null}', text);
    refuses('DescribeKey', '{"KeyId":"a","Nope":[{"a":1,"a":2}]}', text);
    refuses('GenerateDataKey', '{"KeyId":"a","EncryptionContext":{"a":"1","a":"2"}}', text);
    refuses('TagResource', '{"KeyId":"a","Tags":[{"TagKey":"a","TagKey":"b","TagValue":""}]}', text);
  });

  it('refuses what is no JSON object without a message', () => {
    for (const body of ['', '[]', '"a"', 'null', '1', '{', '{"KeyId":"\\ud800"}']) {
      refuses('DescribeKey', body, 'SerializationException');
    }
  });

  it('names wrong types in the words of AWS', () => {
    const cases: [KmsOperation, unknown, string][] = [
      ['DescribeKey', { KeyId: {} }, 'Start of structure or map found where not expected'],
      ['DescribeKey', { KeyId: [] }, 'Start of list found where not expected'],
      ['DescribeKey', { KeyId: 1 }, 'NUMBER_VALUE can not be converted to a String'],
      ['DescribeKey', { KeyId: true }, 'TRUE_VALUE can not be converted to a String'],
      ['DescribeKey', { KeyId: false }, 'FALSE_VALUE can not be converted to a String'],
      ['GenerateRandom', { NumberOfBytes: '1' }, 'STRING_VALUE can not be converted to an Integer'],
      ['GenerateRandom', { NumberOfBytes: 1.5 }, 'NUMBER_VALUE can not be converted to an Integer'],
      ['GenerateRandom', '{"NumberOfBytes":1e400}', 'NUMBER_VALUE can not be converted to an Integer'],
      ['GenerateRandom', { NumberOfBytes: 2 ** 31 }, 'NUMBER_VALUE can not be converted to an Integer'],
      ['Encrypt', { DryRun: 'true' }, 'STRING_VALUE can not be converted to a Boolean'],
      ['CreateGrant', { Constraints: [] }, 'Start of list found where not expected'],
      ['CreateGrant', { Operations: {} }, 'Start of structure or map found where not expected'],
      ['CreateGrant', { Operations: 'Decrypt' }, 'Expected list or null'],
    ];
    for (const [operation, body, text] of cases) refuses(operation, body, `SerializationException: ${text}`);
  });

  it('lets a wrong type anywhere come before every constraint', () => {
    refuses(
      'Encrypt',
      { KeyId: '', DryRun: 1 },
      'SerializationException: NUMBER_VALUE can not be converted to a Boolean',
    );
  });

  it('refuses every base64 text but the canonical one', () => {
    for (const text of [
      'QQ',
      'QQ=',
      'QR==',
      'Q Q==',
      'QQ==\n',
      'QQ==QQ==',
      '_-8=',
      '*',
      '====',
      'QUI',
      'é',
    ]) {
      for (const member of ['Plaintext', 'CiphertextBlob'] as const) {
        const operation = member === 'Plaintext' ? 'Encrypt' : 'Decrypt';
        refuses(
          operation,
          { KeyId: 'k', [member]: text },
          'SerializationException: Value is not valid base64',
        );
      }
    }
  });
});

describe('constraints', () => {
  it('have the words that AWS KMS was recorded with', () => {
    refuses(
      'GenerateRandom',
      { NumberOfBytes: 0 },
      one(
        "Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1",
      ),
    );
    refuses(
      'GenerateRandom',
      { NumberOfBytes: 1025 },
      one(
        "Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal to 1024",
      ),
    );
    refuses(
      'Encrypt',
      { KeyId: 'k', Plaintext: Buffer.alloc(4097).toString('base64') },
      one(
        "Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
      ),
    );
    refuses(
      'CreateKey',
      { Tags: [{ TagKey: 'a'.repeat(129), TagValue: 'x' }] },
      one(
        `Value '${'a'.repeat(129)}' at 'tags.1.member.tagKey' failed to satisfy constraint: Member must have length less than or equal to 128`,
      ),
    );
    refuses(
      'DeriveSharedSecret',
      { KeyId: 'k', KeyAgreementAlgorithm: 'INVALID', PublicKey: 'AAAA' },
      one(
        "Value 'INVALID' at 'keyAgreementAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: [ECDH]",
      ),
    );
    refuses(
      'DescribeKey',
      { KeyId: '' },
      one(
        "Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1",
      ),
    );
  });

  it('name a missing member null', () => {
    refuses(
      'DescribeKey',
      {},
      one("Value null at 'keyId' failed to satisfy constraint: Member must not be null"),
    );
    assert.deepEqual(decode('GenerateRandom', {}), {});
  });

  it('list an enum in the order of the model', () => {
    const shape = services.kms.shapes.KeySpec;
    assert.ok(shape?.type === 'string' && shape.enum);
    refuses(
      'CreateKey',
      { KeySpec: 'HMAC_random' },
      one(
        `Value 'HMAC_random' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [${shape.enum.join(', ')}]`,
      ),
    );
  });

  it('are named all at once, in the order of the model', () => {
    refuses(
      'CreateGrant',
      { GranteePrincipal: '', Operations: ['Decrypt', 'Nope'], Name: 'a b' },
      'ValidationException: 5 validation errors detected: ' +
        "Value null at 'keyId' failed to satisfy constraint: Member must not be null; " +
        "Value '' at 'granteePrincipal' failed to satisfy constraint: Member must have length greater than or equal to 1; " +
        "Value '' at 'granteePrincipal' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[\\w+=,.@:/-]+$; " +
        `Value '[Decrypt, Nope]' at 'operations' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [${grantOperations()}]]; ` +
        "Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$",
    );
  });

  it('of list elements are named together, with the list', () => {
    refuses(
      'Decrypt',
      { CiphertextBlob: 'AAAA', GrantTokens: ['', 'b'] },
      one(
        "Value '[, b]' at 'grantTokens' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 8192, Member must have length greater than or equal to 1]",
      ),
    );
    refuses(
      'Decrypt',
      { CiphertextBlob: 'AAAA', GrantTokens: Array(11).fill('t') },
      one(
        "Value '[t, t, t, t, t, t, t, t, t, t, t]' at 'grantTokens' failed to satisfy constraint: Member must have length less than or equal to 10",
      ),
    );
  });

  it('never repeat a secret', () => {
    const secret = 'Sup3rS3cr3tPassw0rdThatIsLongerThanThirtyTwo';
    const text = refusal('CreateCustomKeyStore', {
      CustomKeyStoreName: 's',
      KeyStorePassword: secret,
      XksProxyAuthenticationCredential: { AccessKeyId: secret, RawSecretAccessKey: `!${secret}` },
    });
    assert.match(text, /^ValidationException: 4 validation errors detected: /);
    assert.match(text, /Value at 'keyStorePassword' failed/);
    assert.match(text, /Value at 'xksProxyAuthenticationCredential\.rawSecretAccessKey' failed/);
    assert.ok(!text.includes(secret));
  });

  it('refuse null among the values of a map or list instead of dropping it', () => {
    refuses(
      'GenerateDataKey',
      { KeyId: 'k', EncryptionContext: { a: null } },
      one(
        "Value at 'encryptionContext' failed to satisfy constraint: Member must satisfy constraint: [Member must not be null]",
      ),
    );
    refuses(
      'TagResource',
      { KeyId: 'k', Tags: [null] },
      one("Value null at 'tags.1.member' failed to satisfy constraint: Member must not be null"),
    );
    assert.match(
      refusal('UntagResource', { KeyId: 'k', TagKeys: [null] }),
      /^ValidationException: 1 validation error/,
    );
  });

  it('count characters of strings, not UTF-16 units, and decoded bytes of blobs', () => {
    const tags = (TagKey: string) => ({ KeyId: 'k', Tags: [{ TagKey, TagValue: '' }] });
    assert.equal(refusal('TagResource', tags('😀'.repeat(128))), 'accepted');
    assert.match(refusal('TagResource', tags('😀'.repeat(129))), /less than or equal to 128/);
    assert.equal(
      refusal('Encrypt', { KeyId: 'k', Plaintext: Buffer.alloc(4096).toString('base64') }),
      'accepted',
    );
    assert.match(refusal('Encrypt', { KeyId: 'k', Plaintext: '' }), /greater than or equal to 1$/);
  });

  it('match patterns against the whole value', () => {
    const alias = (AliasName: string) => refusal('DeleteAlias', { AliasName });
    assert.equal(alias('alias/ok'), 'accepted');
    for (const name of ['alias/a\n', '\nalias/a', 'alias/ä', 'alias/a b'])
      assert.match(alias(name), /pattern/, name);
    const description = (KeyMaterialDescription: string) =>
      refusal('ImportKeyMaterial', {
        KeyId: 'k',
        ImportToken: 'AAAA',
        EncryptedKeyMaterial: 'AAAA',
        KeyMaterialDescription,
      });
    assert.equal(description('a b\tc'), 'accepted');
    assert.match(description('a\u00a0b'), /pattern/); // Java's \s has no such space
  });

  it('answer in bounded size whatever is sent', () => {
    const text = refusal('TagResource', { KeyId: 'k', Tags: Array(20_000).fill({}) });
    assert.match(text, /^ValidationException: 100 validation errors detected/);
    assert.ok(text.length < 20_000);
  });
});

function grantOperations(): string {
  const shape = services.kms.shapes.GrantOperation;
  assert.ok(shape?.type === 'string' && shape.enum);
  return shape.enum.join(', ');
}

describe('any request', () => {
  const operations = Object.keys(services.kms.operations) as KmsOperation[];
  const members = [
    ...new Set(
      Object.values(services.kms.shapes).flatMap((s) =>
        s.type === 'structure' ? Object.keys(s.members) : [],
      ),
    ),
  ];

  it('is decoded or refused with an ApiError, whatever its bytes', () => {
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      fc.string({ unit: 'binary', maxLength: 60 }).map((text) => Buffer.from(text)),
      fc
        .dictionary(fc.constantFrom(...members), fc.jsonValue({ maxDepth: 4 }), { maxKeys: 8 })
        .map((value) => Buffer.from(JSON.stringify(value))),
    );
    let refused = 0;
    fc.assert(
      fc.property(fc.constantFrom(...operations), body, (operation, bytes) => {
        try {
          decodeRequest('kms', operation, bytes);
        } catch (error) {
          assert.ok(error instanceof ApiError, String(error));
          assert.match(error.code, /^(Serialization|Validation)Exception$/);
          refused += 1;
        }
      }),
      { numRuns: 5000 },
    );
    assert.ok(refused > 1000);
  });

  it('comes back as it was sent', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
    const encrypt: fc.Arbitrary<EncryptRequest> = fc.record(
      {
        KeyId: text,
        Plaintext: fc.uint8Array({ minLength: 1, maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
        EncryptionContext: fc.dictionary(text, fc.string(), { maxKeys: 4, noNullPrototype: false }),
        GrantTokens: fc.array(text, { maxLength: 10 }),
        DryRun: fc.boolean(),
      },
      { requiredKeys: ['KeyId', 'Plaintext'] },
    );
    fc.assert(
      fc.property(encrypt, (input) => {
        const wire = { ...input, Plaintext: input.Plaintext.toString('base64') };
        const decoded = decode('Encrypt', JSON.stringify(wire));
        const context = decoded.EncryptionContext && Object.entries(decoded.EncryptionContext);
        assert.deepEqual(context, input.EncryptionContext && Object.entries(input.EncryptionContext));
        const rest = ({ KeyId, Plaintext, GrantTokens, DryRun }: EncryptRequest) => [
          KeyId,
          Plaintext,
          GrantTokens,
          DryRun,
        ];
        assert.deepEqual(rest(decoded), rest(input));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps what is nested in structures', () => {
    const input: CreateGrantRequest = {
      KeyId: 'k',
      GranteePrincipal: 'arn:aws:iam::111122223333:user/a',
      Operations: ['Decrypt', 'DescribeKey'],
      Constraints: { EncryptionContextSubset: { a: 'b' } },
    };
    const decoded = decode('CreateGrant', input);
    assert.deepEqual(JSON.parse(JSON.stringify(decoded)), input);
  });
});

describe('encoding an answer', () => {
  it('writes epoch seconds, base64, and nothing for what is undefined', () => {
    const KeyMetadata = {
      KeyId: 'k"\u2028',
      CreationDate: new Date(1726660000123),
      DeletionDate: new Date(1726660000000),
      Enabled: false,
      Description: undefined,
      SigningAlgorithms: [],
    };
    assert.deepEqual(JSON.parse(encodeResponse('kms', 'DescribeKey', { KeyMetadata }).toString()), {
      KeyMetadata: {
        KeyId: 'k"\u2028',
        CreationDate: 1726660000.123,
        DeletionDate: 1726660000,
        Enabled: false,
        SigningAlgorithms: [],
      },
    });
    const CiphertextBlob = Buffer.from([251, 239, 255, 0]);
    const encoded = encodeResponse('kms', 'Encrypt', { KeyId: 'k', CiphertextBlob }).toString();
    assert.equal(encoded, '{"CiphertextBlob":"++//AA==","KeyId":"k"}');
  });

  it('is empty where the model has no output, and {} where the output has no members', () => {
    for (const operation of [
      'CreateAlias',
      'EnableKey',
      'PutKeyPolicy',
      'TagResource',
      'RetireGrant',
    ] as const) {
      assert.equal(encodeResponse('kms', operation, undefined).length, 0, operation);
    }
    for (const operation of ['ConnectCustomKeyStore', 'DeleteCustomKeyStore'] as const) {
      assert.equal(encodeResponse('kms', operation, {}).toString(), '{}', operation);
    }
  });

  it('fails on a value that its model does not have', () => {
    const encode = (output: unknown) => () => encodeResponse('kms', 'Encrypt', output as never);
    for (const output of [
      { KeyId: 1 },
      { CiphertextBlob: 'AAAA' },
      { CiphertextBlob: new Uint8Array(1) },
      { KeyId: null },
    ]) {
      assert.throws(encode(output), TypeError);
    }
  });
});
