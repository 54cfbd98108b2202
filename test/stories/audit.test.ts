/**
 * Two trails: every call is one CloudTrail event in the journal, with the members that AWS publishes for it and no secret;
 * every use of a key in an HSM is one record in the HSMs' own logs, with the request id of the call that it belongs to.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as sdk from '@aws-sdk/client-kms';
import type { KMSClient, KeyMetadata } from '@aws-sdk/client-kms';
import { connectHsm } from '../../src/hsm-client/connect.ts';
import { verifyHsmLog } from '../../src/hsm-log/verify.ts';
import { createLogReader } from '../../src/hsm/log-reader.ts';
import type { HsmLogEntry } from '../../src/rpc/hsm-messages.ts';
import { eventually, newDataDir, startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';
import { COMPARED_IN } from './event-shape.ts';

const COMMAND = fileURLToPath(new URL('../../bin/claviger', import.meta.url));

type Members = Record<string, unknown>;

/** A CloudTrail record, by the members that differ from call to call. */
interface Event extends Members {
  eventName: string;
  requestID?: string;
  eventID: string;
  requestParameters: Members | null;
  responseElements: Members | null;
  additionalEventData?: Members;
  errorCode?: string;
}

/** What the event of a call is to show. A RegExp stands for a text that only the event has. */
interface Wanted {
  readOnly: boolean;
  parameters: Members | null;
  answer?: Members | ((answer: Members) => Members);
  additional?: Members;
  /** ARNs of keys and aliases; left out where CloudTrail shows no list at all. */
  resources?: string[];
  error?: string;
}

interface Made {
  operation: string;
  requestId: string;
  /** Of the error, when the call was refused. */
  message: string | undefined;
  answer: Members;
  wanted: Wanted;
}

const MATERIAL = /^[0-9a-f]{64}$/;
const BACKING_KEY = /^\{"keyHandle":"\d+","backingKeyId":"[0-9a-f]{32}"\}$/;
const BACKING_KEYS = /^\[\{"keyHandle":"\d+","backingKeyId":"[0-9a-f]{32}"\}\]$/;
const SYMMETRIC = 'SYMMETRIC_DEFAULT';

/** Verbs of a use in the HSM, by the operation. ReEncrypt within the HSMs is two uses. */
const USES: Readonly<Record<string, string[]>> = {
  ReEncrypt: ['Decrypt', 'Encrypt'],
  GenerateRandom: ['Random'],
};

/** `Nov 2, 2021, 11:25:25 PM`, UTC. */
function cloudTrailDate(date: Date): string {
  const text = date.toLocaleString('en-US', { timeZone: 'UTC', dateStyle: 'medium', timeStyle: 'medium' });
  return text.replace(/\u202f/g, ' ');
}

/** Metadata as CreateKey's event shows it. */
function shown(metadata: object): Members {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [
      name.charAt(0).toLowerCase() + name.slice(1),
      value instanceof Date ? cloudTrailDate(value) : (value as unknown),
    ]),
  );
}

