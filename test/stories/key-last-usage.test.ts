/** GetKeyLastUsage through the official SDK: what counts as a use, what is told of it, and that a crash loses none. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  CreateKeyCommand,
  DecryptCommand,
  DeriveSharedSecretCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncapsulateCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyPairCommand,
  GenerateDataKeyPairWithoutPlaintextCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateMacCommand,
  GetKeyLastUsageCommand,
  GetPublicKeyCommand,
  ReEncryptCommand,
  ReplicateKeyCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
  VerifyCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import type { CreateKeyCommandInput, GetKeyLastUsageResponse, KMSClient } from '@aws-sdk/client-kms';
import { completeMultiRegionChanges } from '../../src/jobs/multi-region.ts';
import { deleteDueKeys } from '../../src/jobs/key-deletion.ts';
import { LastUsages } from '../../src/services/kms/last-usage.ts';
import { startClockedServer } from './clocked-server.ts';
import type { ClockedServer } from './clocked-server.ts';
import { refusal } from './refusal.ts';

const MESSAGE = Buffer.from('hello');
const DAY_MS = 86_400_000;

describe('the last use of a key', () => {
  let server: ClockedServer;
  let kms: KMSClient;

  const newKey = async (input: CreateKeyCommandInput = {}): Promise<string> =>
    (await kms.send(new CreateKeyCommand(input))).KeyMetadata?.Arn ?? '';
  const usageOf = async (KeyId: string, client = kms): Promise<GetKeyLastUsageResponse> => {
    const { $metadata: _metadata, ...usage } = await client.send(new GetKeyLastUsageCommand({ KeyId }));
    return usage;
  };
  const lastOperation = async (KeyId: string): Promise<string | undefined> =>
    (await usageOf(KeyId)).KeyLastUsage?.Operation;
  /** What the next start would find after a crash now: the database and the journal, and no memory. */
  const afterCrash = (): Promise<LastUsages> =>
    LastUsages.open({
      ...{ db: server.kms.db, clock: server.kms.clock, journalDir: join(server.dataDir, 'audit') },
      ...{ writerId: 'server-1', position: () => assert.fail('a start asks for no position') },
    });

  before(async () => {
    server = await startClockedServer();
    kms = server.client('us-east-1');
  });
  after(() => server.remove());

  it('is not there for a key that was never used, tracked since it was made', async () => {
    const KeyId = await newKey();
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
    assert.deepEqual(await usageOf(KeyId), {
      KeyId,
      TrackingStartDate: KeyMetadata?.CreationDate,
      KeyCreationDate: KeyMetadata?.CreationDate,
    });
  });

  it('names the operation, its time, its request, and its event in the audit trail', async () => {
    const KeyId = await newKey();
    const { $metadata } = await kms.send(new EncryptCommand({ KeyId, Plaintext: MESSAGE }));
    const { KeyLastUsage } = await usageOf(KeyId);
    const event = (await server.events()).find(({ requestID }) => requestID === $metadata.requestId);
    assert.ok(event);
    assert.deepEqual(KeyLastUsage, {
      Operation: 'Encrypt',
      Timestamp: new Date(event.eventTime),
      CloudTrailEventId: event.eventID,
      KmsRequestId: $metadata.requestId,
    });
  });

  it('is any of the operations that the API lists', async () => {
    const KeyId = await newKey();
    const hmac = await newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    const signing = await newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    const agreement = await newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' });
    const check = async (key: string, operation: string): Promise<void> =>
      assert.equal(await lastOperation(key), operation);
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: MESSAGE }));
    await check(KeyId, 'Encrypt');
    await kms.send(new DecryptCommand({ CiphertextBlob }));
    await check(KeyId, 'Decrypt');
    await kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));
    await check(KeyId, 'GenerateDataKey');
    await kms.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId, KeySpec: 'AES_256' }));
    await check(KeyId, 'GenerateDataKeyWithoutPlaintext');
    await kms.send(new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256' }));
    await check(KeyId, 'GenerateDataKeyPair');
    await kms.send(new GenerateDataKeyPairWithoutPlaintextCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256' }));
    await check(KeyId, 'GenerateDataKeyPairWithoutPlaintext');
    const mac = { KeyId: hmac, Message: MESSAGE, MacAlgorithm: 'HMAC_SHA_256' } as const;
    const { Mac } = await kms.send(new GenerateMacCommand(mac));
    await check(hmac, 'GenerateMac');
    await kms.send(new VerifyMacCommand({ ...mac, Mac }));
    await check(hmac, 'VerifyMac');
    const signature = { KeyId: signing, Message: MESSAGE, SigningAlgorithm: 'ECDSA_SHA_256' } as const;
    const { Signature } = await kms.send(new SignCommand(signature));
    await check(signing, 'Sign');
    await kms.send(new VerifyCommand({ ...signature, Signature }));
    await check(signing, 'Verify');
    const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId: agreement }));
    await kms.send(
      new DeriveSharedSecretCommand({ KeyId: agreement, KeyAgreementAlgorithm: 'ECDH', PublicKey }),
    );
    await check(agreement, 'DeriveSharedSecret');
  });

  it('is of both keys when a ciphertext is encrypted anew', async () => {
    const [source, destination] = [await newKey(), await newKey()];
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: source, Plaintext: MESSAGE }));
    await kms.send(new ReEncryptCommand({ CiphertextBlob, DestinationKeyId: destination }));
    const [one, other] = [await usageOf(source), await usageOf(destination)];
    assert.equal(one.KeyLastUsage?.Operation, 'ReEncrypt');
    assert.deepEqual(one.KeyLastUsage, other.KeyLastUsage);
  });

  it('is no call that failed, only tried, or looked at the key or changed it', async () => {
    const KeyId = await newKey();
    const asymmetric = await newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    const kem = await newKey({ KeySpec: 'ML_KEM_512', KeyUsage: 'ENCAPSULATE_DECAPSULATE' });
    await refusal(kms.send(new EncryptCommand({ KeyId, Plaintext: MESSAGE, DryRun: true })));
    await refusal(kms.send(new SignCommand({ KeyId, Message: MESSAGE, SigningAlgorithm: 'ECDSA_SHA_256' })));
    await kms.send(new DisableKeyCommand({ KeyId }));
    await refusal(kms.send(new EncryptCommand({ KeyId, Plaintext: MESSAGE })));
    await kms.send(new DescribeKeyCommand({ KeyId }));
    await kms.send(new GetPublicKeyCommand({ KeyId: asymmetric }));
    await kms.send(new EncapsulateCommand({ KeyId: kem, EncapsulationAlgorithm: 'ML_KEM' }));
    for (const key of [KeyId, asymmetric, kem]) assert.equal(await lastOperation(key), undefined);
  });

  it('is told of keys in every state, by id or ARN, and not by alias', async () => {
    const KeyId = await newKey();
    await kms.send(new EncryptCommand({ KeyId, Plaintext: MESSAGE }));
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId }));
    assert.equal(await lastOperation(KeyId.slice(KeyId.lastIndexOf('/') + 1)), 'Encrypt');
    const { name, message } = await refusal(kms.send(new GetKeyLastUsageCommand({ KeyId: 'alias/x' })));
    assert.deepEqual(
      [name, message],
      ['InvalidArnException', 'Key Aliases are not supported for this operation.'],
    );
    const missing = KeyId.replace(/[^/]+$/, '00000000-0000-4000-8000-000000000000');
    const unknown = await refusal(kms.send(new GetKeyLastUsageCommand({ KeyId: missing })));
    assert.deepEqual(
      [unknown.name, unknown.message],
      ['NotFoundException', `Key '${missing}' does not exist`],
    );
  });

  it('is kept apart for each of several related multi-Region keys', async () => {
    const KeyId = await newKey({ MultiRegion: true });
    await kms.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: 'eu-west-1' }));
    await completeMultiRegionChanges(server.kms);
    const replica = KeyId.replace('us-east-1', 'eu-west-1');
    const europe = server.client('eu-west-1');
    await europe.send(new EncryptCommand({ KeyId: replica, Plaintext: MESSAGE }));
    assert.equal((await usageOf(replica, europe)).KeyLastUsage?.Operation, 'Encrypt');
    assert.equal(await lastOperation(KeyId), undefined);
  });

  it('is the same after it was written down, and a later use comes before it', async () => {
    const KeyId = await newKey();
    await kms.send(new EncryptCommand({ KeyId, Plaintext: MESSAGE }));
    const before = await usageOf(KeyId);
    await server.kms.lastUsages.flush();
    assert.deepEqual(await usageOf(KeyId), before);
    await kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));
    assert.equal(await lastOperation(KeyId), 'GenerateDataKey');
    await server.kms.lastUsages.flush();
    assert.equal(await lastOperation(KeyId), 'GenerateDataKey');
  });

  it('is not lost by a crash: what was not written down is taken up from the journal', async () => {
    const keys = [await newKey(), await newKey(), await newKey()] as const;
    const [written, both, journaled] = keys;
    for (const KeyId of [written, both]) await kms.send(new EncryptCommand({ KeyId, Plaintext: MESSAGE }));
    await server.kms.lastUsages.flush();
    for (const KeyId of [both, journaled])
      await kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));
    await refusal(kms.send(new EncryptCommand({ KeyId: journaled, Plaintext: MESSAGE, DryRun: true })));
    const found = await afterCrash();
    for (const KeyId of keys) {
      const { operation, eventId, requestId, time } = (await found.of(KeyId)) ?? {};
      const known = (await usageOf(KeyId)).KeyLastUsage;
      assert.deepEqual(
        [operation, eventId, requestId, time],
        [known?.Operation, known?.CloudTrailEventId, known?.KmsRequestId, Number(known?.Timestamp)],
      );
    }
    assert.equal(found.trackingSince, server.kms.lastUsages.trackingSince);
  });

  it('goes with its key', async () => {
    const KeyId = await newKey();
    await kms.send(new EncryptCommand({ KeyId, Plaintext: MESSAGE }));
    await server.kms.lastUsages.flush();
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    server.pass(8 * DAY_MS);
    await deleteDueKeys(server.kms);
    server.pass(-8 * DAY_MS);
    assert.equal(await server.kms.lastUsages.of(KeyId), undefined);
    server.kms.lastUsages.note(KeyId, { operation: 'Encrypt', time: 0, eventId: '', requestId: '' });
    await server.kms.lastUsages.flush();
    assert.equal(await server.kms.lastUsages.of(KeyId), undefined, 'a use that was noted late');
  });

  it('is recorded as looked at', async () => {
    const KeyId = await newKey();
    await usageOf(KeyId);
    const event = (await server.events()).filter(({ eventName }) => eventName === 'GetKeyLastUsage').at(-1);
    assert.deepEqual(
      [event?.requestParameters, event?.responseElements, event?.readOnly, event?.resources],
      [{ keyId: KeyId }, null, true, [{ accountId: server.accountId, type: 'AWS::KMS::Key', ARN: KeyId }]],
    );
  });
});
