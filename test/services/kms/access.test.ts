/**
 * Access control at KMS's operations, in a real server: users and roles of two accounts call, their policies are put as they
 * would be by IAM. Here: what operations declare, what keys add, both accounts, and what a denial leaves behind.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createAccessControl } from '../../../src/access/access-control.ts';
import { createAuthorizationMessages } from '../../../src/access/authorization-message.ts';
import type { Caller, Principal } from '../../../src/access/caller.ts';
import type { PrincipalDirectory } from '../../../src/access/directory.ts';
import { GrantIndex } from '../../../src/access/grant-index.ts';
import { ApiError } from '../../../src/aws/errors.ts';
import type { Kms } from '../../../src/services/kms/kms.ts';
import type { OperationName } from '../../../src/services/kms/operation.ts';
import { builtOperation, builtOperationNames } from '../../../src/services/kms/operations/index.ts';
import { handleKms } from '../../../src/services/kms/service.ts';
import { insertAccount } from '../../../src/storage/accounts.ts';
import { allow, deny, policy, root, session, user } from '../../access/world.ts';
import type { StatementText } from '../../access/world.ts';
import { assembleKms } from '../../jobs/assembled.ts';
import type { AssembledKms } from '../../jobs/assembled.ts';
import { REGIONS } from '../../stories/clocked-server.ts';

type Context = Record<string, unknown>;

/** One operation's input, and the condition keys that it must give. */
const DECLARED: [operation: OperationName, input: Record<string, unknown>, context: Context][] = [
  [
    'CreateKey',
    {},
    {
      'kms:KeySpec': 'SYMMETRIC_DEFAULT',
      'kms:KeyUsage': 'ENCRYPT_DECRYPT',
      'kms:KeyOrigin': 'AWS_KMS',
      'kms:MultiRegion': 'false',
      'kms:CustomerMasterKeySpec': 'SYMMETRIC_DEFAULT',
      'kms:CustomerMasterKeyUsage': 'ENCRYPT_DECRYPT',
      'kms:MultiRegionKeyType': undefined,
      'kms:BypassPolicyLockoutSafetyCheck': undefined,
    },
  ],
  [
    'CreateKey',
    {
      KeySpec: 'RSA_2048',
      KeyUsage: 'SIGN_VERIFY',
      Origin: 'EXTERNAL',
      MultiRegion: true,
      BypassPolicyLockoutSafetyCheck: true,
      Tags: [{ TagKey: 'a', TagValue: 'b' }],
    },
    {
      'kms:KeySpec': 'RSA_2048',
      'kms:KeyUsage': 'SIGN_VERIFY',
      'kms:KeyOrigin': 'EXTERNAL',
      'kms:MultiRegion': 'true',
      'kms:MultiRegionKeyType': 'PRIMARY',
      'kms:BypassPolicyLockoutSafetyCheck': 'true',
      'aws:TagKeys': ['a'],
      'aws:RequestTag/a': 'b',
      'kms:CustomerMasterKeySpec': 'RSA_2048',
      'kms:CustomerMasterKeyUsage': 'SIGN_VERIFY',
    },
  ],
  ['Encrypt', {}, { 'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT' }],
  [
    'Encrypt',
    { EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' },
    { 'kms:EncryptionAlgorithm': 'RSAES_OAEP_SHA_256' },
  ],
  ['Decrypt', {}, { 'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT' }],
  ['GenerateDataKey', {}, { 'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT' }],
  ['GenerateDataKeyWithoutPlaintext', {}, { 'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT' }],
  [
    'GenerateDataKeyPair',
    { KeyPairSpec: 'RSA_2048' },
    { 'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT', 'kms:DataKeyPairSpec': 'RSA_2048' },
  ],
  [
    'GenerateDataKeyPairWithoutPlaintext',
    { KeyPairSpec: 'RSA_2048' },
    { 'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT', 'kms:DataKeyPairSpec': 'RSA_2048' },
  ],
  [
    'Sign',
    { SigningAlgorithm: 'ECDSA_SHA_256' },
    { 'kms:MessageType': 'RAW', 'kms:SigningAlgorithm': 'ECDSA_SHA_256' },
  ],
  [
    'Verify',
    { SigningAlgorithm: 'ECDSA_SHA_256', MessageType: 'DIGEST' },
    { 'kms:MessageType': 'DIGEST', 'kms:SigningAlgorithm': 'ECDSA_SHA_256' },
  ],
  ['GenerateMac', { MacAlgorithm: 'HMAC_SHA_256' }, { 'kms:MacAlgorithm': 'HMAC_SHA_256' }],
  ['VerifyMac', { MacAlgorithm: 'HMAC_SHA_256' }, { 'kms:MacAlgorithm': 'HMAC_SHA_256' }],
  ['DeriveSharedSecret', { KeyAgreementAlgorithm: 'ECDH' }, { 'kms:KeyAgreementAlgorithm': 'ECDH' }],
  ['EnableKeyRotation', { RotationPeriodInDays: 100 }, { 'kms:RotationPeriodInDays': '100' }],
  ['EnableKeyRotation', {}, { 'kms:RotationPeriodInDays': '365' }],
  ['ScheduleKeyDeletion', { PendingWindowInDays: 7 }, { 'kms:ScheduleKeyDeletionPendingWindowInDays': '7' }],
  ['ScheduleKeyDeletion', {}, { 'kms:ScheduleKeyDeletionPendingWindowInDays': '30' }],
  ['PutKeyPolicy', {}, { 'kms:BypassPolicyLockoutSafetyCheck': undefined }],
  [
    'PutKeyPolicy',
    { BypassPolicyLockoutSafetyCheck: false },
    { 'kms:BypassPolicyLockoutSafetyCheck': 'false' },
  ],
  [
    'ReplicateKey',
    { ReplicaRegion: 'eu-west-1' },
    { 'kms:ReplicaRegion': 'eu-west-1', 'kms:BypassPolicyLockoutSafetyCheck': undefined },
  ],
  ['UpdatePrimaryRegion', { PrimaryRegion: 'eu-west-1' }, { 'kms:PrimaryRegion': 'eu-west-1' }],
  [
    'GetParametersForImport',
    { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_4096' },
    { 'kms:WrappingAlgorithm': 'RSAES_OAEP_SHA_256', 'kms:WrappingKeySpec': 'RSA_4096' },
  ],
  [
    'ImportKeyMaterial',
    { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: new Date(5_000) },
    { 'kms:ExpirationModel': 'KEY_MATERIAL_EXPIRES', 'kms:ValidTo': '5' },
  ],
  ['ImportKeyMaterial', {}, { 'kms:ExpirationModel': undefined, 'kms:ValidTo': undefined }],
  [
    'TagResource',
    { Tags: [{ TagKey: 'a', TagValue: 'b' }] },
    { 'aws:TagKeys': ['a'], 'aws:RequestTag/a': 'b' },
  ],
  ['UntagResource', { TagKeys: ['a', 'b'] }, { 'aws:TagKeys': ['a', 'b'] }],
];

describe('operations declare their condition context', () => {
  it('all of them', () => {
    for (const name of builtOperationNames) {
      assert.equal(typeof builtOperation(name)?.context, 'function', name);
      assert.match(builtOperation(name)?.action ?? '', /^kms:[A-Z]/, name);
    }
  });
  for (const [name, input, context] of DECLARED) {
    it(`${name} ${JSON.stringify(input)} (AWS KMS condition keys)`, () => {
      assert.deepEqual(builtOperation(name)?.context(input as never), context);
    });
  }
  it('and those that take an encryption context name it', () => {
    const named = builtOperationNames.filter((name) => builtOperation(name)?.encryptionContext !== undefined);
    for (const name of [
      'Encrypt',
      'Decrypt',
      'GenerateDataKey',
      'GenerateDataKeyWithoutPlaintext',
      'GenerateDataKeyPair',
      'GenerateDataKeyPairWithoutPlaintext',
    ]) {
      assert.ok(named.includes(name), name);
    }
  });
});

const OTHER_ACCOUNT = '444455556666';

describe('KMS with users and roles', () => {
  let world: AssembledKms;
  let kms: Kms;
  let home: string;
  let keyArn: string;
  /** By issuer ARN. */
  const policies = new Map<string, string[]>();
  const gone = new Set<string>();
  const people = new Map<string, Principal>();

  before(async () => {
    world = await assembleKms(Date.parse('2026-01-02T03:04:05Z'));
    const { KeyMetadata } = await world.call('CreateKey', {});
    ({ AWSAccountId: home, Arn: keyArn } = KeyMetadata as { AWSAccountId: string; Arn: string });
    await insertAccount(world.kms.db, { account_id: OTHER_ACCOUNT, created_at: 0, name: 'other' });
    for (const one of [
      user('alice', home),
      user('bob', home),
      user('carol', OTHER_ACCOUNT),
      session('app', 'one', { accountId: home }),
    ]) {
      people.set(one.issuerArn, one);
    }
    const idOf = ({ userId }: Principal): string => userId.split(':')[0] as string;
    const directory: PrincipalDirectory = {
      policiesOf: (arn) => ({
        policies: (policies.get(arn) ?? []).map((document, i) => ({ name: `policy ${i}`, document })),
        boundary: undefined,
      }),
      uniqueIdOf: (arn) => {
        const found = people.get(arn);
        return found === undefined || gone.has(arn) ? undefined : idOf(found);
      },
      arnOf: (id) => [...people].find(([arn, one]) => idOf(one) === id && !gone.has(arn))?.[0],
      isAccount: (accountId) => accountId === home || accountId === OTHER_ACCOUNT,
    };
    const access = createAccessControl({
      directory,
      grantsOf: () => new GrantIndex(),
      clock: () => world.now,
      messages: createAuthorizationMessages(Buffer.alloc(32, 1)),
    });
    kms = { ...world.kms, access };
  });
  after(() => world.close());

  function callerOf(principal: Principal): Caller {
    const { accountId, arn, userId } = principal;
    const identity = {
      type: 'IAMUser' as const,
      principalId: userId,
      arn,
      accountId,
      accessKeyId: 'AKIATEST',
    };
    return { accountId, arn, accessKeyId: 'AKIATEST', principal, identity };
  }

  async function call(who: Principal, name: OperationName, input: object): Promise<Record<string, unknown>> {
    const request = {
      caller: callerOf(who),
      region: REGIONS[0],
      requestId: '00000000-0000-4000-8000-000000000000',
      origin: { sourceIp: '127.0.0.1', userAgent: 'test' },
    };
    const answer = await handleKms(kms, name, request, Buffer.from(JSON.stringify(input)));
    return (answer === '' ? {} : JSON.parse(answer)) as Record<string, unknown>;
  }

  async function refused(who: Principal, name: OperationName, input: object): Promise<string> {
    try {
      await call(who, name, input);
    } catch (error) {
      if (error instanceof ApiError) return `${error.code}: ${error.message}`;
      throw error;
    }
    return 'allowed';
  }

  const denies = async (who: Principal, name: OperationName, input: object): Promise<void> =>
    assert.match(await refused(who, name, input), /^AccessDeniedException: /);

  const may = (who: Principal, ...statements: Partial<StatementText>[]): void =>
    void policies.set(who.issuerArn, [policy(...statements.map((statement) => allow(statement)))]);

  const alice = (): Principal => user('alice', home);
  const carol = (): Principal => user('carol', OTHER_ACCOUNT);
  const Plaintext = Buffer.from('text').toString('base64');

  it('deny a user without policies, in AWS’s words, and record the reason without the request', async () => {
    const text = await refused(alice(), 'Encrypt', { KeyId: keyArn, Plaintext });
    assert.equal(
      text,
      `AccessDeniedException: User: ${alice().arn} is not authorized to perform: kms:Encrypt on resource: ${keyArn} ` +
        'because no identity-based policy allows the kms:Encrypt action',
    );
    const event = (await world.events('Encrypt')).at(-1);
    assert.deepEqual(
      [event?.errorCode, event?.requestParameters, event?.resources],
      ['AccessDenied', null, undefined],
    );
    assert.equal(event?.additionalEventData?.['authorizationReason'], 'no-identity-policy');
    assert.equal(typeof event?.additionalEventData?.['encodedAuthorizationMessage'], 'string');
  });

  it('let a user in whose policy has a condition on the encryption context', async () => {
    may(alice(), {
      Action: ['kms:Encrypt', 'kms:Decrypt'],
      Resource: keyArn,
      Condition: { StringEquals: { 'kms:EncryptionContext:App': 'pay' } },
    });
    const EncryptionContext = { app: 'pay' };
    const { CiphertextBlob } = await call(alice(), 'Encrypt', {
      KeyId: keyArn,
      Plaintext,
      EncryptionContext,
    });
    assert.equal(
      (await call(alice(), 'Decrypt', { CiphertextBlob, EncryptionContext }))['Plaintext'],
      Plaintext,
    );
    await denies(alice(), 'Encrypt', { KeyId: keyArn, Plaintext });
    await denies(alice(), 'Encrypt', { KeyId: keyArn, Plaintext, EncryptionContext: { app: 'other' } });
    await denies(alice(), 'DescribeKey', { KeyId: keyArn });
  });

  it('decide by the tags of the key, at once when they change', async () => {
    may(alice(), {
      Action: 'kms:DescribeKey',
      Condition: { StringEquals: { 'aws:ResourceTag/Team': 'red' } },
    });
    await denies(alice(), 'DescribeKey', { KeyId: keyArn });
    await call(root(home), 'TagResource', { KeyId: keyArn, Tags: [{ TagKey: 'team', TagValue: 'red' }] });
    await call(alice(), 'DescribeKey', { KeyId: keyArn });
    await call(root(home), 'UntagResource', { KeyId: keyArn, TagKeys: ['team'] });
    await denies(alice(), 'DescribeKey', { KeyId: keyArn });
  });

  it('decide by the tags and aliases of the key who may retire a grant', async () => {
    const grant = { KeyId: keyArn, GranteePrincipal: root(home).arn, Operations: ['Decrypt'] };
    const { GrantToken } = await call(root(home), 'CreateGrant', grant);
    const aliased = { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/kept' } };
    const tagged = { StringEquals: { 'aws:ResourceTag/team': 'red' } };
    await call(root(home), 'CreateAlias', { AliasName: 'alias/kept', TargetKeyId: keyArn });
    policies.set(alice().issuerArn, [policy(allow(), deny({ Condition: aliased }))]);
    assert.match(await refused(alice(), 'RetireGrant', { GrantToken }), /with an explicit deny/);
    may(alice(), { Action: 'kms:RetireGrant', Condition: tagged });
    await denies(alice(), 'RetireGrant', { GrantToken });
    await call(root(home), 'TagResource', { KeyId: keyArn, Tags: [{ TagKey: 'team', TagValue: 'red' }] });
    await call(alice(), 'RetireGrant', { GrantToken });
    await call(root(home), 'UntagResource', { KeyId: keyArn, TagKeys: ['team'] });
    await call(root(home), 'DeleteAlias', { AliasName: 'alias/kept' });
  });

  it('decide by the aliases of the key and by the alias in the request', async () => {
    may(alice(), {
      Action: 'kms:DescribeKey',
      Condition: { 'ForAnyValue:StringLike': { 'kms:ResourceAliases': 'alias/pay*' } },
    });
    await denies(alice(), 'DescribeKey', { KeyId: keyArn });
    await call(root(home), 'CreateAlias', { AliasName: 'alias/pay-1', TargetKeyId: keyArn });
    await call(alice(), 'DescribeKey', { KeyId: keyArn });
    may(alice(), {
      Action: 'kms:DescribeKey',
      Condition: { StringEquals: { 'kms:RequestAlias': 'alias/pay-1' } },
    });
    await call(alice(), 'DescribeKey', { KeyId: 'alias/pay-1' });
    await call(alice(), 'DescribeKey', { KeyId: keyArn.replace(/key\/.*/, 'alias/pay-1') });
    await denies(alice(), 'DescribeKey', { KeyId: keyArn });
    await call(root(home), 'DeleteAlias', { AliasName: 'alias/pay-1' });
  });

  it('heed no alias that somebody moved to the key in the database', async () => {
    const { KeyMetadata } = await call(root(home), 'CreateKey', {});
    const TargetKeyId = (KeyMetadata as { Arn: string }).Arn;
    await call(root(home), 'CreateAlias', { AliasName: 'alias/pay-2', TargetKeyId });
    const Condition = { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/pay-2' } };
    may(alice(), { Action: 'kms:DescribeKey', Condition });
    await call(alice(), 'DescribeKey', { KeyId: TargetKeyId });
    const moved = kms.db.updateTable('aliases').where('alias_name', '=', 'alias/pay-2');
    await moved.set({ target_key_arn: keyArn }).execute();
    kms.catalog.forgetAll();
    assert.match(await refused(alice(), 'DescribeKey', { KeyId: keyArn }), /^KMSInternalException: /);
    await moved.set({ target_key_arn: TargetKeyId }).execute();
    kms.catalog.forgetAll();
    await call(root(home), 'DeleteAlias', { AliasName: 'alias/pay-2' });
  });

  it('decide by the properties of the key', async () => {
    const rows: [key: string, value: string, other: string][] = [
      ['kms:KeySpec', 'SYMMETRIC_DEFAULT', 'RSA_2048'],
      ['kms:KeyUsage', 'ENCRYPT_DECRYPT', 'SIGN_VERIFY'],
      ['kms:CustomerMasterKeySpec', 'SYMMETRIC_DEFAULT', 'RSA_2048'],
      ['kms:CustomerMasterKeyUsage', 'ENCRYPT_DECRYPT', 'SIGN_VERIFY'],
      ['kms:KeyOrigin', 'AWS_KMS', 'EXTERNAL'],
      ['kms:MultiRegion', 'false', 'true'],
      ['kms:CallerAccount', home, OTHER_ACCOUNT],
      ['aws:ResourceAccount', home, OTHER_ACCOUNT],
      ['aws:PrincipalArn', alice().arn, carol().arn],
      ['aws:username', 'alice', 'bob'],
      ['aws:RequestedRegion', REGIONS[0], 'eu-central-1'],
      ['aws:SecureTransport', 'false', 'true'],
      ['aws:PrincipalType', 'User', 'Account'],
      ['aws:UserAgent', 'test', 'other'],
      ['aws:CurrentTime', '2026-01-02T03:04:05Z', 'x'],
      ['aws:ViaAWSService', 'false', 'true'],
    ];
    for (const [key, value, other] of rows) {
      may(alice(), { Action: 'kms:DescribeKey', Condition: { StringEquals: { [key]: value } } });
      assert.equal(await refused(alice(), 'DescribeKey', { KeyId: keyArn }), 'allowed', key);
      may(alice(), { Action: 'kms:DescribeKey', Condition: { StringEquals: { [key]: other } } });
      await denies(alice(), 'DescribeKey', { KeyId: keyArn });
    }
    for (const absent of [
      'kms:ViaService',
      'kms:MultiRegionKeyType',
      'aws:SourceArn',
      'aws:PrincipalOrgID',
      'aws:MultiFactorAuthPresent',
      'kms:RequestAlias',
    ]) {
      may(alice(), { Action: 'kms:DescribeKey', Condition: { Null: { [absent]: 'true' } } });
      assert.equal(await refused(alice(), 'DescribeKey', { KeyId: keyArn }), 'allowed', absent);
    }
  });

  it('ask for both permissions of operations on aliases', async () => {
    const aliasArn = keyArn.replace(/key\/.*/, 'alias/both');
    const create = { AliasName: 'alias/both', TargetKeyId: keyArn };
    may(alice(), { Action: 'kms:CreateAlias', Resource: keyArn });
    await denies(alice(), 'CreateAlias', create);
    may(alice(), { Action: 'kms:CreateAlias', Resource: aliasArn });
    await denies(alice(), 'CreateAlias', create);
    may(alice(), { Action: ['kms:CreateAlias', 'kms:DeleteAlias'], Resource: [aliasArn, keyArn] });
    await call(alice(), 'CreateAlias', create);
    may(alice(), { Action: 'kms:DeleteAlias', Resource: aliasArn });
    await denies(alice(), 'DeleteAlias', { AliasName: 'alias/both' });
    may(alice(), { Action: 'kms:DeleteAlias', Resource: [aliasArn, keyArn] });
    await call(alice(), 'DeleteAlias', { AliasName: 'alias/both' });
  });

  it('ask for both halves of ReEncrypt, each with its own encryption context', async () => {
    const { CiphertextBlob } = await call(root(home), 'Encrypt', { KeyId: keyArn, Plaintext });
    const again = { CiphertextBlob, DestinationKeyId: keyArn, DestinationEncryptionContext: { to: 'x' } };
    may(alice(), { Action: 'kms:ReEncryptFrom' });
    assert.match(await refused(alice(), 'ReEncrypt', again), /kms:ReEncryptTo on resource/);
    may(alice(), { Action: 'kms:ReEncryptTo' });
    assert.match(await refused(alice(), 'ReEncrypt', again), /kms:ReEncryptFrom on resource/);
    may(
      alice(),
      {
        Action: 'kms:ReEncryptFrom',
        Condition: {
          Null: { 'kms:EncryptionContextKeys': 'true' },
          Bool: { 'kms:ReEncryptOnSameKey': 'true' },
        },
      },
      { Action: 'kms:ReEncryptTo', Condition: { StringEquals: { 'kms:EncryptionContext:to': 'x' } } },
    );
    assert.equal(await refused(alice(), 'ReEncrypt', again), 'allowed');
  });

  it('ask for the permission to tag when a key is made with tags', async () => {
    may(alice(), { Action: 'kms:CreateKey' });
    const Tags = [{ TagKey: 'a', TagValue: 'b' }];
    assert.equal(await refused(alice(), 'CreateKey', {}), 'allowed');
    assert.match(await refused(alice(), 'CreateKey', { Tags }), /kms:TagResource on resource: \*/);
    may(alice(), {
      Action: ['kms:CreateKey', 'kms:TagResource'],
      Condition: { StringEquals: { 'aws:RequestTag/a': 'b' } },
    });
    assert.equal(await refused(alice(), 'CreateKey', { Tags }), 'allowed');
    await denies(alice(), 'CreateKey', {});
  });

  it('refuse a policy that its author could not change again, seen from the author', async () => {
    const own = policy({ ...allow({ Principal: { AWS: alice().arn } }) });
    const roots = policy(allow({ Principal: { AWS: home } }));
    may(alice(), { Action: ['kms:CreateKey'] });
    const lockout =
      /MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future\./;
    assert.match(await refused(alice(), 'CreateKey', { Policy: roots }), lockout);
    assert.equal(await refused(alice(), 'CreateKey', { Policy: own }), 'allowed');
    assert.match(await refused(root(home), 'CreateKey', { Policy: own }), lockout);
    const bypass = { Policy: own, BypassPolicyLockoutSafetyCheck: true };
    assert.equal(await refused(root(home), 'CreateKey', bypass), 'allowed');
    may(alice(), { Action: ['kms:CreateKey', 'kms:PutKeyPolicy'] });
    assert.equal(await refused(alice(), 'CreateKey', { Policy: roots }), 'allowed');
  });

  it('see the key for that as it will be: with its tags, and without what only the request has', async () => {
    const lockout = /MalformedPolicyDocumentException: The new key policy will not allow you/;
    const Tags = [{ TagKey: 'team', TagValue: 'red' }];
    const roots = policy(allow({ Principal: { AWS: home } }));
    may(
      alice(),
      { Action: ['kms:CreateKey', 'kms:TagResource'] },
      { Action: 'kms:PutKeyPolicy', Condition: { StringEquals: { 'aws:ResourceTag/team': 'red' } } },
    );
    assert.match(await refused(alice(), 'CreateKey', { Policy: roots }), lockout);
    assert.equal(await refused(alice(), 'CreateKey', { Policy: roots, Tags }), 'allowed');
    const when = (name: string, value: string): string =>
      policy(allow({ Principal: { AWS: home }, Condition: { StringEquals: { [name]: value } } }));
    const onlyNow = { Policy: when('aws:RequestTag/team', 'red'), Tags };
    assert.match(await refused(root(home), 'CreateKey', onlyNow), lockout);

    const { KeyMetadata } = await call(root(home), 'CreateKey', { MultiRegion: true });
    const replica = { KeyId: (KeyMetadata as { Arn: string }).Arn, ReplicaRegion: REGIONS[1] };
    const role = 'kms:MultiRegionKeyType';
    const asPrimary = { ...replica, Policy: when(role, 'PRIMARY') };
    assert.match(await refused(root(home), 'ReplicateKey', asPrimary), lockout);
    assert.equal(
      await refused(root(home), 'ReplicateKey', { ...replica, Policy: when(role, 'REPLICA') }),
      'allowed',
    );
  });

  it('refuse a key policy that asks for the key’s tags or aliases, and take it in IAM policies only', async () => {
    const refusal =
      'MalformedPolicyDocumentException: These condition keys are not permitted in a key policy: ' +
      'aws:ResourceTag, kms:ResourceTag, kms:ResourceAliases';
    for (const Condition of [
      { StringEquals: { 'aws:ResourceTag/team': 'red' } },
      { 'ForAnyValue:StringLike': { 'KMS:resourcealiases': 'alias/pay*' } },
    ]) {
      const own = allow({ Principal: { AWS: home } });
      const Policy = policy(own, allow({ Principal: { AWS: alice().arn }, Condition }));
      assert.equal(await refused(root(home), 'CreateKey', { Policy }), refusal);
      assert.equal(await refused(root(home), 'PutKeyPolicy', { KeyId: keyArn, Policy }), refusal);
    }
  });

  it('keep principals by their ids: shown by name while they are there, without rights for a namesake', async () => {
    const text = policy(allow({ Principal: { AWS: [home, alice().arn] } }));
    const { KeyMetadata } = await call(root(home), 'CreateKey', { Policy: text });
    const { Arn: KeyId } = KeyMetadata as { Arn: string };
    policies.clear();
    assert.equal((await call(alice(), 'GetKeyPolicy', { KeyId }))['Policy'], text);
    gone.add(alice().arn);
    const shown = (await call(root(home), 'GetKeyPolicy', { KeyId }))['Policy'];
    assert.equal(shown, text.replace(alice().arn, alice().userId));
    await denies({ ...alice(), userId: 'AIDANAMESAKE00000' }, 'DescribeKey', { KeyId });
    assert.match(
      await refused(root(home), 'PutKeyPolicy', { KeyId, Policy: text }),
      /MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals\./,
    );
    gone.clear();
  });

  describe('of another account', () => {
    const unknown = (arn: string): string =>
      arn.replace(/key\/.*/, 'key/11111111-2222-4333-8444-555555555555');
    const idOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

    it('see no difference between a key that is not there and one that they may not use', async () => {
      may(carol(), {});
      for (const name of ['DescribeKey', 'EnableKey', 'GetKeyPolicy', 'ListAliases'] as const) {
        const there = await refused(carol(), name, { KeyId: keyArn });
        assert.equal(there, await refused(carol(), name, { KeyId: unknown(keyArn) }), name);
        assert.match(
          there,
          /^AccessDeniedException: .* on this resource because the resource does not exist in this Region/,
        );
      }
      const aliasArn = keyArn.replace(/key\/.*/, 'alias/none');
      assert.match(await refused(carol(), 'DescribeKey', { KeyId: aliasArn }), /on this resource because/);
    });

    it('nor between ciphertexts of such keys', async () => {
      const { CiphertextBlob } = await call(root(home), 'Encrypt', { KeyId: keyArn, Plaintext });
      const blob = Buffer.from(CiphertextBlob as string, 'base64');
      blob[4] = (blob[4] as number) ^ 1;
      const there = await refused(carol(), 'Decrypt', { CiphertextBlob });
      const altered = blob.toString('base64');
      assert.equal(there, await refused(carol(), 'Decrypt', { CiphertextBlob: altered }));
      assert.match(there, /on the resource associated with this ciphertext because/);
      const KeyId = idOf(keyArn);
      const first = (Number.parseInt(KeyId.slice(0, 2), 16) ^ 1).toString(16).padStart(2, '0');
      const named = await refused(carol(), 'Decrypt', { CiphertextBlob, KeyId });
      const nobodys = { CiphertextBlob: altered, KeyId: first + KeyId.slice(2) };
      assert.equal(named, await refused(carol(), 'Decrypt', nobodys));
      assert.match(named, /on this resource because/);
    });

    it('nor when they name such a key to open a ciphertext with', async () => {
      const own = (await call(root(OTHER_ACCOUNT), 'CreateKey', {}))['KeyMetadata'] as { KeyId: string };
      const signing = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' };
      const { KeyMetadata } = await call(root(home), 'CreateKey', signing);
      const { CiphertextBlob } = await call(carol(), 'Encrypt', { KeyId: own.KeyId, Plaintext });
      const blobs = [CiphertextBlob, Buffer.from('no ciphertext').toString('base64')];
      for (const named of [keyArn, (KeyMetadata as { Arn: string }).Arn]) {
        for (const blob of blobs) {
          const denied = /^AccessDeniedException: .* on this resource because the resource does not exist/;
          const opening = { CiphertextBlob: blob, KeyId: named };
          const there = await refused(carol(), 'Decrypt', opening);
          assert.match(there, denied);
          assert.equal(there, await refused(carol(), 'Decrypt', { ...opening, KeyId: unknown(named) }));
          const again = { CiphertextBlob: blob, SourceKeyId: named, DestinationKeyId: own.KeyId };
          const from = await refused(carol(), 'ReEncrypt', again);
          assert.match(from, denied);
          assert.equal(from, await refused(carol(), 'ReEncrypt', { ...again, SourceKeyId: unknown(named) }));
        }
      }
    });

    it('nor when they retire a grant that is not there', async () => {
      const grant = { KeyId: keyArn, GrantId: '0'.repeat(64) };
      const there = await refused(carol(), 'RetireGrant', grant);
      assert.equal(there, await refused(carol(), 'RetireGrant', { ...grant, KeyId: unknown(keyArn) }));
      assert.match(there, /^AccessDeniedException: .* on this resource because the resource does not exist/);
    });

    it('use a key when both accounts allow it, by ARN or by the ciphertext alone, and only where AWS lets them', async () => {
      const text = policy(allow({ Principal: { AWS: [home, OTHER_ACCOUNT] } }));
      await call(root(home), 'PutKeyPolicy', { KeyId: keyArn, Policy: text });
      policies.clear();
      assert.match(
        await refused(carol(), 'DescribeKey', { KeyId: keyArn }),
        /because no identity-based policy allows/,
      );
      may(carol(), { Resource: keyArn });
      const { CiphertextBlob, KeyId } = await call(carol(), 'Encrypt', { KeyId: keyArn, Plaintext });
      assert.equal(KeyId, keyArn);
      assert.equal((await call(carol(), 'Decrypt', { CiphertextBlob }))['Plaintext'], Plaintext);
      const byId = { CiphertextBlob, KeyId: idOf(keyArn) };
      assert.equal((await call(carol(), 'Decrypt', byId))['Plaintext'], Plaintext);
      await denies(carol(), 'DisableKey', { KeyId: keyArn });
      await denies(carol(), 'PutKeyPolicy', { KeyId: keyArn, Policy: text });
    });
  });
});
