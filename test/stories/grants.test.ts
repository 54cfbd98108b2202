/** Grants through the official SDK: making, listing, retiring and revoking them, their tokens, and what is recorded. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CreateAccessKeyCommand, CreateUserCommand } from '@aws-sdk/client-iam';
import {
  CreateAliasCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyPairWithoutPlaintextCommand,
  GenerateMacCommand,
  GetPublicKeyCommand,
  ListGrantsCommand,
  ListRetirableGrantsCommand,
  ReEncryptCommand,
  ReplicateKeyCommand,
  RetireGrantCommand,
  RevokeGrantCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
} from '@aws-sdk/client-kms';
import type {
  CreateGrantCommandInput,
  CreateKeyCommandInput,
  GrantConstraints,
  GrantOperation,
  KMSClient,
} from '@aws-sdk/client-kms';
import type { Grant } from '../../src/access/grant.ts';
import { deleteDueKeys } from '../../src/jobs/key-deletion.ts';
import { completeMultiRegionChanges } from '../../src/jobs/multi-region.ts';
import { startClockedServer } from './clocked-server.ts';
import type { ClockedServer } from './clocked-server.ts';
import { clientsOf } from './iam-clients.ts';
import { refusal } from './refusal.ts';
import { WITHOUT_REQUEST_QUOTAS } from './without-quotas.ts';

const DAY_MS = 86_400_000;
const MOST_GRANTS = 55;
const HOME = 'us-east-1';
const STRANGER = 'arn:aws:iam::999988887777:role/reader';
const OTHER = 'arn:aws:iam::999988887777:user/other';
const NO_GRANT = 'ab'.repeat(32);
const OPERATIONS: GrantOperation[] = ['Decrypt', 'GenerateDataKey'];

describe('grants', () => {
  let server: ClockedServer;
  let kms: KMSClient;
  let root: string;
  let keyArn: string;
  let signing: string;

  const newKey = async (input: CreateKeyCommandInput = {}, client = kms): Promise<string> =>
    (await client.send(new CreateKeyCommand(input))).KeyMetadata?.Arn ?? '';
  const grant = async (
    input: Partial<CreateGrantCommandInput> = {},
  ): Promise<{ GrantId: string; GrantToken: string }> => {
    const given = { KeyId: keyArn, GranteePrincipal: STRANGER, Operations: OPERATIONS, ...input };
    const { GrantId = '', GrantToken = '' } = await kms.send(new CreateGrantCommand(given));
    return { GrantId, GrantToken };
  };
  const refusedGrant = async (input: Partial<CreateGrantCommandInput>): Promise<string> =>
    refused(
      kms.send(
        new CreateGrantCommand({
          KeyId: keyArn,
          GranteePrincipal: STRANGER,
          Operations: OPERATIONS,
          ...input,
        }),
      ),
    );
  const refused = async (call: Promise<unknown>): Promise<string> => {
    const { name, message, $metadata } = await refusal(call);
    assert.equal($metadata.httpStatusCode, 400);
    return `${name}: ${message}`;
  };
  const grantsInMemory = (KeyId: string): Grant[] => [...server.kms.grants.of(KeyId)];
  const grantIds = async (KeyId: string): Promise<string[]> =>
    ((await kms.send(new ListGrantsCommand({ KeyId }))).Grants ?? []).map(({ GrantId = '' }) => GrantId);

  before(async () => {
    server = await startClockedServer(
      undefined,
      `${WITHOUT_REQUEST_QUOTAS}limits: { grantsPerKey: ${MOST_GRANTS} }`,
    );
    kms = server.client(HOME);
    root = `arn:aws:iam::${server.accountId}:root`;
    keyArn = await newKey();
    signing = await newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  });
  after(() => server.remove());

  describe('CreateGrant', () => {
    it('makes a grant with an id of 64 hex digits and an opaque token, and ListGrants shows it', async () => {
      const KeyId = await newKey();
      const { GrantId, GrantToken } = await grant({
        KeyId,
        Name: 'for-the-reader',
        RetiringPrincipal: root,
        Constraints: { EncryptionContextSubset: { department: 'Finance' } },
      });
      assert.match(GrantId, /^[0-9a-f]{64}$/);
      assert.match(GrantToken, /^[A-Za-z0-9+/]+=*$/);
      const { Grants = [], Truncated, NextMarker } = await kms.send(new ListGrantsCommand({ KeyId }));
      assert.deepEqual([Truncated, NextMarker], [false, undefined]);
      const [entry, ...others] = Grants;
      assert.deepEqual(others, []);
      assert.ok(entry);
      const { CreationDate, ...rest } = entry;
      assert.ok(Math.abs(Date.now() - Number(CreationDate)) < 60_000);
      assert.deepEqual(rest, {
        KeyId,
        GrantId,
        Name: 'for-the-reader',
        GranteePrincipal: STRANGER,
        RetiringPrincipal: root,
        IssuingAccount: root,
        Operations: OPERATIONS,
        Constraints: { EncryptionContextSubset: { department: 'Finance' } },
      });
    });

    it('gives a grant without a name the empty name, and makes a new one each time', async () => {
      const KeyId = await newKey();
      const [first, second] = [await grant({ KeyId }), await grant({ KeyId })];
      assert.notEqual(first.GrantId, second.GrantId);
      const { Grants = [] } = await kms.send(new ListGrantsCommand({ KeyId }));
      assert.deepEqual(
        Grants.map(({ Name, Constraints, RetiringPrincipal }) => [Name, Constraints, RetiringPrincipal]),
        [
          ['', undefined, undefined],
          ['', undefined, undefined],
        ],
      );
    });

    it('answers the same request with the same name with the same grant, and with a new token', async () => {
      const same = {
        KeyId: await newKey(),
        Name: 'once',
        RetiringPrincipal: root,
        Constraints: { EncryptionContextEquals: { b: '2', a: '1' } },
      };
      const first = await grant(same);
      const again = await grant({ ...same, Constraints: { EncryptionContextEquals: { a: '1', b: '2' } } });
      assert.equal(again.GrantId, first.GrantId);
      assert.notEqual(again.GrantToken, first.GrantToken);
      assert.deepEqual(await grantIds(same.KeyId), [first.GrantId]);
    });

    const differences: [string, Partial<CreateGrantCommandInput>][] = [
      ['grantee', { GranteePrincipal: OTHER }],
      ['operations', { Operations: ['Decrypt'] }],
      ['retiring principal', { RetiringPrincipal: OTHER }],
      ['constraints', { Constraints: { EncryptionContextEquals: { a: '2' } } }],
      ['kind of constraint', { Constraints: { EncryptionContextSubset: { a: '1' } } }],
      ['name', { Name: 'another' }],
    ];
    for (const [what, change] of differences) {
      it(`makes another grant when the ${what} differs`, async () => {
        const base = {
          Name: `differs-${what.replaceAll(' ', '-')}`,
          Constraints: { EncryptionContextEquals: { a: '1' } },
        };
        const { GrantId } = await grant(base);
        assert.notEqual((await grant({ ...base, ...change })).GrantId, GrantId);
      });
    }

    it('keeps each operation once', async () => {
      const KeyId = await newKey();
      await grant({ KeyId, Operations: ['Decrypt', 'Encrypt', 'Decrypt'] });
      const { Grants = [] } = await kms.send(new ListGrantsCommand({ KeyId }));
      assert.deepEqual(Grants[0]?.Operations, ['Decrypt', 'Encrypt']);
    });

    it('counts from the next moment on: access control finds it without waiting, and no longer once it is gone', async () => {
      const KeyId = await newKey();
      assert.deepEqual(grantsInMemory(KeyId), []);
      const { GrantId } = await grant({ KeyId, Constraints: { EncryptionContextEquals: { a: '1' } } });
      assert.deepEqual(
        { ...grantsInMemory(KeyId)[0] },
        {
          grantId: GrantId,
          keyArn: KeyId,
          granteeId: undefined,
          granteePrincipal: STRANGER,
          retiringPrincipal: undefined,
          operations: OPERATIONS,
          constraints: { kind: 'EncryptionContextEquals', pairs: { a: '1' } },
          sourceArn: undefined,
          issuingAccountId: server.accountId,
        },
      );
      await kms.send(new RevokeGrantCommand({ KeyId, GrantId }));
      assert.deepEqual(grantsInMemory(KeyId), []);
    });

    it('is refused beyond the most grants that a key may have, except for a grant that is there already', async () => {
      const KeyId = await newKey();
      const named = { KeyId, Name: 'the-first' };
      const { GrantId } = await grant(named);
      for (let n = 1; n < MOST_GRANTS; n += 1) await grant({ KeyId });
      assert.equal(
        await refusedGrant({ KeyId }),
        `LimitExceededException: The key ${KeyId} has ${MOST_GRANTS} grants, the most that a key may have.`,
      );
      assert.equal((await grant(named)).GrantId, GrantId);
      await kms.send(new RevokeGrantCommand({ KeyId, GrantId }));
      await grant({ KeyId });
    });

    it('keeps encryption context names as they are, whatever they are called', async () => {
      const KeyId = await newKey();
      const pairs = JSON.parse('{"__proto__":"a","constructor":"b","Case":"c","case":"d"}') as Record<
        string,
        string
      >;
      await grant({ KeyId, Constraints: { EncryptionContextEquals: pairs } });
      assert.deepEqual(
        Object.entries(grantsInMemory(KeyId)[0]?.constraints?.pairs ?? {}).sort(),
        Object.entries(pairs).sort(),
      );
    });
  });

  describe('principals', () => {
    const accepted = [
      'arn:aws:iam::999988887777:root',
      'arn:aws:iam::999988887777:user/alice',
      'arn:aws:iam::999988887777:user/division/team/alice',
      'arn:aws:iam::999988887777:role/service-role/reader',
      'arn:aws:sts::999988887777:assumed-role/reader/session-1',
      'arn:aws:sts::999988887777:federated-user/bob',
    ];
    for (const arn of accepted) {
      it(`may be ${arn}`, async () => {
        const { GrantId } = await grant({ GranteePrincipal: arn, RetiringPrincipal: arn });
        const { Grants = [] } = await kms.send(new ListGrantsCommand({ KeyId: keyArn, GrantId }));
        assert.deepEqual([Grants[0]?.GranteePrincipal, Grants[0]?.RetiringPrincipal], [arn, arn]);
      });
    }

    const refusedArns = [
      'arn:aws:iam::999988887777:group/readers',
      'arn:aws:iam::999988887777:user/',
      'arn:aws:iam::99998888777:root',
      'arn:aws:organizations::999988887777:organization/o-example',
      'arn:aws:sts::999988887777:assumed-role/reader',
      'arn:aws:s3:::bucket',
      'logs.amazonaws.com',
      '999988887777',
      'alice',
    ];
    for (const arn of refusedArns) {
      it(`may not be ${arn}`, async () => {
        const said = `InvalidArnException: ARN does not refer to a valid principal: ${arn}`;
        assert.equal(await refusedGrant({ GranteePrincipal: arn }), said);
        assert.equal(await refusedGrant({ RetiringPrincipal: arn }), said);
      });
    }

    it('of an account that is here must exist', async () => {
      await grant({ GranteePrincipal: root });
      const nobody = `arn:aws:iam::${server.accountId}:user/nobody`;
      assert.equal(
        await refusedGrant({ GranteePrincipal: nobody }),
        `InvalidArnException: ARN does not refer to a valid principal: ${nobody}`,
      );
    });

    it('may not be everybody', async () => {
      assert.match(
        await refusedGrant({ GranteePrincipal: '*' }),
        /^ValidationException: 1 validation error detected: Value '\*' at 'granteePrincipal'/,
      );
    });

    it('must be named, one grantee and at most one retiring principal', async () => {
      const one =
        'ValidationException: Exactly one of GranteePrincipal and GranteeServicePrincipal must be specified.';
      assert.equal(await refusedGrant({ GranteePrincipal: undefined }), one);
      assert.equal(await refusedGrant({ GranteeServicePrincipal: 'logs.amazonaws.com' }), one);
      assert.equal(
        await refusedGrant({ RetiringPrincipal: root, RetiringServicePrincipal: 'logs.amazonaws.com' }),
        'ValidationException: Only one of RetiringPrincipal and RetiringServicePrincipal may be specified.',
      );
    });
  });

  describe('to services', () => {
    const SourceArn = 'arn:aws:logs:us-east-1:999988887777:log-group:audit';
    const toService: Partial<CreateGrantCommandInput> = {
      GranteePrincipal: undefined,
      GranteeServicePrincipal: 'logs.us-east-1.amazonaws.com',
      RetiringServicePrincipal: 'logs.amazonaws.com',
      Constraints: { SourceArn },
    };

    it('need a source and a retiring principal, and are shown as services', async () => {
      const KeyId = await newKey();
      const { GrantId } = await grant({ KeyId, ...toService });
      const { Grants = [] } = await kms.send(
        new ListGrantsCommand({ KeyId, GranteeServicePrincipal: 'logs.us-east-1.amazonaws.com' }),
      );
      const { CreationDate: _date, ...shown } = Grants[0] ?? {};
      assert.deepEqual(shown, {
        KeyId,
        GrantId,
        Name: '',
        GranteeServicePrincipal: 'logs.us-east-1.amazonaws.com',
        RetiringServicePrincipal: 'logs.amazonaws.com',
        IssuingAccount: root,
        Operations: OPERATIONS,
        Constraints: { SourceArn },
      });
      assert.equal(server.kms.grants.find(KeyId, GrantId)?.sourceArn, SourceArn);
      const retirable = await kms.send(
        new ListRetirableGrantsCommand({ RetiringServicePrincipal: 'logs.amazonaws.com' }),
      );
      assert.deepEqual(
        retirable.Grants?.map((entry) => entry.GrantId),
        [GrantId],
      );
    });

    it('are refused without them', async () => {
      assert.equal(
        await refusedGrant({ ...toService, RetiringServicePrincipal: undefined }),
        'ValidationException: A grant to a service must have a retiring principal.',
      );
      for (const Constraints of [undefined, {}, { EncryptionContextEquals: { a: '1' } }]) {
        assert.equal(
          await refusedGrant({ ...toService, Constraints }),
          'ValidationException: A grant to a service must have a SourceArn constraint.',
        );
      }
    });

    it('are refused to what is no service, and others may not have a source', async () => {
      for (const name of ['logs', 'logs.amazonaws.com.example.org', STRANGER]) {
        assert.equal(
          await refusedGrant({ ...toService, GranteeServicePrincipal: name }),
          `ValidationException: ${name} is not a service principal.`,
        );
      }
      assert.equal(
        await refusedGrant({ Constraints: { SourceArn } }),
        'ValidationException: A SourceArn constraint needs a GranteeServicePrincipal.',
      );
    });
  });

  describe('constraints', () => {
    const wide = (pairs: number, value = 'x'): Record<string, string> =>
      Object.fromEntries(Array.from({ length: pairs }, (_, n) => [`name-${n}`, value]));
    const refusedConstraints: [string, GrantConstraints, string][] = [
      [
        'both kinds',
        { EncryptionContextEquals: { a: '1' }, EncryptionContextSubset: { a: '1' } },
        'Only one of EncryptionContextEquals and EncryptionContextSubset may be specified.',
      ],
      [
        'nine pairs',
        { EncryptionContextEquals: wide(9) },
        'A grant constraint may have at most 8 encryption context pairs.',
      ],
      [
        'nine pairs of a subset',
        { EncryptionContextSubset: wide(9) },
        'A grant constraint may have at most 8 encryption context pairs.',
      ],
      [
        'a value of 385 characters',
        { EncryptionContextSubset: wide(1, 'x'.repeat(385)) },
        'A name or value of an encryption context in a grant constraint may have at most 384 characters.',
      ],
      [
        'a name of 385 characters',
        { EncryptionContextEquals: { ['x'.repeat(385)]: 'y' } },
        'A name or value of an encryption context in a grant constraint may have at most 384 characters.',
      ],
      [
        'a subset of nothing, which would let everything through',
        { EncryptionContextSubset: {} },
        'EncryptionContextSubset must have at least one encryption context pair.',
      ],
    ];
    for (const [what, Constraints, message] of refusedConstraints) {
      it(`may not have ${what}`, async () => {
        assert.equal(await refusedGrant({ Constraints }), `ValidationException: ${message}`);
      });
    }

    it('may have eight pairs with values of 384 characters, and be none', async () => {
      await grant({ Constraints: { EncryptionContextEquals: wide(8, 'x'.repeat(384)) } });
      await grant({ Constraints: { EncryptionContextSubset: wide(8, 'x'.repeat(384)) } });
      const { GrantId } = await grant({ Constraints: {} });
      assert.equal(server.kms.grants.find(keyArn, GrantId)?.constraints, undefined);
    });

    it('are for symmetric encryption keys only', async () => {
      const said =
        'ValidationException: Encryption context constraints are valid only for symmetric encryption keys.';
      const hmac = await newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
      const Constraints = { EncryptionContextEquals: { a: '1' } };
      assert.equal(await refusedGrant({ KeyId: signing, Operations: ['Sign'], Constraints }), said);
      assert.equal(await refusedGrant({ KeyId: hmac, Operations: ['GenerateMac'], Constraints }), said);
    });
  });

  describe('operations', () => {
    const ALL: GrantOperation[] = [
      ...([
        'Decrypt',
        'Encrypt',
        'GenerateDataKey',
        'GenerateDataKeyWithoutPlaintext',
        'ReEncryptFrom',
        'ReEncryptTo',
      ] as const),
      ...([
        'Sign',
        'Verify',
        'GetPublicKey',
        'CreateGrant',
        'RetireGrant',
        'DescribeKey',
        'GenerateDataKeyPair',
      ] as const),
      ...(['GenerateDataKeyPairWithoutPlaintext', 'GenerateMac', 'VerifyMac', 'DeriveSharedSecret'] as const),
      ...(['Encapsulate', 'Decapsulate'] as const),
    ];
    const EVERY = ['CreateGrant', 'DescribeKey', 'RetireGrant'];
    const kinds: [CreateKeyCommandInput, string[]][] = [
      [
        { KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT' },
        [
          ...[
            'Decrypt',
            'Encrypt',
            'GenerateDataKey',
            'GenerateDataKeyPair',
            'GenerateDataKeyPairWithoutPlaintext',
          ],
          ...['GenerateDataKeyWithoutPlaintext', 'ReEncryptFrom', 'ReEncryptTo'],
        ],
      ],
      [
        { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' },
        ['Decrypt', 'Encrypt', 'GetPublicKey', 'ReEncryptFrom', 'ReEncryptTo'],
      ],
      [{ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }, ['GetPublicKey', 'Sign', 'Verify']],
      [{ KeySpec: 'ML_DSA_44', KeyUsage: 'SIGN_VERIFY' }, ['GetPublicKey', 'Sign', 'Verify']],
      [{ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' }, ['DeriveSharedSecret', 'GetPublicKey']],
      [{ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }, ['GenerateMac', 'VerifyMac']],
      [
        { KeySpec: 'ML_KEM_768', KeyUsage: 'ENCAPSULATE_DECAPSULATE' },
        ['Decapsulate', 'Encapsulate', 'GetPublicKey'],
      ],
    ];
    for (const [spec, fitting] of kinds) {
      it(`of a grant on a ${spec.KeySpec} key for ${spec.KeyUsage} are those that such a key has`, async () => {
        const KeyId = await newKey(spec);
        for (const operation of ALL) {
          if ([...EVERY, ...fitting].includes(operation)) await grant({ KeyId, Operations: [operation] });
          else {
            assert.equal(
              await refusedGrant({ KeyId, Operations: ['DescribeKey', operation] }),
              `ValidationException: The operation ${operation} is not valid for a grant on a key with KeySpec ${spec.KeySpec} and KeyUsage ${spec.KeyUsage}.`,
            );
          }
        }
      });
    }

    it('must be some', async () => {
      assert.equal(
        await refusedGrant({ Operations: [] }),
        'ValidationException: A grant must have at least one operation.',
      );
      assert.match(
        await refusedGrant({ Operations: ['PutKeyPolicy' as 'Decrypt'] }),
        /^ValidationException: 1 validation error detected: .*'operations'/,
      );
    });
  });

  describe('keys and their states', () => {
    it('are named by id or ARN, not by alias', async () => {
      await kms.send(new CreateAliasCommand({ AliasName: 'alias/granted', TargetKeyId: keyArn }));
      const said = 'InvalidArnException: Key Aliases are not supported for this operation.';
      const KeyId = 'alias/granted';
      assert.equal(await refusedGrant({ KeyId }), said);
      assert.equal(await refused(kms.send(new ListGrantsCommand({ KeyId }))), said);
      assert.equal(await refused(kms.send(new RevokeGrantCommand({ KeyId, GrantId: NO_GRANT }))), said);
      await grant({ KeyId: keyArn.slice(keyArn.lastIndexOf('/') + 1) });
    });

    it('that do not exist have no grants', async () => {
      const KeyId = keyArn.replace(/[^/]+$/, '00000000-0000-4000-8000-000000000000');
      const said = `NotFoundException: Key '${KeyId}' does not exist`;
      assert.equal(await refusedGrant({ KeyId }), said);
      assert.equal(await refused(kms.send(new ListGrantsCommand({ KeyId }))), said);
      assert.equal(await refused(kms.send(new RevokeGrantCommand({ KeyId, GrantId: NO_GRANT }))), said);
      assert.equal(await refused(kms.send(new RetireGrantCommand({ KeyId, GrantId: NO_GRANT }))), said);
    });

    it('get grants only where their state allows it, and keep those that they have through disabling and pending deletion', async () => {
      const KeyId = await newKey();
      const grants = [await grant({ KeyId }), await grant({ KeyId })];
      const ids = grants.map(({ GrantId }) => GrantId).sort();
      await kms.send(new DisableKeyCommand({ KeyId }));
      assert.equal(await refusedGrant({ KeyId }), `DisabledException: ${KeyId} is disabled.`);
      assert.deepEqual(await grantIds(KeyId), ids);
      await kms.send(new EnableKeyCommand({ KeyId }));
      assert.deepEqual(await grantIds(KeyId), ids);
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
      assert.equal(await refusedGrant({ KeyId }), `KMSInvalidStateException: ${KeyId} is pending deletion.`);
      assert.deepEqual(await grantIds(KeyId), ids);
      await kms.send(new RevokeGrantCommand({ KeyId, GrantId: ids[0] }));
      await kms.send(new RetireGrantCommand({ KeyId, GrantId: ids[1] }));
      assert.deepEqual(await grantIds(KeyId), []);
      const external = await newKey({ Origin: 'EXTERNAL' });
      assert.equal(
        await refusedGrant({ KeyId: external }),
        `KMSInvalidStateException: ${external} is pending import.`,
      );
    });

    it('take their grants with them when they are deleted', async () => {
      const KeyId = await newKey();
      const { GrantToken } = await grant({ KeyId, RetiringPrincipal: root });
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
      server.pass(8 * DAY_MS);
      await deleteDueKeys(server.kms);
      server.pass(-8 * DAY_MS);
      assert.deepEqual(grantsInMemory(KeyId), []);
      const left = await server.kms.db
        .selectFrom('grants')
        .selectAll()
        .where('key_arn', '=', KeyId)
        .execute();
      assert.deepEqual(left, []);
      const { name } = await refusal(kms.send(new RetireGrantCommand({ GrantToken })));
      assert.equal(name, 'InvalidGrantTokenException');
    });

    it('that are related have grants of their own in each Region', async () => {
      const KeyId = await newKey({ MultiRegion: true });
      await grant({ KeyId });
      await kms.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: 'eu-west-1' }));
      await completeMultiRegionChanges(server.kms);
      const west = server.client('eu-west-1');
      const replica = KeyId.replace(HOME, 'eu-west-1');
      assert.deepEqual((await west.send(new ListGrantsCommand({ KeyId: replica }))).Grants, []);
      const { GrantToken } = await west.send(
        new CreateGrantCommand({
          KeyId: replica,
          GranteePrincipal: STRANGER,
          Operations: OPERATIONS,
          RetiringPrincipal: root,
        }),
      );
      assert.equal((await grantIds(KeyId)).length, 1);
      const elsewhere = await kms.send(
        new ListRetirableGrantsCommand({ RetiringPrincipal: root, Limit: 100 }),
      );
      assert.ok(elsewhere.Grants?.every((entry) => entry.KeyId?.includes(HOME)));
      const { name } = await refusal(kms.send(new RetireGrantCommand({ GrantToken })));
      assert.equal(name, 'InvalidGrantTokenException', 'a token counts in its Region');
      await west.send(new RetireGrantCommand({ GrantToken }));
    });
  });

  describe('ListGrants and ListRetirableGrants', () => {
    it('page through all grants of a key, each once, 50 to a page and 100 at most', async () => {
      const KeyId = await newKey();
      const made: string[] = [];
      for (let n = 0; n < 52; n += 1) made.push((await grant({ KeyId })).GrantId);
      const first = await kms.send(new ListGrantsCommand({ KeyId }));
      assert.deepEqual([first.Grants?.length, first.Truncated], [50, true]);
      const second = await kms.send(new ListGrantsCommand({ KeyId, Marker: first.NextMarker }));
      assert.deepEqual([second.Grants?.length, second.Truncated], [2, false]);
      const shown = [...(first.Grants ?? []), ...(second.Grants ?? [])].map(({ GrantId = '' }) => GrantId);
      assert.deepEqual(shown.sort(), made.sort());
      assert.equal((await kms.send(new ListGrantsCommand({ KeyId, Limit: 100 }))).Grants?.length, 52);
      const said = 'InvalidMarkerException: Invalid marker';
      assert.equal(await refused(kms.send(new ListGrantsCommand({ KeyId, Marker: 'nonsense' }))), said);
      const other = { KeyId, GranteePrincipal: STRANGER, Marker: first.NextMarker };
      assert.equal(
        await refused(kms.send(new ListGrantsCommand(other))),
        said,
        'a marker is for its own query',
      );
      assert.equal(
        await refused(kms.send(new ListGrantsCommand({ KeyId, Limit: 101 }))),
        "ValidationException: 1 validation error detected: Value '101' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 100",
      );
    });

    it('filter by grantee and by grant id', async () => {
      const KeyId = await newKey();
      const { GrantId } = await grant({ KeyId });
      const { GrantId: another } = await grant({ KeyId, GranteePrincipal: OTHER });
      const listed = async (filter: object): Promise<unknown> =>
        (await kms.send(new ListGrantsCommand({ KeyId, ...filter }))).Grants?.map((entry) => entry.GrantId);
      assert.deepEqual(await listed({ GranteePrincipal: STRANGER }), [GrantId]);
      assert.deepEqual(await listed({ GrantId: another }), [another]);
      assert.deepEqual(await listed({ GrantId: another, GranteePrincipal: STRANGER }), []);
      assert.deepEqual(await listed({ GrantId: NO_GRANT }), []);
      assert.equal(
        await refused(kms.send(new ListGrantsCommand({ KeyId, GrantId: 'x' }))),
        'InvalidGrantIdException: The grant ID is not valid.',
      );
    });

    it('tell what a principal may retire on all keys of the Region', async () => {
      const region = server.client('us-west-2');
      const keys = [await newKey({}, region), await newKey({}, region)];
      const made: string[] = [];
      for (const KeyId of keys) {
        const base = { KeyId, GranteePrincipal: STRANGER, Operations: OPERATIONS };
        made.push(
          (await region.send(new CreateGrantCommand({ ...base, RetiringPrincipal: root }))).GrantId ?? '',
        );
        await region.send(new CreateGrantCommand({ ...base, RetiringPrincipal: OTHER }));
        await region.send(new CreateGrantCommand(base));
      }
      const first = await region.send(new ListRetirableGrantsCommand({ RetiringPrincipal: root, Limit: 1 }));
      assert.equal(first.Truncated, true);
      const rest = await region.send(
        new ListRetirableGrantsCommand({ RetiringPrincipal: root, Marker: first.NextMarker }),
      );
      assert.equal(rest.Truncated, false);
      const shown = [...(first.Grants ?? []), ...(rest.Grants ?? [])];
      assert.deepEqual(shown.map(({ GrantId }) => GrantId).sort(), made.sort());
      assert.deepEqual(new Set(shown.map(({ KeyId }) => KeyId)), new Set(keys));
      const bad = { RetiringPrincipal: root, Marker: 'nonsense' };
      assert.equal(
        await refused(region.send(new ListRetirableGrantsCommand(bad))),
        'InvalidMarkerException: Invalid marker',
      );
    });

    it('tell nothing of principals of other accounts, and want one principal', async () => {
      assert.match(
        await refused(kms.send(new ListRetirableGrantsCommand({ RetiringPrincipal: OTHER }))),
        new RegExp(
          `^AccessDeniedException: User: ${root} is not authorized to perform: kms:ListRetirableGrants on this resource because `,
        ),
      );
      const said =
        'ValidationException: Exactly one of RetiringPrincipal and RetiringServicePrincipal must be specified.';
      const none = new ListRetirableGrantsCommand({ RetiringPrincipal: undefined });
      assert.equal(await refused(kms.send(none)), said);
      const both = { RetiringPrincipal: root, RetiringServicePrincipal: 'logs.amazonaws.com' };
      assert.equal(await refused(kms.send(new ListRetirableGrantsCommand(both))), said);
      assert.equal(
        await refused(kms.send(new ListRetirableGrantsCommand({ RetiringPrincipal: 'nobody' }))),
        'InvalidArnException: ARN does not refer to a valid principal: nobody',
      );
    });
  });

  describe('RevokeGrant and RetireGrant', () => {
    it('end a grant for good', async () => {
      const { GrantId } = await grant();
      await kms.send(new RevokeGrantCommand({ KeyId: keyArn, GrantId }));
      const said = `NotFoundException: Grant ID ${GrantId} not found`;
      assert.equal(await refused(kms.send(new RevokeGrantCommand({ KeyId: keyArn, GrantId }))), said);
      assert.equal(await refused(kms.send(new RetireGrantCommand({ KeyId: keyArn, GrantId }))), said);
    });

    it('retire by token, and by grant id and key ARN or key id', async () => {
      const KeyId = await newKey();
      const [first, second, third] = [await grant({ KeyId }), await grant({ KeyId }), await grant({ KeyId })];
      await kms.send(new RetireGrantCommand({ GrantToken: first.GrantToken }));
      await kms.send(new RetireGrantCommand({ KeyId, GrantId: second.GrantId }));
      assert.deepEqual(await grantIds(KeyId), [third.GrantId]);
      const idAlone = KeyId.slice(KeyId.lastIndexOf('/') + 1);
      await kms.send(new RetireGrantCommand({ KeyId: idAlone, GrantId: third.GrantId }));
      assert.deepEqual(await grantIds(KeyId), []);
    });

    it('refuse a grant of another key', async () => {
      const { GrantId } = await grant();
      const KeyId = await newKey();
      const said = `NotFoundException: Grant ID ${GrantId} not found`;
      assert.equal(await refused(kms.send(new RevokeGrantCommand({ KeyId, GrantId }))), said);
      assert.equal(await refused(kms.send(new RetireGrantCommand({ KeyId, GrantId }))), said);
      assert.ok((await grantIds(keyArn)).length > 0);
    });

    it('refuse what is no grant id', async () => {
      const said = 'InvalidGrantIdException: The grant ID is not valid.';
      for (const GrantId of ['x', NO_GRANT.toUpperCase(), `${NO_GRANT}0`]) {
        assert.equal(await refused(kms.send(new RevokeGrantCommand({ KeyId: keyArn, GrantId }))), said);
        assert.equal(await refused(kms.send(new RetireGrantCommand({ KeyId: keyArn, GrantId }))), said);
      }
    });

    it('retire only what is named in one whole way', async () => {
      const { GrantId, GrantToken } = await grant();
      const said = 'ValidationException: Either GrantToken, or both KeyId and GrantId, must be specified.';
      for (const input of [
        {},
        { GrantId },
        { KeyId: keyArn },
        { GrantToken, GrantId },
        { GrantToken, KeyId: keyArn, GrantId },
      ]) {
        assert.equal(await refused(kms.send(new RetireGrantCommand(input))), said);
      }
      assert.ok(server.kms.grants.find(keyArn, GrantId));
    });
  });

  describe('DryRun', () => {
    const SUCCESS =
      'DryRunOperationException: The request would have succeeded, but the DryRun option is set.';

    it('says what would have happened, and does nothing', async () => {
      const KeyId = await newKey();
      assert.equal(await refusedGrant({ KeyId, DryRun: true }), SUCCESS);
      assert.deepEqual(await grantIds(KeyId), []);
      const { GrantId, GrantToken } = await grant({ KeyId });
      assert.equal(
        await refused(kms.send(new RevokeGrantCommand({ KeyId, GrantId, DryRun: true }))),
        SUCCESS,
      );
      assert.equal(
        await refused(kms.send(new RetireGrantCommand({ KeyId, GrantId, DryRun: true }))),
        SUCCESS,
      );
      assert.equal(await refused(kms.send(new RetireGrantCommand({ GrantToken, DryRun: true }))), SUCCESS);
      assert.deepEqual(await grantIds(KeyId), [GrantId]);
    });

    it('gives the error that the call would give', async () => {
      const DryRun = true;
      assert.match(
        await refusedGrant({ Operations: ['Sign'], DryRun }),
        /^ValidationException: The operation Sign/,
      );
      const said = `NotFoundException: Grant ID ${NO_GRANT} not found`;
      const unknown = { KeyId: keyArn, GrantId: NO_GRANT, DryRun };
      assert.equal(await refused(kms.send(new RevokeGrantCommand(unknown))), said);
      assert.equal(await refused(kms.send(new RetireGrantCommand(unknown))), said);
    });
  });

  describe('grant tokens', () => {
    const INVALID = 'InvalidGrantTokenException: The grant token is not valid.';

    it('are taken by every operation that has GrantTokens, also when they are of no use there', async () => {
      const GrantTokens = [
        (await grant()).GrantToken,
        (await grant({ KeyId: signing, Operations: ['Sign'] })).GrantToken,
      ];
      const hmac = await newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
      const Plaintext = Buffer.from('hello');
      const { CiphertextBlob } = await kms.send(
        new EncryptCommand({ KeyId: keyArn, Plaintext, GrantTokens }),
      );
      await kms.send(new DecryptCommand({ CiphertextBlob, GrantTokens }));
      await kms.send(new ReEncryptCommand({ CiphertextBlob, DestinationKeyId: keyArn, GrantTokens }));
      await kms.send(new GenerateDataKeyCommand({ KeyId: keyArn, KeySpec: 'AES_256', GrantTokens }));
      await kms.send(
        new GenerateDataKeyPairWithoutPlaintextCommand({
          KeyId: keyArn,
          KeyPairSpec: 'ECC_NIST_P256',
          GrantTokens,
        }),
      );
      await kms.send(new DescribeKeyCommand({ KeyId: keyArn, GrantTokens }));
      await kms.send(new GetPublicKeyCommand({ KeyId: signing, GrantTokens }));
      await kms.send(
        new SignCommand({
          KeyId: signing,
          Message: Plaintext,
          SigningAlgorithm: 'ECDSA_SHA_256',
          GrantTokens,
        }),
      );
      await kms.send(
        new GenerateMacCommand({
          KeyId: hmac,
          Message: Plaintext,
          MacAlgorithm: 'HMAC_SHA_256',
          GrantTokens,
        }),
      );
      await grant({ GrantTokens });
    });

    it('let a grant in that another process made a moment ago', async () => {
      const owner = clientsOf(server.endpoint, server.root);
      const { User } = await owner.iam.send(new CreateUserCommand({ UserName: 'impatient' }));
      const { AccessKey } = await owner.iam.send(new CreateAccessKeyCommand({ UserName: 'impatient' }));
      const worker = clientsOf(server.endpoint, {
        accessKeyId: AccessKey?.AccessKeyId ?? '',
        secretAccessKey: AccessKey?.SecretAccessKey ?? '',
      });
      const KeyId = await newKey();
      const wanted = { KeyId, GranteePrincipal: User?.Arn ?? '', Operations: ['Encrypt' as const] };
      const { GrantId, GrantToken } = await grant(wanted);
      const encrypt = (GrantTokens?: string[]): Promise<unknown> =>
        worker.kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('hello'), GrantTokens }));
      server.kms.grants.remove(KeyId, GrantId); // memory is as that of a process which was not told yet
      assert.match(await refused(encrypt()), /^AccessDeniedException: /);
      await encrypt([GrantToken]);
      await encrypt();
      server.kms.grants.remove(KeyId, GrantId);
      await owner.kms.send(new RetireGrantCommand({ GrantToken }));
      worker.destroy();
      owner.destroy();
    });

    it('that are malformed, altered, or of a grant that is gone are refused everywhere', async () => {
      const { GrantToken, GrantId } = await grant();
      const bytes = Buffer.from(GrantToken, 'base64');
      const altered = [...bytes.keys()].map((at) => {
        const copy = Buffer.from(bytes);
        copy.writeUInt8((copy[at] ?? 0) ^ 1, at);
        return copy.toString('base64');
      });
      const bad = ['x', `${GrantToken}AA`, GrantToken.slice(4), `${GrantToken}\n`, ...altered];
      for (const token of bad) {
        const described = kms.send(new DescribeKeyCommand({ KeyId: keyArn, GrantTokens: [token] }));
        assert.equal(await refused(described), INVALID);
      }
      const retired = kms.send(new RetireGrantCommand({ GrantToken: altered[40] }));
      assert.equal(await refused(retired), INVALID);
      await kms.send(new RevokeGrantCommand({ KeyId: keyArn, GrantId }));
      const GrantTokens = [GrantToken];
      const Plaintext = Buffer.from('hello');
      assert.equal(
        await refused(kms.send(new EncryptCommand({ KeyId: keyArn, Plaintext, GrantTokens }))),
        INVALID,
      );
      assert.equal(await refusedGrant({ GrantTokens }), INVALID);
      assert.equal(await refused(kms.send(new RetireGrantCommand({ GrantToken }))), INVALID);
    });

    it('are ten at most', async () => {
      const GrantTokens = Array.from({ length: 11 }, () => 'x');
      assert.match(
        await refused(kms.send(new DescribeKeyCommand({ KeyId: keyArn, GrantTokens }))),
        /^ValidationException: 1 validation error detected: .*'grantTokens' failed to satisfy constraint: Member must have length less than or equal to 10$/,
      );
    });
  });

  describe('the audit trail', () => {
    it('shows what was granted and ended, and never a token', async () => {
      const KeyId = await newKey();
      const keyId = KeyId.slice(KeyId.lastIndexOf('/') + 1);
      const { GrantId, GrantToken } = await grant({
        KeyId: keyId,
        Name: 'audited',
        RetiringPrincipal: root,
        Constraints: { EncryptionContextSubset: { Department: 'Finance' } },
        GrantTokens: [(await grant()).GrantToken],
      });
      const { GrantId: revoked } = await grant({ KeyId });
      await kms.send(new ListGrantsCommand({ KeyId, Limit: 7 }));
      await kms.send(new ListRetirableGrantsCommand({ RetiringPrincipal: root, Limit: 7 }));
      await kms.send(new RetireGrantCommand({ GrantToken }));
      await kms.send(new RevokeGrantCommand({ KeyId, GrantId: revoked }));
      const events = await server.events();
      const last = (name: string): Record<string, unknown> => {
        const event = events.filter(({ eventName }) => eventName === name).at(-1);
        assert.ok(event, name);
        const { requestParameters, responseElements, additionalEventData, resources, readOnly } = event;
        return { requestParameters, responseElements, additionalEventData, resources, readOnly };
      };
      const key = [{ accountId: server.accountId, type: 'AWS::KMS::Key', ARN: KeyId }];
      const created = events.find(({ responseElements }) => responseElements?.['grantId'] === GrantId);
      assert.deepEqual(created?.requestParameters, {
        keyId,
        granteePrincipal: STRANGER,
        retiringPrincipal: root,
        operations: OPERATIONS,
        constraints: { encryptionContextSubset: { Department: 'Finance' } },
        name: 'audited',
      });
      assert.deepEqual(created.responseElements, { grantId: GrantId, keyId: KeyId });
      assert.deepEqual([created.resources, created.readOnly], [key, false]);
      assert.deepEqual(last('ListGrants'), {
        requestParameters: { keyId: KeyId, limit: 7 },
        responseElements: null,
        additionalEventData: undefined,
        resources: key,
        readOnly: true,
      });
      assert.deepEqual(last('ListRetirableGrants'), {
        requestParameters: { retiringPrincipal: root, limit: 7 },
        responseElements: null,
        additionalEventData: undefined,
        resources: [],
        readOnly: true,
      });
      assert.deepEqual(last('RetireGrant'), {
        requestParameters: null,
        responseElements: { keyId: KeyId },
        additionalEventData: { grantId: GrantId },
        resources: key,
        readOnly: false,
      });
      assert.deepEqual(last('RevokeGrant'), {
        requestParameters: { keyId: KeyId, grantId: revoked },
        responseElements: { keyId: KeyId },
        additionalEventData: undefined,
        resources: key,
        readOnly: false,
      });
      const written = JSON.stringify(events);
      assert.ok(!written.includes(GrantToken) && !written.includes('"grantToken'));
    });
  });

  it('are not believed when somebody changed them in the database', async () => {
    const KeyId = await newKey();
    const { GrantId } = await grant({ KeyId });
    await server.kms.db
      .updateTable('grants')
      .set({ grantee: OTHER })
      .where('grant_id', '=', GrantId)
      .execute();
    server.kms.grants.forget(KeyId);
    server.kms.catalog.forget(KeyId);
    const { name } = await refusal(kms.send(new DescribeKeyCommand({ KeyId })));
    assert.equal(name, 'KMSInternalException');
  });
});
