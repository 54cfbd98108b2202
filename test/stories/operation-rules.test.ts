/**
 * Rules that all operations share, asked of each: identifiers in every form, answers without a body, calls repeated, pages.
 * AWS: reference of the KMS API, "Key identifiers", and each operation's page.
 */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  EncryptCommand,
  GenerateMacCommand,
  SignCommand,
} from '@aws-sdk/client-kms';
import type { CreateKeyCommandInput, KMSClient } from '@aws-sdk/client-kms';
import { builtOperation, builtOperationNames } from '../../src/services/kms/operations/index.ts';
import { services } from '../../src/aws/services.ts';
import { startClockedServer } from './clocked-server.ts';
import type { ClockedServer } from './clocked-server.ts';
import { exchange } from './recorded/wire.ts';
import type { Exchange } from './recorded/wire.ts';

const REGION = 'us-east-1';
const STRANGER = '999999999999';
const UNKNOWN = '134f2428-cec1-4b25-a1ae-9048164dba47';
const message = Buffer.from('a message');

describe('rules of every operation', () => {
  let server: ClockedServer;
  let kms: KMSClient;
  const keys = {
    symmetric: '',
    other: '',
    scratch: '',
    rsa: '',
    ecc: '',
    agreement: '',
    hmac: '',
    kem: '',
    external: '',
  };
  let ciphertext: Uint8Array | undefined;
  let signature: Uint8Array | undefined;
  let tag: Uint8Array | undefined;

  const create = async (input: CreateKeyCommandInput): Promise<string> =>
    (await kms.send(new CreateKeyCommand(input))).KeyMetadata?.KeyId ?? '';
  const call = (operation: string, input: object): Promise<Exchange> => exchange(kms, operation, input);
  const arnOf = (resource: string, account = server.accountId, region = REGION): string =>
    `arn:aws:kms:${region}:${account}:${resource}`;

  before(async () => {
    server = await startClockedServer();
    kms = server.client(REGION);
    keys.symmetric = await create({});
    keys.other = await create({});
    keys.scratch = await create({});
    keys.external = await create({ Origin: 'EXTERNAL' });
    keys.rsa = await create({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' });
    keys.ecc = await create({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    keys.agreement = await create({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' });
    keys.hmac = await create({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    keys.kem = await create({ KeySpec: 'ML_KEM_512', KeyUsage: 'ENCAPSULATE_DECAPSULATE' });
    for (const [name, TargetKeyId] of Object.entries(keys)) {
      await kms.send(new CreateAliasCommand({ AliasName: `alias/${name}`, TargetKeyId }));
    }
    const encrypted = await kms.send(new EncryptCommand({ KeyId: keys.symmetric, Plaintext: message }));
    ciphertext = encrypted.CiphertextBlob;
    const signing = { KeyId: keys.ecc, Message: message, SigningAlgorithm: 'ECDSA_SHA_256' } as const;
    signature = (await kms.send(new SignCommand(signing))).Signature;
    const tagging = { KeyId: keys.hmac, Message: message, MacAlgorithm: 'HMAC_SHA_256' } as const;
    tag = (await kms.send(new GenerateMacCommand(tagging))).Mac;
  });
  after(() => server.remove());

  interface Row {
    operation: string;
    /** The member that names the key. */
    member: string;
    key: keyof typeof keys;
    input: () => object;
    aliases: boolean;
    /** Of the permission when it is not the operation's own name. */
    action?: string;
  }
  const row = (
    operation: string,
    key: keyof typeof keys,
    input: () => object = () => ({}),
    more: Partial<Row> = {},
  ): Row => ({ operation, member: 'KeyId', key, input, aliases: true, ...more });
  const byId: Partial<Row> = { aliases: false };
  const mac = { Message: message, MacAlgorithm: 'HMAC_SHA_256' };
  const signing = { Message: message, SigningAlgorithm: 'ECDSA_SHA_256' };
  const wrapping = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' };
  const peer = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
    format: 'der',
    type: 'spki',
  });
  const reEncrypt = () => ({ CiphertextBlob: ciphertext });

  const rows: Row[] = [
    row('DescribeKey', 'symmetric'),
    row('Encrypt', 'symmetric', () => ({ Plaintext: message })),
    row('Decrypt', 'symmetric', () => ({ CiphertextBlob: ciphertext })),
    row('ReEncrypt', 'symmetric', () => ({ ...reEncrypt(), DestinationKeyId: keys.other }), {
      member: 'SourceKeyId',
      action: 'ReEncryptFrom',
    }),
    row('ReEncrypt', 'other', reEncrypt, { member: 'DestinationKeyId', action: 'ReEncryptTo' }),
    row('GenerateDataKey', 'symmetric', () => ({ KeySpec: 'AES_256' })),
    row('GenerateDataKeyWithoutPlaintext', 'symmetric', () => ({ KeySpec: 'AES_256' })),
    row('GenerateDataKeyPair', 'symmetric', () => ({ KeyPairSpec: 'ECC_NIST_P256' })),
    row('GenerateDataKeyPairWithoutPlaintext', 'symmetric', () => ({ KeyPairSpec: 'ECC_NIST_P256' })),
    row('GetPublicKey', 'ecc'),
    row('Sign', 'ecc', () => signing),
    row('Verify', 'ecc', () => ({ ...signing, Signature: signature })),
    row('GenerateMac', 'hmac', () => mac),
    row('VerifyMac', 'hmac', () => ({ ...mac, Mac: tag })),
    row('DeriveSharedSecret', 'agreement', () => ({ KeyAgreementAlgorithm: 'ECDH', PublicKey: peer })),
    row('Encapsulate', 'kem', () => ({ EncapsulationAlgorithm: 'ML_KEM' })),
    row('Decapsulate', 'kem', () => ({
      EncapsulationAlgorithm: 'ML_KEM',
      SharedSecretCiphertextBlob: Buffer.alloc(768, 1),
    })),
    row('DisableKey', 'scratch', undefined, byId),
    row('EnableKey', 'scratch', undefined, byId),
    row('EnableKeyRotation', 'scratch', undefined, byId),
    row('DisableKeyRotation', 'scratch', undefined, byId),
    row('GetKeyRotationStatus', 'scratch', undefined, byId),
    row('ListKeyRotations', 'scratch', undefined, byId),
    row('RotateKeyOnDemand', 'scratch', undefined, byId),
    row('GetKeyPolicy', 'scratch', undefined, byId),
    row('ListKeyPolicies', 'scratch', undefined, byId),
    row('ListResourceTags', 'scratch', undefined, byId),
    row('ListAliases', 'scratch', undefined, byId),
    row('TagResource', 'scratch', () => ({ Tags: [{ TagKey: 'a', TagValue: 'b' }] }), byId),
    row('UntagResource', 'scratch', () => ({ TagKeys: ['a'] }), byId),
    row('UpdateKeyDescription', 'scratch', () => ({ Description: 'other' }), byId),
    row('GetParametersForImport', 'external', () => wrapping, byId),
    row('DeleteImportedKeyMaterial', 'external', undefined, byId),
    row('ScheduleKeyDeletion', 'scratch', () => ({ PendingWindowInDays: 7 }), byId),
    row('CancelKeyDeletion', 'scratch', undefined, byId),
  ];

  describe('key identifiers', () => {
    const nothing = (text: string) => ({ code: 'NotFoundException', text });
    const denied = (action: string) => ({
      code: 'AccessDeniedException',
      text:
        `User: arn:aws:iam::${server.accountId}:root is not authorized to perform: kms:${action} on this resource because the ` +
        'resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy ' +
        'explicitly denies access',
    });
    const noAlias = {
      code: 'InvalidArnException',
      text: 'Key Aliases are not supported for this operation.',
    };

    for (const { operation, member, key, input, aliases, action = operation } of rows) {
      it(`${operation} takes ${member} in the forms that it has, and refuses all others as AWS does`, async () => {
        const asked = (identifier: string): Promise<Exchange> =>
          call(operation, { ...input(), [member]: identifier });
        const forms = [keys[key], arnOf(`key/${keys[key]}`)];
        if (aliases) forms.push(`alias/${key}`, arnOf(`alias/${key}`));
        for (const identifier of forms) {
          const { status, body } = await asked(identifier);
          const ok = status === 200 || body['__type'] === 'KMSInvalidStateException'; // the second of two
          assert.ok(ok, `${identifier}: ${JSON.stringify(body)}`);
        }
        const unknown = arnOf(`key/${UNKNOWN}`);
        const strangers = aliases ? denied(action) : noAlias;
        const wrong: [string, { code: string; text: string }][] = [
          ['no-key-id', nothing("Invalid keyId 'no-key-id'")],
          [UNKNOWN, nothing(`Key '${unknown}' does not exist`)],
          [unknown, nothing(`Key '${unknown}' does not exist`)],
          [arnOf(`key/${keys[key]}`, server.accountId, 'eu-west-3'), nothing('Invalid arn eu-west-3')],
          [arnOf(`key/${keys[key]}`, STRANGER), denied(action)],
          ['arn:aws:s3:::bucket', { code: 'InvalidArnException', text: 'Invalid arn arn:aws:s3:::bucket' }],
          ['alias/nobody', aliases ? nothing(`Alias ${arnOf('alias/nobody')} is not found.`) : noAlias],
          [
            arnOf('alias/nobody'),
            aliases ? nothing(`Alias ${arnOf('alias/nobody')} is not found.`) : noAlias,
          ],
          [arnOf(`alias/${key}`, STRANGER), strangers],
          [
            arnOf(`alias/${key}`, server.accountId, 'eu-west-3'),
            aliases ? nothing('Invalid arn eu-west-3') : noAlias,
          ],
        ];
        for (const [identifier, { code, text }] of wrong) {
          const { status, body } = await asked(identifier);
          assert.deepEqual(
            { status, body },
            { status: 400, body: { __type: code, message: text } },
            identifier,
          );
        }
      });
    }

    it('are refused as aliases by CreateAlias and UpdateAlias, in their own words', async () => {
      for (const operation of ['CreateAlias', 'UpdateAlias']) {
        const { body } = await call(operation, { AliasName: 'alias/other', TargetKeyId: 'alias/symmetric' });
        const expected = {
          __type: 'ValidationException',
          message: 'Aliases must refer to keys. Not aliases',
        };
        assert.deepEqual(body, expected);
      }
    });

    it('are asked of every operation that takes a key but those with stories of their own', () => {
      const asked = new Set(rows.map(({ operation }) => operation));
      const left = builtOperationNames.filter(
        (name) => builtOperation(name)?.key !== undefined && !asked.has(name),
      );
      // aliases above; import, key policies, multi-Region keys
      const elsewhere = ['CreateAlias', 'UpdateAlias', 'ImportKeyMaterial', 'PutKeyPolicy'];
      const others = [...elsewhere, 'ReplicateKey', 'UpdatePrimaryRegion'];
      assert.deepEqual(
        left.filter((name) => !others.includes(name) && !/Grant|LastUsage/.test(name)),
        [],
      );
    });
  });

  describe('DryRun', () => {
    const takesDryRun = (name: string): boolean => {
      const { operations, shapes } = services.kms;
      const shape = shapes[operations[name]?.input ?? ''];
      return shape?.type === 'structure' && 'DryRun' in shape.members;
    };
    const dry = rows.filter(({ operation }) => takesDryRun(operation));

    for (const { operation, member, key, input } of dry) {
      it(`of ${operation} ends with the error that says that it would have succeeded, or with the one of the call (${member})`, async () => {
        const tried = (identifier: string): Promise<Exchange> =>
          call(operation, { ...input(), [member]: identifier, DryRun: true });
        const message = 'The request would have succeeded, but the DryRun option is set.';
        const succeeded = { __type: 'DryRunOperationException', message };
        assert.deepEqual(await tried(keys[key]), { status: 400, body: succeeded });
        const unknown = { __type: 'NotFoundException', message: "Invalid keyId 'nobody'" };
        assert.deepEqual(await tried('nobody'), { status: 400, body: unknown });
        const { body } = await tried(keys.external); // another usage for some, no material for the others
        assert.notEqual(body['__type'], 'DryRunOperationException');
      });
    }

    it('is refused with a public key that is none, and with a ciphertext of another length', async () => {
      const DryRun = true;
      const agreement = { KeyId: keys.agreement, KeyAgreementAlgorithm: 'ECDH', PublicKey: message, DryRun };
      const { body: derived } = await call('DeriveSharedSecret', agreement);
      assert.deepEqual(derived, { __type: 'ValidationException' });
      const encapsulated = {
        KeyId: keys.kem,
        EncapsulationAlgorithm: 'ML_KEM',
        SharedSecretCiphertextBlob: Buffer.alloc(767),
        DryRun,
      };
      const { body: opened } = await call('Decapsulate', encapsulated);
      assert.deepEqual(opened, { __type: 'InvalidCiphertextException' });
    });

    describe('that ignores the ciphertext', () => {
      const ignoring = { DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] };
      const decrypt = (input: object) => call('Decrypt', { ...ignoring, ...input });
      const reEncrypt = (input: object) =>
        call('ReEncrypt', { ...ignoring, DestinationKeyId: keys.other, ...input });
      const succeeds = { __type: 'DryRunOperationException' };
      const oaep = 'RSAES_OAEP_SHA_256';

      it('succeeds for keys that can decrypt, with their algorithms', async () => {
        for (const { body } of [
          await decrypt({ KeyId: keys.symmetric, EncryptionContext: { a: 'b' } }),
          await decrypt({ KeyId: keys.rsa, EncryptionAlgorithm: oaep }),
          await reEncrypt({ SourceKeyId: keys.symmetric, SourceEncryptionContext: { a: 'b' } }),
          await reEncrypt({ SourceKeyId: keys.rsa, SourceEncryptionAlgorithm: oaep }),
        ]) {
          assert.equal(body['__type'], succeeds.__type);
        }
      });

      it('is refused with keys of another usage, as the call would be', async () => {
        const message = 'The key ID in the request does not identify a CMK that can perform this operation.';
        const refused = { status: 400, body: { __type: 'IncorrectKeyException', message } };
        for (const key of [keys.hmac, keys.ecc, keys.agreement, keys.kem]) {
          assert.deepEqual(await decrypt({ KeyId: key }), refused);
          assert.deepEqual(await reEncrypt({ SourceKeyId: key }), refused);
        }
      });

      it('is refused with an algorithm or an encryption context that the key does not take', async () => {
        for (const [KeyId, EncryptionAlgorithm, spec] of [
          [keys.rsa, 'SYMMETRIC_DEFAULT', 'RSA_2048'],
          [keys.symmetric, oaep, 'SYMMETRIC_DEFAULT'],
        ] as const) {
          const { body } = await decrypt({ KeyId, EncryptionAlgorithm });
          assert.deepEqual(body, {
            __type: 'InvalidKeyUsageException',
            message: `Algorithm ${EncryptionAlgorithm} is incompatible with key spec ${spec}.`,
          });
        }
        const context = { KeyId: keys.rsa, EncryptionAlgorithm: oaep, EncryptionContext: { a: 'b' } };
        assert.equal((await decrypt(context)).body['__type'], 'ValidationException');
      });

      it('needs a key, whether or not there is a ciphertext', async () => {
        for (const CiphertextBlob of [undefined, ciphertext]) {
          assert.equal((await decrypt({ CiphertextBlob })).body['__type'], 'ValidationException');
          assert.equal((await reEncrypt({ CiphertextBlob })).body['__type'], 'ValidationException');
        }
      });
    });

    it('is taken by every operation whose model has it', () => {
      const asked = new Set(dry.map(({ operation }) => operation));
      const left = builtOperationNames.filter((name) => takesDryRun(name) && !asked.has(name));
      assert.deepEqual(
        left.filter((name) => !name.includes('Grant')),
        [],
      );
    });
  });

  describe('changes', () => {
    const policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' }],
    });
    const changes: [string, () => object][] = [
      ['EnableKey', () => ({ KeyId: keys.symmetric })],
      ['EnableKeyRotation', () => ({ KeyId: keys.symmetric, RotationPeriodInDays: 90 })],
      ['DisableKeyRotation', () => ({ KeyId: keys.symmetric })],
      ['TagResource', () => ({ KeyId: keys.symmetric, Tags: [{ TagKey: 'k', TagValue: 'v' }] })],
      ['UntagResource', () => ({ KeyId: keys.symmetric, TagKeys: ['k', 'not there'] })],
      ['UpdateKeyDescription', () => ({ KeyId: keys.symmetric, Description: '' })],
      ['PutKeyPolicy', () => ({ KeyId: keys.symmetric, Policy: policy })],
      ['UpdateAlias', () => ({ AliasName: 'alias/symmetric', TargetKeyId: keys.other })],
    ];
    for (const [operation, input] of changes) {
      it(`${operation} answers with no body, and the same when it changes nothing`, async () => {
        assert.deepEqual(await call(operation, input()), { status: 200, body: {} });
        assert.deepEqual(await call(operation, input()), { status: 200, body: {} });
      });
    }

    it('DisableKey answers with no body, and the same when it changes nothing', async () => {
      const KeyId = await create({});
      assert.deepEqual(await call('DisableKey', { KeyId }), { status: 200, body: {} });
      assert.deepEqual(await call('DisableKey', { KeyId }), { status: 200, body: {} });
    });

    it('CreateKey takes the spec under its old name, and not under both', async () => {
      const CustomerMasterKeySpec = 'HMAC_256';
      const input = { CustomerMasterKeySpec, KeyUsage: 'GENERATE_VERIFY_MAC' };
      const { body } = await call('CreateKey', input);
      assert.equal((body['KeyMetadata'] as Record<string, unknown>)['KeySpec'], 'HMAC_256');
      const both = await call('CreateKey', { ...input, KeySpec: 'HMAC_256' });
      assert.deepEqual([both.status, both.body['__type']], [400, 'ValidationException']);
    });

    it('CreateKey makes another key each time: it has no token that would make it the same', async () => {
      const input = { Description: 'twice' };
      assert.notEqual(await create(input), await create(input));
    });

    it('CreateAlias and DeleteAlias are refused the second time', async () => {
      const name = { AliasName: 'alias/once' };
      assert.equal((await call('CreateAlias', { ...name, TargetKeyId: keys.other })).status, 200);
      const { body: again } = await call('CreateAlias', { ...name, TargetKeyId: keys.other });
      assert.equal(again['__type'], 'AlreadyExistsException');
      assert.equal(again['message'], `An alias with the name ${arnOf('alias/once')} already exists`);
      assert.deepEqual(await call('DeleteAlias', name), { status: 200, body: {} });
      const { body: gone } = await call('DeleteAlias', name);
      assert.deepEqual(gone, {
        __type: 'NotFoundException',
        message: `Alias ${arnOf('alias/once')} is not found.`,
      });
      const { body: bare } = await call('DeleteAlias', { AliasName: 'once' });
      assert.deepEqual(bare, { __type: 'ValidationException', message: 'Invalid identifier' });
    });
  });

  describe('pages', () => {
    const lists: [string, () => object, string, number][] = [
      ['ListKeys', () => ({}), 'Keys', 1000],
      ['ListAliases', () => ({}), 'Aliases', 100],
      ['ListKeyPolicies', () => ({ KeyId: keys.other }), 'PolicyNames', 1000],
      ['ListResourceTags', () => ({ KeyId: keys.kem }), 'Tags', 50],
      ['ListKeyRotations', () => ({ KeyId: keys.scratch }), 'Rotations', 1000],
      ['DescribeCustomKeyStores', () => ({}), 'CustomKeyStores', 1000],
    ];
    for (const [operation, input, member, most] of lists) {
      it(`${operation} takes a limit of 1 to ${most}, and only markers of its own query`, async () => {
        for (const Limit of [1, most]) {
          const { status, body } = await call(operation, { ...input(), Limit });
          assert.equal(status, 200);
          assert.ok(Array.isArray(body[member]));
          assert.equal(typeof body['Truncated'], 'boolean');
          assert.equal('NextMarker' in body, body['Truncated']);
        }
        for (const [Limit, text] of [
          [0, 'greater than or equal to 1'],
          [most + 1, `less than or equal to ${most}`],
        ] as const) {
          const { status, body } = await call(operation, { ...input(), Limit });
          const at = `1 validation error detected: Value '${Limit}' at 'limit' failed to satisfy constraint`;
          const expected = {
            __type: 'ValidationException',
            message: `${at}: Member must have value ${text}`,
          };
          assert.deepEqual({ status, body }, { status: 400, body: expected });
        }
        const foreign = (await call(operation === 'ListKeys' ? 'ListAliases' : 'ListKeys', { Limit: 1 }))
          .body;
        for (const Marker of ['nonsense', foreign['NextMarker']]) {
          const { status, body } = await call(operation, { ...input(), Marker });
          assert.deepEqual([status, body['__type']], [400, 'InvalidMarkerException']);
        }
      });
    }

    it('show each item once, whatever their size', async () => {
      await call('TagResource', {
        KeyId: keys.kem,
        Tags: Array.from({ length: 50 }, (_, index) => ({ TagKey: `tag-${index}`, TagValue: 'v' })),
      });
      for (const [operation, input, member] of lists) {
        const whole = (await call(operation, input())).body[member] as object[];
        const pages: unknown[] = [];
        let Marker: unknown;
        do {
          const { body } = await call(operation, {
            ...input(),
            Limit: 3,
            ...(Marker !== undefined && { Marker }),
          });
          pages.push(...(body[member] as object[]));
          Marker = body['NextMarker'];
        } while (Marker !== undefined);
        assert.deepEqual(pages, whole, operation);
      }
    });

    it('of tags are in one order, whatever characters these have', async () => {
      const names = ['\u{1F511}', '\uFF5E', 'z', '\uE000', 'é', '\u{10FFFF}'];
      const KeyId = await create({ Tags: names.map((TagKey) => ({ TagKey, TagValue: 'v' })) });
      const seen: string[] = [];
      let Marker: unknown;
      do {
        const input = { KeyId, Limit: 1, ...(Marker !== undefined && { Marker }) };
        const { body } = await call('ListResourceTags', input);
        seen.push(...(body['Tags'] as { TagKey: string }[]).map(({ TagKey }) => TagKey));
        Marker = body['NextMarker'];
      } while (Marker !== undefined);
      assert.deepEqual(seen, ['z', 'é', '\uE000', '\uFF5E', '\u{1F511}', '\u{10FFFF}']);
    });
  });
});