describe('the audit trail', () => {
  let claviger: Claviger;
  let kms: KMSClient;
  let account: string;
  let region: string;
  let clusterId: string;
  let cks: string;
  let trustAnchor: string;
  const made: Made[] = [];
  let journal: Event[] = [];
  let hsmLogs: string[];
  let uses: HsmLogEntry[] = [];
  let forgedRequestId: string;
  /** Whatever must be in no event. */
  const secrets: Buffer[] = [];
  const password = `story${randomBytes(8).toString('hex')}`;

  const arn = (id: string): string =>
    `arn:aws:kms:${region}:${account}:${id.startsWith('alias/') ? id : `key/${id}`}`;

  /** Makes a call through the SDK and notes what its event is to show. @returns the answer; {} when it was refused */
  const make = async (operation: string, input: Members, wanted: Wanted): Promise<Members> => {
    const commands = sdk as unknown as Record<string, new (input: Members) => sdk.ListKeysCommand>;
    const Command = commands[`${operation}Command`] as new (input: Members) => sdk.ListKeysCommand;
    for (const value of [...Object.values(input)])
      if (value instanceof Uint8Array) secrets.push(Buffer.from(value));
    try {
      const { $metadata, ...answer } = await kms.send(new Command(input));
      assert.equal(wanted.error, undefined, `${operation} was expected to be refused`);
      made.push({ operation, requestId: $metadata.requestId ?? '', message: undefined, answer, wanted });
      const { PublicKey: _public, ...rest } = answer as Members; // which is no secret
      for (const value of Object.values(rest))
        if (value instanceof Uint8Array) secrets.push(Buffer.from(value));
      return answer;
    } catch (error) {
      if (!(error instanceof sdk.KMSServiceException)) throw error;
      assert.equal(error.name, wanted.error, `${operation}: ${error.message}`);
      const { requestId = '' } = error.$metadata;
      // an error without a message has its name for one in the SDK
      const message =
        error.message === error.name || error.message === 'UnknownError' ? undefined : error.message;
      made.push({ operation, requestId, message, answer: {}, wanted });
      return {};
    }
  };

  const newKey = async (input: sdk.CreateKeyCommandInput, additional?: Members): Promise<string> => {
    const { KeyMetadata: metadata } = await make('CreateKey', input as Members, {
      readOnly: false,
      parameters: {
        description: input.Description ?? '',
        origin: input.Origin ?? 'AWS_KMS',
        bypassPolicyLockoutSafetyCheck: false,
        customerMasterKeySpec: input.KeySpec ?? SYMMETRIC,
        keySpec: input.KeySpec ?? SYMMETRIC,
        keyUsage: input.KeyUsage ?? 'ENCRYPT_DECRYPT',
        multiRegion: false,
        tags: (input.Tags ?? []).map(shown),
        ...(input.CustomKeyStoreId !== undefined && { customKeyStoreId: input.CustomKeyStoreId }),
      },
      answer: ({ KeyMetadata }) => ({ keyMetadata: shown(KeyMetadata as object) }),
      ...(additional !== undefined && { additional }),
      resources: ['the new key'],
    });
    const { KeyId = '' } = metadata as KeyMetadata;
    (made.at(-1) as Made).wanted.resources = [arn(KeyId)];
    return KeyId;
  };

  const storeState = (wanted: string): Promise<unknown> =>
    eventually(15_000, `the key store ${wanted}`, async () => {
      const command = new sdk.DescribeCustomKeyStoresCommand({ CustomKeyStoreId: cks });
      const [store] = (await kms.send(command)).CustomKeyStores ?? [];
      trustAnchor = store?.TrustAnchorCertificate ?? '';
      return store?.ConnectionState === wanted ? true : undefined;
    });

  /** The crypto officer gives `kmsuser` the password that this test knows. */
  const setPassword = async (): Promise<void> => {
    const officer = JSON.parse(readFileSync(join(claviger.dataDir, 'operator', 'officer.json'), 'utf8')) as {
      user: string;
      password: string;
    };
    for (const hsmId of Object.keys(claviger.config().pids.hsm)) {
      const lines = readFileSync(join(claviger.dataDir, 'logs', `${hsmId}.log`), 'utf8')
        .trim()
        .split('\n');
      const entries = lines.map((line) => JSON.parse(line) as { msg: string; host: string; port: number });
      const { host, port } = entries.filter(({ msg }) => msg === 'ready').at(-1) as (typeof entries)[number];
      const hsm = await connectHsm({ hsmId, clusterId, host, port, trustAnchor, timeoutMs: 5_000 });
      await hsm.loginOfficer(officer.user, officer.password);
      await hsm.setUserPassword('kmsuser', password);
      hsm.close();
    }
  };

  /** The key store is taken apart and put together again. */
  const keyStoreCalls = async (): Promise<void> => {
    const of = { CustomKeyStoreId: cks };
    const onStore = (name: string, more: Partial<Wanted> = {}): Wanted => ({
      readOnly: false,
      additional: { customKeyStoreName: name, clusterId },
      ...more,
      parameters: { customKeyStoreId: cks, ...more.parameters },
    });
    await make('DescribeCustomKeyStores', of, { readOnly: true, parameters: { customKeyStoreId: cks } });
    const renaming = onStore('default-hsm', { parameters: { newCustomKeyStoreName: 'renamed' } });
    await make('UpdateCustomKeyStore', { ...of, NewCustomKeyStoreName: 'renamed' }, renaming);
    const inUse = onStore('renamed', { error: 'CustomKeyStoreInvalidStateException' });
    await make('UpdateCustomKeyStore', { ...of, KeyStorePassword: password }, inUse);
    await make('DisconnectCustomKeyStore', of, onStore('renamed'));
    await storeState('DISCONNECTED');
    await setPassword();
    await make('DeleteCustomKeyStore', of, onStore('renamed'));
    const anew = {
      CustomKeyStoreName: 'story',
      CloudHsmClusterId: clusterId,
      TrustAnchorCertificate: trustAnchor,
      KeyStorePassword: password,
    };
    const { CustomKeyStoreId } = await make('CreateCustomKeyStore', anew, {
      readOnly: false,
      parameters: { customKeyStoreName: 'story', clusterId },
      answer: (answer) => ({ customKeyStoreId: answer['CustomKeyStoreId'] }),
    });
    cks = CustomKeyStoreId as string;
    await make('ConnectCustomKeyStore', { CustomKeyStoreId }, onStore('story'));
    await storeState('CONNECTED');
  };

  const use = (key: string, parameters: Members, more: Partial<Wanted> = {}): Wanted => ({
    readOnly: true,
    parameters,
    resources: [arn(key)],
    ...more,
  });

  /** Symmetric cryptography with one key, and its moving into the HSMs. */
  const symmetricCalls = async (key: string, additional: Members, hsmKey: string): Promise<void> => {
    const EncryptionContext = { Department: 'Sales', 'aws:ebs:id': 'vol-1' };
    const encryptionContext = EncryptionContext;
    const Plaintext = Buffer.from(`plaintext ${randomBytes(12).toString('hex')}`);
    const algorithm = { encryptionAlgorithm: SYMMETRIC };
    const byName = { keyId: `alias/${key}`, ...algorithm, encryptionContext };
    const encrypt = { KeyId: `alias/${key}`, Plaintext, EncryptionContext };
    const { CiphertextBlob } = await make('Encrypt', encrypt, use(key, byName, { additional }));
    await make(
      'Decrypt',
      { CiphertextBlob, EncryptionContext },
      use(key, { ...algorithm, encryptionContext }, { additional }),
    );
    const named = { ...algorithm, keyId: key };
    await make(
      'Decrypt',
      { CiphertextBlob, KeyId: key },
      use(key, named, { additional, error: 'InvalidCiphertextException' }),
    );
    const spec = use(key, { keyId: key, keySpec: 'AES_256' }, { additional });
    await make('GenerateDataKey', { KeyId: key, KeySpec: 'AES_256' }, spec);
    const bytes = use(key, { keyId: key, numberOfBytes: 40, encryptionContext }, { additional });
    await make(
      'GenerateDataKeyWithoutPlaintext',
      { KeyId: key, NumberOfBytes: 40, EncryptionContext },
      bytes,
    );
    const move = {
      CiphertextBlob,
      SourceEncryptionContext: EncryptionContext,
      DestinationKeyId: hsmKey,
      DestinationEncryptionContext: { Level: '5' },
    };
    await make('ReEncrypt', move, {
      ...use(key, {
        sourceEncryptionAlgorithm: SYMMETRIC,
        sourceEncryptionContext: EncryptionContext,
        destinationKeyId: hsmKey,
        destinationEncryptionAlgorithm: SYMMETRIC,
        destinationEncryptionContext: { Level: '5' },
      }),
      additional: { customKeyStoreId: cks, ...(key !== hsmKey && { sourceKeyMaterialId: MATERIAL }) },
      resources: [arn(key), arn(hsmKey)],
    });
    const dryRun = use(key, { keyId: key, ...algorithm }, { error: 'DryRunOperationException' });
    await make('Encrypt', { KeyId: key, Plaintext, DryRun: true }, dryRun);
  };

  const asymmetricCalls = async (symmetricKey: string): Promise<void> => {
    const signing = await newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    const mac = await newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    const agreement = await newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' });
    const Message = Buffer.from(`message ${randomBytes(12).toString('hex')}`);
    const sign = { KeyId: signing, Message, SigningAlgorithm: 'ECDSA_SHA_256' };
    const signed = use(signing, { keyId: signing, messageType: 'RAW', signingAlgorithm: 'ECDSA_SHA_256' });
    const { Signature } = await make('Sign', sign, signed);
    await make('Verify', { ...sign, Signature }, signed);
    await make('GetPublicKey', { KeyId: signing }, use(signing, { keyId: signing }));
    const generateMac = { KeyId: mac, Message, MacAlgorithm: 'HMAC_SHA_256' };
    const { Mac } = await make(
      'GenerateMac',
      generateMac,
      use(mac, { keyId: mac, macAlgorithm: 'HMAC_SHA_256' }),
    );
    await make('VerifyMac', { ...generateMac, Mac }, use(mac, { keyId: mac, macAlgorithm: 'HMAC_SHA_256' }));
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const PublicKey = publicKey.export({ format: 'der', type: 'spki' });
    const agreed = use(agreement, { keyId: agreement, keyAgreementAlgorithm: 'ECDH' });
    await make('DeriveSharedSecret', { KeyId: agreement, KeyAgreementAlgorithm: 'ECDH', PublicKey }, agreed);
    for (const operation of ['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext']) {
      const parameters = {
        keyId: symmetricKey,
        keyPairSpec: 'ECC_NIST_P256',
        encryptionContext: { Project: 'Alpha' },
      };
      const input = {
        KeyId: symmetricKey,
        KeyPairSpec: 'ECC_NIST_P256',
        EncryptionContext: { Project: 'Alpha' },
      };
      await make(
        operation,
        input,
        use(symmetricKey, parameters, { additional: { keyMaterialId: MATERIAL } }),
      );
    }
  };

  /** Everything that is done to keys and their names. */
  const managementCalls = async (key: string, other: string): Promise<void> => {
    const aliasCall = async (
      operation: string,
      TargetKeyId: string | undefined,
      keys: string[],
    ): Promise<void> => {
      const AliasName = 'alias/moving';
      const parameters = {
        aliasName: AliasName,
        ...(TargetKeyId !== undefined && { targetKeyId: TargetKeyId }),
      };
      const resources = [arn(AliasName), ...keys.map(arn)];
      await make(operation, { AliasName, TargetKeyId }, { readOnly: false, parameters, resources });
    };
    await aliasCall('CreateAlias', other, [other]);
    await aliasCall('UpdateAlias', key, [key, other]);
    await aliasCall('DeleteAlias', undefined, [key]);
    const all = { readOnly: true, resources: [] };
    await make('ListAliases', {}, { ...all, parameters: { limit: null, marker: null } });
    await make('ListKeys', { Limit: 7 }, { ...all, parameters: { limit: 7 } });

    const KeyId = key;
    const change = (operation: string, more: Members = {}, parameters: Members = {}): Promise<Members> =>
      make(
        operation,
        { KeyId, ...more },
        {
          readOnly: false,
          parameters: { keyId: key, ...parameters },
          answer: { keyId: arn(key) },
          resources: [arn(key)],
        },
      );
    await change(
      'TagResource',
      { Tags: [{ TagKey: 'a', TagValue: 'b' }] },
      { tags: [{ tagKey: 'a', tagValue: 'b' }] },
    );
    await change('UntagResource', { TagKeys: ['a'] }, { tagKeys: ['a'] });
    await change('UpdateKeyDescription', { Description: 'new words' }, { description: 'new words' });
    const Principal = { AWS: `arn:aws:iam::${account}:root` };
    const Statement = [{ Effect: 'Allow', Principal, Action: 'kms:*', Resource: '*' }];
    const policy = JSON.stringify({ Version: '2012-10-17', Statement });
    const put = { policyName: 'default', policy, bypassPolicyLockoutSafetyCheck: false };
    await change('PutKeyPolicy', { Policy: policy }, put);
    for (const operation of ['DescribeKey', 'ListKeyPolicies', 'ListResourceTags']) {
      await make(operation, { KeyId }, use(key, { keyId: key }));
    }
    await make('GetKeyPolicy', { KeyId }, use(key, { keyId: key, policyName: 'default' }));
    await change('DisableKey');
    const disabled = use(key, { keyId: key, encryptionAlgorithm: SYMMETRIC }, { error: 'DisabledException' });
    await make('Encrypt', { KeyId, Plaintext: Buffer.from('under a disabled key') }, disabled);
    await change('EnableKey');
    await make(
      'ScheduleKeyDeletion',
      { KeyId, PendingWindowInDays: 7 },
      {
        readOnly: false,
        parameters: { keyId: key, pendingWindowInDays: 7 },
        answer: ({ DeletionDate }) => ({
          keyId: arn(key),
          keyState: 'PendingDeletion',
          deletionDate: cloudTrailDate(DeletionDate as Date),
          pendingWindowInDays: 7,
        }),
        additional: { customKeyStoreId: cks, clusterId, backingKeys: BACKING_KEYS },
        resources: [arn(key)],
      },
    );
    await change('CancelKeyDeletion');
    const nobody = { readOnly: true, parameters: { keyId: 'alias/nobody' }, error: 'NotFoundException' };
    await make('DescribeKey', { KeyId: 'alias/nobody' }, nobody);
    const tooLong = { readOnly: true, parameters: null, resources: [], error: 'ValidationException' };
    await make('Encrypt', { KeyId, Plaintext: Buffer.alloc(4097, 'long') }, tooLong);
  };

  before(async () => {
    claviger = await startClaviger({}, undefined, undefined, newDataDir());
    kms = claviger.client();
    ({ accountId: account, region, clusterId, customKeyStoreId: cks } = claviger.config());
    await keyStoreCalls();
    const builtin = await newKey({ Description: 'trail', Tags: [{ TagKey: 'team', TagValue: 'blue' }] });
    const hsm = await newKey({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: cks }, { backingKey: BACKING_KEY });
    for (const [key, additional] of [
      [builtin, { keyMaterialId: MATERIAL }],
      [hsm, { customKeyStoreId: cks }],
    ] as const) {
      await kms.send(new sdk.CreateAliasCommand({ AliasName: `alias/${key}`, TargetKeyId: key }));
      await symmetricCalls(key, additional, hsm);
    }
    await asymmetricCalls(builtin);
    const random = { readOnly: true, resources: [] };
    await make('GenerateRandom', { NumberOfBytes: 32 }, { ...random, parameters: null });
    const fromHsms = { ...random, parameters: { customKeyStoreId: cks } };
    await make('GenerateRandom', { NumberOfBytes: 32, CustomKeyStoreId: cks }, fromHsms);
    await managementCalls(hsm, builtin);

    const { endpoint, accessKeyId, secretAccessKey, pids } = claviger.config();
    const credentials = { accessKeyId, secretAccessKey: 'not the secret' };
    const forger = new sdk.KMSClient({ endpoint, region, credentials, maxAttempts: 1 });
    forgedRequestId = await forger.send(new sdk.ListKeysCommand({})).then(
      () => assert.fail('a forged request was served'),
      (error: sdk.KMSServiceException) => error.$metadata.requestId ?? '',
    );
    secrets.push(Buffer.from(secretAccessKey), Buffer.from(password));
    hsmLogs = Object.keys(pids.hsm).map((hsmId) => join(claviger.dataDir, 'hsm', hsmId, 'log'));
    await claviger.stop();
    const list = ['audit', 'list', '--json', '--data', claviger.dataDir];
    const { stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...list], { encoding: 'utf8' });
    assert.equal(stderr, '');
    journal = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Event);
    const logs = await Promise.all(hsmLogs.map((dir) => createLogReader(dir)(0, 5_000)));
    // two halves of a call may have been done in different HSMs
    uses = logs
      .flat()
      .filter(({ opcode }) => opcode === 'USE_KEY')
      .sort((a, b) => a.timeMicros - b.timeMicros);
  });
  after(() => claviger.remove());

  const eventsOf = (requestId: string): Event[] => journal.filter(({ requestID }) => requestID === requestId);
  /** The request id as the HSM's log has it. */
  const usesOf = (requestId: string): HsmLogEntry[] =>
    uses.filter((entry) => entry.use?.requestId === requestId.replaceAll('-', ''));

  it('has exactly one event for every call, refused ones included', () => {
    for (const { operation, requestId, wanted } of made) {
      assert.match(requestId, /^[0-9a-f-]{36}$/);
      const [event, ...more] = eventsOf(requestId);
      assert.ok(event !== undefined && more.length === 0, `${operation}: not one event`);
      assert.equal(event.eventName, operation);
      assert.equal(event.errorCode, wanted.error);
    }
    assert.equal(new Set(journal.map(({ eventID }) => eventID)).size, journal.length);
    const succeeded = made.filter(({ wanted }) => wanted.error === undefined);
    const compared = [...COMPARED_IN['audit.test.ts']];
    assert.deepEqual([...new Set(succeeded.map(({ operation }) => operation))].sort(), compared.sort());
  });

  it('shows parameters, answer, additional data and resources as AWS does', () => {
    for (const { operation, requestId, wanted, answer, message } of made) {
      const [event] = eventsOf(requestId) as [Event];
      const { additionalEventData: additional, resources, errorMessage } = event;
      const name = `${operation} ${wanted.error ?? ''}`;
      assert.equal(event['readOnly'], wanted.readOnly, name);
      assert.deepEqual(event.requestParameters, wanted.parameters, name);
      const elements = typeof wanted.answer === 'function' ? wanted.answer(answer) : (wanted.answer ?? null);
      assert.deepEqual(event.responseElements, elements, name);
      assert.deepEqual(
        Object.keys(additional ?? {}).sort(),
        Object.keys(wanted.additional ?? {}).sort(),
        name,
      );
      for (const [member, value] of Object.entries(wanted.additional ?? {})) {
        if (value instanceof RegExp) assert.match(additional?.[member] as string, value, name);
        else assert.deepEqual(additional?.[member], value, name);
      }
      const listed = wanted.resources?.map((ARN) => ({ accountId: account, type: 'AWS::KMS::Key', ARN }));
      assert.deepEqual(resources, listed, name);
      assert.equal(errorMessage, message, name);
    }
  });

  it('has the same envelope around each', () => {
    const { accessKeyId } = { accessKeyId: (journal[0]?.['userIdentity'] as Members)['accessKeyId'] };
    assert.match(accessKeyId as string, /^AKIA[A-Z2-7]{16}$/);
    for (const { requestId } of made) {
      const [event] = eventsOf(requestId) as [Event];
      const { eventVersion, eventSource, awsRegion, sourceIPAddress, eventType, eventCategory } = event;
      assert.deepEqual(
        { eventVersion, eventSource, awsRegion, sourceIPAddress, eventType, eventCategory },
        {
          eventVersion: '1.11',
          eventSource: 'kms.amazonaws.com',
          awsRegion: region,
          sourceIPAddress: '127.0.0.1',
          eventType: 'AwsApiCall',
          eventCategory: 'Management',
        },
      );
      assert.deepEqual(event['userIdentity'], {
        type: 'Root',
        principalId: account,
        arn: `arn:aws:iam::${account}:root`,
        accountId: account,
        accessKeyId,
      });
      assert.deepEqual([event['managementEvent'], event['recipientAccountId']], [true, account]);
      assert.match(event['eventTime'] as string, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      assert.match(event['userAgent'] as string, /^aws-sdk-js\//);
      assert.match(event.eventID, /^[0-9a-f-]{36}$/);
      assert.equal(event['tlsDetails'], undefined); // plain HTTP on loopback
    }
  });

  it('has no event for a request that was not authenticated', () => {
    assert.match(forgedRequestId, /^[0-9a-f-]{36}$/);
    assert.deepEqual(eventsOf(forgedRequestId), []);
  });

  it('holds no plaintext, ciphertext, signature, data key, password or secret', () => {
    const text = JSON.stringify(journal);
    assert.ok(secrets.length > 30);
    for (const secret of secrets) {
      for (const encoding of ['latin1', 'base64', 'hex'] as const) {
        assert.ok(!text.includes(secret.toString(encoding)), `an event holds a secret in ${encoding}`);
      }
    }
  });

  it('is proved unbroken by claviger audit verify', () => {
    const verify = spawnSync(process.execPath, [COMMAND, 'audit', 'verify', '--data', claviger.dataDir]);
    assert.equal(verify.status, 0, verify.stdout.toString());
  });

  it('is matched by logs of both HSMs that are unbroken', async () => {
    assert.equal(hsmLogs.length, 2);
    for (const dir of hsmLogs) {
      const verdict = await verifyHsmLog(dir);
      assert.ok(verdict.intact && verdict.entries > 0, JSON.stringify(verdict));
    }
  });

  it('has each use of a key in an HSM exactly once over both HSMs, under the id of its call', () => {
    // a call that DryRun or the key's state stopped has used no key
    const untouched = ['DryRunOperationException', 'DisabledException', 'ValidationException'];
    let expected = 0;
    for (const { operation, requestId, wanted } of made) {
      const cryptographic = wanted.readOnly && /crypt|DataKey|Random/.test(operation);
      const inHsm = wanted.additional?.['customKeyStoreId'] ?? wanted.parameters?.['customKeyStoreId'];
      const used = cryptographic && inHsm === cks && !untouched.includes(wanted.error ?? '');
      const verbs = used ? (USES[operation] ?? [operation]) : [];
      // from the built-in key store, only the second half is done in an HSM
      const wantedVerbs = wanted.additional?.['sourceKeyMaterialId'] === undefined ? verbs : verbs.slice(1);
      const records = usesOf(requestId);
      assert.deepEqual(
        records.map(({ use }) => use?.verb),
        wantedVerbs,
        `${operation} ${requestId}`,
      );
      if (wanted.error === undefined) assert.ok(records.every(({ response }) => response === 0));
      else assert.ok(records.every(({ response }) => response !== 0));
      expected += wantedVerbs.length;
    }
    assert.equal(expected, 9);
  });

  it('and no use of a key in an HSM without its event', () => {
    const known = new Set(journal.map(({ requestID }) => requestID?.replaceAll('-', '')));
    for (const { use } of uses) assert.ok(known.has(use?.requestId), `${use?.verb} ${use?.requestId}`);
    assert.equal(uses.length, 9);
  });

  it("shows connecting in the HSMs' logs as KMS's login and its change of the password", async () => {
    for (const dir of hsmLogs) {
      const entries = await createLogReader(dir)(0, 5_000);
      const byKms = entries.filter(({ userName }) => userName === 'kmsuser').map(({ opcode }) => opcode);
      const connects = byKms.filter((opcode) => opcode === 'CN_LOGIN' || opcode === 'CN_CHANGE_PSWD');
      // at the first start; the officer's change; at the connect of this story
      assert.deepEqual(connects, [
        'CN_LOGIN',
        'CN_CHANGE_PSWD',
        'CN_CHANGE_PSWD',
        'CN_LOGIN',
        'CN_CHANGE_PSWD',
      ]);
    }
  });
});
