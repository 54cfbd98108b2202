/** Several Regions behind one endpoint, as a user starts it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  KMSClient,
  ReplicateKeyCommand,
  UpdatePrimaryRegionCommand,
} from '@aws-sdk/client-kms';
import { servedRegions } from '../../src/supervisor/regions.ts';
import { eventually, startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';
import { refusal } from './refusal.ts';

describe('the Regions of an endpoint', () => {
  it('are the home Region and two more unless something else is said', () => {
    assert.deepEqual(servedRegions('us-east-1', undefined), ['us-east-1', 'us-west-2', 'eu-west-1']);
    assert.deepEqual(servedRegions('eu-west-1', undefined), ['eu-west-1', 'us-west-2']);
  });

  it('always have the home Region among them, and none twice', () => {
    assert.deepEqual(servedRegions('us-east-1', 'eu-north-1, us-gov-west-1,eu-north-1'), [
      'us-east-1',
      'eu-north-1',
      'us-gov-west-1',
    ]);
    assert.deepEqual(servedRegions('us-east-1', ''), ['us-east-1']);
  });

  it('are refused at the start when they are none', () => {
    assert.throws(() => servedRegions('us-east-1', 'everywhere'), /'everywhere' is not the name of a Region/);
  });
});

describe('multi-Region keys of a Claviger that users start', () => {
  let claviger: Claviger;
  const clientOf = (region: string): KMSClient => {
    const { endpoint, accessKeyId, secretAccessKey } = claviger.config();
    return new KMSClient({
      endpoint,
      region,
      credentials: { accessKeyId, secretAccessKey },
      maxAttempts: 1,
    });
  };
  const enabled = (client: KMSClient, KeyId: string) =>
    eventually(10_000, 'the key is Enabled', async () => {
      const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
      return KeyMetadata?.KeyState === 'Enabled' ? KeyMetadata : undefined;
    });

  before(async () => {
    claviger = await startClaviger();
  });
  after(() => claviger.remove());

  it('are replicated, change their primary Region and stay related over a restart, with nobody’s help', async () => {
    const [home, west] = [clientOf(claviger.config().region), clientOf('us-west-2')];
    const { KeyMetadata } = await home.send(new CreateKeyCommand({ MultiRegion: true }));
    const KeyId = KeyMetadata?.KeyId ?? '';
    await home.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: 'us-west-2' }));
    await enabled(west, KeyId);
    const { CiphertextBlob } = await home.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('kept') }));
    await home.send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: 'us-west-2' }));
    await claviger.restart();
    const after = clientOf('us-west-2');
    const metadata = await enabled(after, KeyId);
    assert.equal(metadata.MultiRegionConfiguration?.MultiRegionKeyType, 'PRIMARY');
    const { Plaintext } = await after.send(new DecryptCommand({ CiphertextBlob }));
    assert.equal(Buffer.from(Plaintext ?? '').toString(), 'kept');
  });

  it('are not made in a custom key store', async () => {
    const { region, customKeyStoreId } = claviger.config();
    const input = { MultiRegion: true, Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: customKeyStoreId } as const;
    const error = await refusal(clientOf(region).send(new CreateKeyCommand(input)));
    assert.equal(error.name, 'ValidationException');
  });
});
