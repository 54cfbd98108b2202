/** Keys of an HSM cluster as external keys of others, through Claviger's own API against a whole Claviger. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { IAMClient } from '@aws-sdk/client-iam';
import {
  CreateKeyCommand,
  DisableKeyCommand,
  DisconnectCustomKeyStoreCommand,
  EnableKeyCommand,
  GetKeyLastUsageCommand,
} from '@aws-sdk/client-kms';
import type { KMSClient } from '@aws-sdk/client-kms';
import { createClavigerClient } from '../../console/src/aws/claviger-client.ts';
import type { Answered, ClavigerClient } from '../../console/src/aws/claviger-client.ts';
import type { TrailReport } from '../../src/reconcile/print.ts';
import { eventually, startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';
import { userWith } from './iam-clients.ts';

const COMMAND = fileURLToPath(new URL('../../bin/claviger', import.meta.url));
const WAIT_MS = 60_000;
const MESSAGE = Buffer.from('what AWS KMS encrypted before');

type Encrypted = Answered<'EncryptWithExternalKey'>;

describe('external keys on top of keys in HSMs', () => {
  let claviger: Claviger;
  let kms: KMSClient;
  let root: ClavigerClient;
  let keyId: string;
  let xksKeyId: string;

  const clientOf = (credentials: { accessKeyId: string; secretAccessKey: string }): ClavigerClient => {
    const { endpoint, region } = claviger.config();
    return createClavigerClient(endpoint, { region, credentials });
  };
  const settings = () => {
    const { endpoint, region, accessKeyId, secretAccessKey } = claviger.config();
    return { endpoint, region, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 8 };
  };
  const createKey = async (): Promise<string> => {
    const { customKeyStoreId: CustomKeyStoreId } = claviger.config();
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId }),
    );
    return KeyMetadata?.KeyId ?? '';
  };
  /** A user of the first account who may do this with all keys. */
  const user = async (UserName: string, Action: string[], Condition = {}): Promise<ClavigerClient> => {
    const iam = new IAMClient(settings());
    const key = await userWith(iam, UserName, { Effect: 'Allow', Action, Resource: '*', Condition });
    iam.destroy();
    return clientOf(key);
  };
  const base64 = (bytes: Buffer): string => bytes.toString('base64');
  const encrypt = (id = xksKeyId, data?: Buffer, by = root, message = MESSAGE): Promise<Encrypted> =>
    by.call('EncryptWithExternalKey', {
      XksKeyId: id,
      Plaintext: base64(message),
      ...(data !== undefined && { AdditionalAuthenticatedData: base64(data) }),
      OnBehalfOf: { KmsKeyArn: 'arn:aws:kms:us-west-2:111122223333:key/outer', Operation: 'Encrypt' },
    });
  const decrypt = async (message: Encrypted, id = xksKeyId, data?: Buffer, by = root): Promise<Buffer> => {
    const { Plaintext } = await by.call('DecryptWithExternalKey', {
      XksKeyId: id,
      ...message,
      ...(data !== undefined && { AdditionalAuthenticatedData: base64(data) }),
    });
    return Buffer.from(Plaintext, 'base64');
  };

  const lastUse = async (): Promise<string | undefined> =>
    (await kms.send(new GetKeyLastUsageCommand({ KeyId: keyId }))).KeyLastUsage?.Operation;

  before(async () => {
    claviger = await startClaviger();
    kms = claviger.client();
    root = clientOf(claviger.config());
    keyId = await createKey();
    xksKeyId = (await root.call('GenerateExternalKey', { KeyId: keyId })).XksKeyId;
  });
  after(async () => {
    kms?.destroy();
    await claviger?.remove();
  });

  it('are ids that KMS takes, and new each time', async () => {
    assert.match(xksKeyId, /^[a-zA-Z0-9-_.]{91}$/);
    assert.ok(xksKeyId.startsWith(`${keyId}.`));
    const another = await root.call('GenerateExternalKey', { KeyId: keyId });
    assert.notEqual(another.XksKeyId, xksKeyId);
    assert.match(another.KeyId, new RegExp(`:key/${keyId}$`));
    const { KeySpec, KeyUsage, Enabled } = await root.call('DescribeExternalKey', { XksKeyId: xksKeyId });
    assert.deepEqual([KeySpec, KeyUsage, Enabled], ['AES_256', ['ENCRYPT', 'DECRYPT'], true]);
  });

  it('open what they encrypted, in the sizes of the protocol', async () => {
    const lengths = (message: Encrypted): number[] =>
      [
        message.Ciphertext,
        message.CiphertextMetadata,
        message.InitializationVector,
        message.AuthenticationTag,
      ].map((text) => Buffer.from(text, 'base64').length);
    for (const [length, data] of [
      [1, undefined],
      [4300, randomBytes(8192)],
    ] as const) {
      const plaintext = randomBytes(length);
      const message = await encrypt(xksKeyId, data, root, plaintext);
      assert.deepEqual(lengths(message), [length, 17, 12, 16]);
      assert.deepEqual(await decrypt(message, xksKeyId, data), plaintext);
    }
  });

  it('open nothing that was altered, or belongs to other data or another key', async () => {
    const data = Buffer.from('associated data');
    const message = await encrypt(xksKeyId, data);
    const rejected = async (wrong: Partial<Encrypted>, id = xksKeyId, with_ = data): Promise<void> =>
      assert.rejects(decrypt({ ...message, ...wrong }, id, with_), { name: 'InvalidCiphertextException' });
    for (const [part, text] of Object.entries(message)) {
      const bytes = Buffer.from(text, 'base64');
      for (const at of [0, bytes.length - 1]) {
        const altered = Buffer.from(bytes);
        altered.writeUInt8(altered.readUInt8(at) ^ 1, at);
        await rejected({ [part]: base64(altered) });
      }
    }
    await rejected({ CiphertextMetadata: base64(randomBytes(20)) });
    await rejected({ InitializationVector: base64(randomBytes(16)) });
    await rejected({}, xksKeyId, Buffer.from('other data'));
    await rejected({}, (await root.call('GenerateExternalKey', { KeyId: keyId })).XksKeyId);
    assert.deepEqual(await decrypt(message, xksKeyId, data), MESSAGE);
  });

  it('are not there for ids that no HSM has given', async () => {
    const [, wrapped = ''] = xksKeyId.split('.');
    const flipped = `${keyId}.${wrapped.startsWith('A') ? 'B' : 'A'}${wrapped.slice(1)}`;
    const sameBytes = xksKeyId.slice(0, -1) + String.fromCharCode(xksKeyId.charCodeAt(90) + 1);
    for (const id of [
      flipped,
      sameBytes,
      `${await createKey()}.${wrapped}`,
      `00000000-0000-4000-8000-000000000000.${wrapped}`,
      keyId,
      'key-1',
    ]) {
      await assert.rejects(encrypt(id), { name: 'NotFoundException' }, id);
      await assert.rejects(
        root.call('DescribeExternalKey', { XksKeyId: id }),
        { name: 'NotFoundException' },
        id,
      );
    }
    await assert.rejects(encrypt('no key!'), { name: 'ValidationException' });
    await assert.rejects(encrypt(xksKeyId, undefined, root, Buffer.alloc(0)), {
      name: 'ValidationException',
    });
    await assert.rejects(encrypt(xksKeyId, undefined, root, Buffer.alloc(4301)), {
      name: 'ValidationException',
    });
  });

  it('are made on top of keys in HSMs only', async () => {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    await assert.rejects(root.call('GenerateExternalKey', { KeyId: KeyMetadata?.KeyId ?? '' }), {
      name: 'UnsupportedOperationException',
    });
    const { KeyId = '' } = KeyMetadata ?? {};
    await kms.send(new DisableKeyCommand({ KeyId }));
    const onBuiltIn = `${KeyId}.${xksKeyId.split('.')[1]}`;
    await assert.rejects(root.call('DescribeExternalKey', { XksKeyId: onBuiltIn }), {
      name: 'UnsupportedOperationException',
    });
    await assert.rejects(root.call('GenerateExternalKey', { KeyId: 'alias/none' }), {
      name: 'InvalidArnException',
    });
  });

  it('can be used by whoever the KMS key lets, and by nobody else', async () => {
    const encrypts = await user('encrypts', ['kms:Encrypt', 'kms:DescribeKey']);
    const decrypts = await user('decrypts', ['kms:Decrypt'], {
      StringEquals: { 'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT', 'kms:KeyOrigin': 'AWS_CLOUDHSM' },
    });
    const nothing = await user('nothing', ['claviger:*']);
    const message = await encrypt(xksKeyId, undefined, encrypts);
    assert.deepEqual(await decrypt(message, xksKeyId, undefined, decrypts), MESSAGE);
    await encrypts.call('DescribeExternalKey', { XksKeyId: xksKeyId });
    const denied: [() => Promise<unknown>, string][] = [
      [() => decrypt(message, xksKeyId, undefined, encrypts), 'kms:Decrypt'],
      [() => encrypt(xksKeyId, undefined, decrypts), 'kms:Encrypt'],
      [() => nothing.call('DescribeExternalKey', { XksKeyId: xksKeyId }), 'kms:DescribeKey'],
      [() => nothing.call('GenerateExternalKey', { KeyId: keyId }), 'kms:GenerateDataKeyWithoutPlaintext'],
    ];
    for (const [call, action] of denied)
      await assert.rejects(call(), {
        name: 'AccessDeniedException',
        message: new RegExp(`not authorized to perform: ${action} on resource: .*${keyId}`),
      });
    const account = spawnSync(COMMAND, ['account', 'create', '--json', '--data', claviger.dataDir], {
      encoding: 'utf8',
    });
    const stranger = clientOf(JSON.parse(account.stdout) as never);
    await assert.rejects(decrypt(message, xksKeyId, undefined, stranger), { name: 'NotFoundException' });
    const { KeyId: arn } = await root.call('GenerateExternalKey', { KeyId: keyId });
    const missing = arn.replace(keyId, '00000000-0000-4000-8000-000000000000');
    for (const foreign of [arn, missing]) {
      // which of them is there is nothing that a stranger learns
      await assert.rejects(stranger.call('GenerateExternalKey', { KeyId: foreign }), {
        name: 'AccessDeniedException',
      });
      const { Errors } = await stranger.call('DescribeKeys', { KeyIds: [foreign] });
      assert.equal(Errors[0]?.Code, 'AccessDeniedException');
    }
  });

  it('go on without one of the HSMs', async () => {
    const message = await encrypt();
    const [pid = 0] = Object.values(claviger.config().pids.hsm);
    process.kill(pid, 'SIGKILL');
    assert.deepEqual(await decrypt(message), MESSAGE);
    assert.deepEqual(await decrypt(await encrypt()), MESSAGE);
  });

  it('count as uses of the KMS key, in both audit trails', async () => {
    await encrypt();
    const used = 20; // or more, by all before this
    assert.equal(await lastUse(), 'Encrypt');
    const trail = new CloudTrailClient(settings());
    const event = await eventually(WAIT_MS, 'the use in the event history', async () => {
      const { Events } = await trail.send(
        new LookupEventsCommand({
          LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'EncryptWithExternalKey' }],
        }),
      );
      const found = (Events ?? []).map(
        ({ CloudTrailEvent = '{}' }) => JSON.parse(CloudTrailEvent) as Record<string, unknown>,
      );
      return found.find(({ errorCode }) => errorCode === undefined);
    });
    trail.destroy();
    assert.deepEqual(event['requestParameters'], {
      xksKeyId,
      onBehalfOf: { kmsKeyArn: 'arn:aws:kms:us-west-2:111122223333:key/outer', operation: 'Encrypt' },
    });
    assert.deepEqual(event['additionalEventData'], { customKeyStoreId: claviger.config().customKeyStoreId });
    assert.match((event['resources'] as { ARN: string }[])[0]?.ARN ?? '', new RegExp(`:key/${keyId}$`));

    const reconcile = ['audit', 'reconcile', '--json', '--margin', '2', '--data', claviger.dataDir];
    const report = await eventually(WAIT_MS, 'both trails in step', async () => {
      const { stdout } = spawnSync(COMMAND, reconcile, { encoding: 'utf8' });
      const told = JSON.parse(stdout) as TrailReport;
      const undecided = told.uses < used || told.outcome === 'undecided'; // logs of HSMs come in by and by
      return undecided && told.findings.length === 0 ? undefined : told;
    });
    assert.equal(report.outcome, 'agree', JSON.stringify(report));
  });

  it('stop with their KMS key and its key store, and stay', async () => {
    const message = await encrypt();
    await kms.send(new DisableKeyCommand({ KeyId: keyId }));
    assert.equal((await root.call('DescribeExternalKey', { XksKeyId: xksKeyId })).Enabled, false);
    await assert.rejects(decrypt(message), { name: 'DisabledException' });
    await assert.rejects(root.call('GenerateExternalKey', { KeyId: keyId }), { name: 'DisabledException' });
    await kms.send(new EnableKeyCommand({ KeyId: keyId }));
    assert.deepEqual(await decrypt(message), MESSAGE);
    await claviger.kill(); // the last use is known from the journal
    await claviger.resume();
    root = clientOf(claviger.config());
    kms.destroy();
    kms = claviger.client();
    assert.equal(await lastUse(), 'Decrypt');
    assert.deepEqual(await decrypt(message), MESSAGE);
    const { customKeyStoreId: CustomKeyStoreId } = claviger.config();
    await kms.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId }));
    await assert.rejects(decrypt(message), { name: 'KMSInvalidStateException' });
  });
});
