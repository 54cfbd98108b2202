/** The material of multi-Region keys: rotated in all Regions at once, imported into each Region by its owner. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  CreateKeyCommand,
  DecryptCommand,
  DeleteImportedKeyMaterialCommand,
  DescribeKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GetKeyRotationStatusCommand,
  GetParametersForImportCommand,
  ImportKeyMaterialCommand,
  ListKeyRotationsCommand,
  ReplicateKeyCommand,
  RotateKeyOnDemandCommand,
  UpdatePrimaryRegionCommand,
} from '@aws-sdk/client-kms';
import type { ImportType, KMSClient, KeyMetadata } from '@aws-sdk/client-kms';
import { rotateDueKeys } from '../../src/jobs/key-rotation.ts';
import { completeMultiRegionChanges } from '../../src/jobs/multi-region.ts';
import { startClockedServer } from './clocked-server.ts';
import type { ClockedServer } from './clocked-server.ts';
import { refusal } from './refusal.ts';
import { wrap } from './wrapping.ts';

const HOME = 'us-east-1';
const WEST = 'us-west-2';
const DAY = 86_400_000;
const hello = Buffer.from('hello, Regions');

describe('material of multi-Region keys', () => {
  let server: ClockedServer;
  let home: KMSClient;
  let west: KMSClient;
  before(async () => {
    server = await startClockedServer();
    [home, west] = [server.client(HOME), server.client(WEST)];
  });
  after(() => server.remove());

  const describeIn = async (client: KMSClient, KeyId: string): Promise<KeyMetadata> => {
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
    assert.ok(KeyMetadata);
    return KeyMetadata;
  };
  const replicate = async (KeyId: string): Promise<void> => {
    await home.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: WEST }));
    await completeMultiRegionChanges(server.kms);
  };
  const newPrimary = async (Origin: 'AWS_KMS' | 'EXTERNAL'): Promise<string> =>
    (await home.send(new CreateKeyCommand({ MultiRegion: true, Origin }))).KeyMetadata?.KeyId ?? '';
  const encrypt = async (client: KMSClient, KeyId: string): Promise<Uint8Array> =>
    (await client.send(new EncryptCommand({ KeyId, Plaintext: hello }))).CiphertextBlob ?? new Uint8Array();
  const opens = async (client: KMSClient, CiphertextBlob: Uint8Array): Promise<void> => {
    const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob }));
    assert.deepEqual(Buffer.from(Plaintext ?? []), hello);
  };
  const statesIn = async (client: KMSClient, KeyId: string): Promise<(string | undefined)[][]> => {
    const input = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' } as const;
    const { Rotations } = await client.send(new ListKeyRotationsCommand(input));
    return (Rotations ?? []).map((entry) => [entry.KeyMaterialState, entry.ImportState]);
  };

  describe('rotation', () => {
    it('on demand gives all Regions the new material in one step', async () => {
      const KeyId = await newPrimary('AWS_KMS');
      await replicate(KeyId);
      const old = await encrypt(west, KeyId);
      await home.send(new RotateKeyOnDemandCommand({ KeyId }));
      const { CurrentKeyMaterialId } = await describeIn(home, KeyId);
      assert.equal((await describeIn(west, KeyId)).CurrentKeyMaterialId, CurrentKeyMaterialId);
      await opens(home, await encrypt(west, KeyId));
      await opens(west, await encrypt(home, KeyId));
      await opens(home, old);
      assert.deepEqual(await statesIn(west, KeyId), await statesIn(home, KeyId));
    });

    it('is set on the primary key, shown by replicas, and theirs no more than that', async () => {
      const KeyId = await newPrimary('AWS_KMS');
      await replicate(KeyId);
      await home.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 100 }));
      const status = await west.send(new GetKeyRotationStatusCommand({ KeyId }));
      assert.equal(status.KeyRotationEnabled, true);
      assert.equal(status.RotationPeriodInDays, 100);
      const { Arn } = await describeIn(west, KeyId);
      for (const command of [
        new EnableKeyRotationCommand({ KeyId }),
        new DisableKeyRotationCommand({ KeyId }),
        new RotateKeyOnDemandCommand({ KeyId }),
      ]) {
        const error = await refusal(west.send(command));
        assert.equal(error.name, 'UnsupportedOperationException');
        assert.equal(error.message, `${Arn} is not a multi-region primary key.`);
      }
      await home.send(new DisableKeyRotationCommand({ KeyId }));
      assert.equal((await west.send(new GetKeyRotationStatusCommand({ KeyId }))).KeyRotationEnabled, false);
    });

    it('comes once for all Regions when it is due, from wherever the primary key is then', async () => {
      const KeyId = await newPrimary('AWS_KMS');
      await home.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
      await replicate(KeyId);
      const { CurrentKeyMaterialId: first } = await describeIn(home, KeyId);
      server.pass(90 * DAY);
      assert.equal(await rotateDueKeys(server.kms), 1);
      const { CurrentKeyMaterialId: second } = await describeIn(west, KeyId);
      assert.notEqual(second, first);
      assert.equal((await describeIn(home, KeyId)).CurrentKeyMaterialId, second);
      await home.send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: WEST }));
      await completeMultiRegionChanges(server.kms);
      server.pass(90 * DAY);
      assert.equal(await rotateDueKeys(server.kms), 1);
      assert.equal((await statesIn(home, KeyId)).length, 3);
      const regions = (await server.events())
        .filter((event) => event.eventName === 'RotateKey')
        .slice(-2)
        .map((event) => event.awsRegion);
      assert.deepEqual(regions, [HOME, WEST]);
      await west.send(new DisableKeyRotationCommand({ KeyId }));
    });
  });

  describe('import', () => {
    const importInto = async (
      client: KMSClient,
      KeyId: string,
      material: Buffer,
      ImportType?: ImportType,
    ): Promise<string | undefined> => {
      const { PublicKey, ImportToken } = await client.send(
        new GetParametersForImportCommand({
          KeyId,
          WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
          WrappingKeySpec: 'RSA_2048',
        }),
      );
      const { KeyMaterialId } = await client.send(
        new ImportKeyMaterialCommand({
          KeyId,
          ImportToken,
          EncryptedKeyMaterial: wrap(PublicKey ?? new Uint8Array(), 'RSAES_OAEP_SHA_256', material),
          ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
          ImportType,
        }),
      );
      return KeyMaterialId;
    };

    it('goes into each Region by itself; the same material then opens the ciphertexts of all', async () => {
      const KeyId = await newPrimary('EXTERNAL');
      const material = randomBytes(32);
      const id = await importInto(home, KeyId, material);
      await replicate(KeyId);
      assert.equal((await describeIn(west, KeyId)).KeyState, 'PendingImport');
      const CiphertextBlob = await encrypt(home, KeyId);
      for (const type of [undefined, 'NEW_KEY_MATERIAL'] as const) {
        const error = await refusal(importInto(west, KeyId, randomBytes(32), type));
        assert.equal(error.name, 'IncorrectKeyMaterialException');
      }
      assert.equal(await importInto(west, KeyId, material), id);
      assert.equal((await describeIn(west, KeyId)).KeyState, 'Enabled');
      await opens(west, CiphertextBlob);
      await opens(home, await encrypt(west, KeyId));
      await west.send(new DeleteImportedKeyMaterialCommand({ KeyId }));
      assert.equal((await describeIn(west, KeyId)).KeyState, 'PendingImport');
      assert.equal((await describeIn(home, KeyId)).KeyState, 'Enabled');
    });

    it('of new material waits for every Region before it can be rotated to', async () => {
      const KeyId = await newPrimary('EXTERNAL');
      const [one, two] = [randomBytes(32), randomBytes(32)];
      await importInto(home, KeyId, one);
      await replicate(KeyId);
      await importInto(west, KeyId, one);
      await importInto(home, KeyId, two, 'NEW_KEY_MATERIAL');
      assert.deepEqual(await statesIn(home, KeyId), [
        ['CURRENT', 'IMPORTED'],
        ['PENDING_MULTI_REGION_IMPORT_AND_ROTATION', 'IMPORTED'],
      ]);
      assert.deepEqual((await statesIn(west, KeyId))[1], [
        'PENDING_MULTI_REGION_IMPORT_AND_ROTATION',
        'PENDING_IMPORT',
      ]);
      const early = await refusal(home.send(new RotateKeyOnDemandCommand({ KeyId })));
      assert.equal(early.name, 'KMSInvalidStateException');
      await importInto(west, KeyId, two);
      assert.deepEqual((await statesIn(home, KeyId))[1], ['PENDING_ROTATION', 'IMPORTED']);
      assert.deepEqual((await statesIn(west, KeyId))[1], ['PENDING_ROTATION', 'IMPORTED']);
      await home.send(new RotateKeyOnDemandCommand({ KeyId }));
      assert.equal((await describeIn(west, KeyId)).KeyState, 'Enabled');
      await opens(west, await encrypt(home, KeyId));
      assert.deepEqual(await statesIn(west, KeyId), [
        ['NON_CURRENT', 'IMPORTED'],
        ['CURRENT', 'IMPORTED'],
      ]);
    });

    it('of pending material ends in all Regions when the primary key’s is deleted, and here only when a replica’s is', async () => {
      const KeyId = await newPrimary('EXTERNAL');
      const [one, two] = [randomBytes(32), randomBytes(32)];
      await importInto(home, KeyId, one);
      await replicate(KeyId);
      await importInto(west, KeyId, one);
      const KeyMaterialId = await importInto(home, KeyId, two, 'NEW_KEY_MATERIAL');
      await importInto(west, KeyId, two);
      await west.send(new DeleteImportedKeyMaterialCommand({ KeyId, KeyMaterialId }));
      assert.deepEqual((await statesIn(home, KeyId))[1], [
        'PENDING_MULTI_REGION_IMPORT_AND_ROTATION',
        'IMPORTED',
      ]);
      await importInto(west, KeyId, two);
      await home.send(new DeleteImportedKeyMaterialCommand({ KeyId, KeyMaterialId }));
      assert.equal((await statesIn(west, KeyId)).length, 1);
      assert.equal((await statesIn(home, KeyId)).length, 1);
      await opens(west, await encrypt(home, KeyId));
    });
  });
});
