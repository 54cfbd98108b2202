/**
 * Request quotas through the official SDK. The rates are so low that no machine is slow enough to see a bucket refill: each
 * quota lets one request through.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyPairWithoutPlaintextCommand,
  GenerateMacCommand,
  GenerateRandomCommand,
  GetKeyLastUsageCommand,
  KMSClient,
  ListKeysCommand,
  ReEncryptCommand,
  ReplicateKeyCommand,
  SignCommand,
} from '@aws-sdk/client-kms';
import type { CreateKeyCommandInput } from '@aws-sdk/client-kms';
import { CreateAccessKeyCommand, CreateUserCommand } from '@aws-sdk/client-iam';
import { completeMultiRegionChanges } from '../../src/jobs/multi-region.ts';
import { REGIONS, startClockedServer } from './clocked-server.ts';
import type { ClockedServer } from './clocked-server.ts';
import { clientsOf } from './iam-clients.ts';
import { refusal } from './refusal.ts';

const ONE = 0.001;
const MESSAGE = Buffer.from('hello');

describe('request quotas', () => {
  let server: ClockedServer;
  const clients = new Map<string, KMSClient>();
  const [east, west, europe] = REGIONS;

  const client = (region: string): KMSClient => clients.get(region) as KMSClient;
  const newKey = async (region: string, input: CreateKeyCommandInput = {}): Promise<string> =>
    (await client(region).send(new CreateKeyCommand(input))).KeyMetadata?.Arn ?? '';
  const isThrottled = async (call: Promise<unknown>): Promise<void> => {
    const { name, message, $metadata } = await refusal(call);
    assert.deepEqual(
      [name, $metadata.httpStatusCode, message],
      [
        'ThrottlingException',
        400,
        'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
      ],
    );
  };

  before(async () => {
    const operations = `{ ListKeys: ${ONE}, DescribeKey: ${ONE}, CreateAlias: ${ONE}, CreateKey: 100 }`;
    const pairs = `{ ECC_NIST_P256: ${ONE} }`;
    server = await startClockedServer(
      undefined,
      `requestQuotas: { symmetric: ${ONE}, rsa: ${ONE}, ecc: ${ONE}, dataKeyPairs: ${pairs}, operations: ${operations} }`,
    );
    for (const region of REGIONS) clients.set(region, server.client(region));
  });
  after(() => server.remove());

  it('refuse what is too much of an operation, and leave other operations and Regions alone', async () => {
    const kms = client(east);
    await kms.send(new ListKeysCommand());
    await isThrottled(kms.send(new ListKeysCommand()));
    await client(west).send(new ListKeysCommand());
    const KeyId = await newKey(east);
    await kms.send(new DescribeKeyCommand({ KeyId }));
    await isThrottled(kms.send(new DescribeKeyCommand({ KeyId })));
  });

  it('are looked at before the key is, and before what the caller may do with it', async () => {
    const kms = client(europe);
    const alias = { AliasName: 'alias/throttled', TargetKeyId: await newKey(europe) };
    await kms.send(new CreateAliasCommand(alias));
    await isThrottled(
      kms.send(new CreateAliasCommand({ AliasName: 'alias/other', TargetKeyId: 'nonsense' })),
    );
  });

  it('are shared by all uses of symmetric and HMAC keys, and of the random source', async () => {
    const kms = client(east);
    const KeyId = await newKey(east);
    const hmac = await newKey(east, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: MESSAGE }));
    await isThrottled(kms.send(new EncryptCommand({ KeyId, Plaintext: MESSAGE })));
    await isThrottled(kms.send(new DecryptCommand({ CiphertextBlob })));
    await isThrottled(kms.send(new ReEncryptCommand({ CiphertextBlob, DestinationKeyId: KeyId })));
    await isThrottled(kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' })));
    await isThrottled(
      kms.send(new GenerateMacCommand({ KeyId: hmac, Message: MESSAGE, MacAlgorithm: 'HMAC_SHA_256' })),
    );
    await isThrottled(kms.send(new GenerateRandomCommand({ NumberOfBytes: 8 })));
    const { KeyLastUsage } = await kms.send(new GetKeyLastUsageCommand({ KeyId }));
    assert.equal(KeyLastUsage?.Operation, 'Encrypt', 'what was refused is no use of the key');
  });

  it('are others for elliptic curves, RSA and data key pairs', async () => {
    const kms = client(east);
    const signing = { KeyUsage: 'SIGN_VERIFY' } as const;
    const ecc = await newKey(east, { KeySpec: 'ECC_NIST_P256', ...signing });
    const rsa = await newKey(east, { KeySpec: 'RSA_2048', ...signing });
    const KeyId = await newKey(east);
    const calls = [
      () => kms.send(new SignCommand({ KeyId: ecc, Message: MESSAGE, SigningAlgorithm: 'ECDSA_SHA_256' })),
      () =>
        kms.send(new SignCommand({ KeyId: rsa, Message: MESSAGE, SigningAlgorithm: 'RSASSA_PSS_SHA_256' })),
      () => kms.send(new GenerateDataKeyPairWithoutPlaintextCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256' })),
    ];
    for (const call of calls) await call();
    for (const call of calls) await isThrottled(call());
    await kms.send(new GenerateDataKeyPairWithoutPlaintextCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P384' }));
  });

  it('do not count requests whose signature is wrong', async () => {
    const { accessKeyId } = await client(west).config.credentials();
    const credentials = { accessKeyId, secretAccessKey: 'not the secret' };
    const stranger = new KMSClient({
      endpoint: server.endpoint,
      region: europe,
      credentials,
      maxAttempts: 1,
    });
    const { name } = await refusal(stranger.send(new ListKeysCommand()));
    assert.equal(name, 'InvalidSignatureException');
    stranger.destroy();
    await client(europe).send(new ListKeysCommand());
    await isThrottled(client(europe).send(new ListKeysCommand()));
  });

  it('put what they refuse on record', async () => {
    const events = await server.events();
    const refused = events.filter(({ errorCode }) => errorCode === 'ThrottlingException');
    assert.ok(refused.some(({ eventName }) => eventName === 'Decrypt'));
    assert.ok(refused.every(({ responseElements }) => responseElements === null));
  });
});

describe('the request quota of a custom key store', () => {
  it('is used by those alone who may use its keys', async () => {
    const quotas = `requestQuotas: { customKeyStore: ${ONE} }`;
    const server = await startClockedServer(undefined, quotas);
    const [region] = REGIONS;
    const kms = server.client(region);
    const { KeyMetadata } = await kms.send(new CreateKeyCommand());
    const KeyId = KeyMetadata?.Arn ?? '';
    const storeId = 'cks-0123456789abcdef0';
    await server.kms.db
      .transaction()
      .execute((tx) => server.kms.catalog.change(tx, KeyId, () => ({ custom_key_store_id: storeId })));
    server.kms.catalog.forget(KeyId);
    const root = clientsOf(server.endpoint, server.root, region);
    await root.iam.send(new CreateUserCommand({ UserName: 'nobody' }));
    const { AccessKey } = await root.iam.send(new CreateAccessKeyCommand({ UserName: 'nobody' }));
    const nobody = clientsOf(
      server.endpoint,
      { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' },
      region,
    );
    try {
      const nameOf = async (call: Promise<unknown>): Promise<string> => (await refusal(call)).name;
      const use = (client: KMSClient) =>
        nameOf(client.send(new EncryptCommand({ KeyId, Plaintext: MESSAGE })));
      const random = { NumberOfBytes: 8, CustomKeyStoreId: storeId };
      for (let n = 0; n < 3; n += 1) {
        assert.equal(await use(nobody.kms), 'AccessDeniedException');
        assert.equal(
          await nameOf(nobody.kms.send(new GenerateRandomCommand(random))),
          'AccessDeniedException',
        );
        assert.equal(
          await nameOf(kms.send(new GenerateRandomCommand(random))),
          'CustomKeyStoreNotFoundException',
        );
      }
      assert.equal(
        await use(kms),
        'KMSInvalidStateException',
        'there is no such store, but it was not throttled',
      );
      assert.equal(await use(kms), 'ThrottlingException');
    } finally {
      for (const client of [root, nobody, kms]) client.destroy();
      await server.remove();
    }
  });
});

describe('the request quota for new keys', () => {
  it('is used by replicas too, in the Region where they are made', async () => {
    const [east, west, europe] = REGIONS;
    const quotas = `requestQuotas: { operations: { CreateKey: ${ONE} } }`;
    const server = await startClockedServer(undefined, quotas);
    try {
      const throttled = async (call: Promise<unknown>): Promise<void> =>
        assert.equal((await refusal(call)).name, 'ThrottlingException');
      const kms = server.client(east);
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({ MultiRegion: true }));
      const KeyId = KeyMetadata?.Arn;
      await throttled(kms.send(new CreateKeyCommand()));
      await kms.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: west }));
      await completeMultiRegionChanges(server.kms);
      await throttled(server.client(west).send(new CreateKeyCommand()));
      await server.client(europe).send(new CreateKeyCommand());
      await throttled(kms.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: europe })));
    } finally {
      await server.remove();
    }
  });
});
