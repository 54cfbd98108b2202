/** Rotation as time goes by: what the scheduler job does, and what the API shows of it. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { rotateDueKeys } from '../../src/jobs/key-rotation.ts';
import { assembleKms } from './assembled.ts';
import type { Answer, AssembledKms } from './assembled.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const plaintext = Buffer.from('before and after').toString('base64');

describe('key rotation over time', () => {
  let world: AssembledKms;
  before(async () => {
    world = await assembleKms(START);
  });
  after(() => world.close());
  const rotating: string[] = [];
  afterEach(async () => {
    for (const KeyId of rotating.splice(0)) await world.call('DisableKeyRotation', { KeyId });
  });

  const rotatingKey = async (): Promise<string> => {
    const { KeyId } = (await world.call('CreateKey', {}))['KeyMetadata'] as { KeyId: string };
    await world.call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 });
    rotating.push(KeyId);
    return KeyId;
  };
  const materialOf = async (KeyId: string): Promise<string> =>
    ((await world.call('DescribeKey', { KeyId }))['KeyMetadata'] as { CurrentKeyMaterialId: string })
      .CurrentKeyMaterialId;
  const rotationsOf = async (KeyId: string, all = false): Promise<Answer[]> => {
    const IncludeKeyMaterial = all ? 'ALL_KEY_MATERIAL' : 'ROTATIONS_ONLY';
    return (await world.call('ListKeyRotations', { KeyId, IncludeKeyMaterial }))['Rotations'] as Answer[];
  };
  const daysLater = (days: number): void => void (world.now += days * DAY);

  it('replaces the material when the period is over, not a moment earlier, and again one period later', async () => {
    const KeyId = await rotatingKey();
    const first = await materialOf(KeyId);
    world.now += 90 * DAY - 1;
    assert.equal(await rotateDueKeys(world.kms), 0);
    assert.equal(await materialOf(KeyId), first);
    world.now += 1;
    assert.equal(await rotateDueKeys(world.kms), 1);
    const second = await materialOf(KeyId);
    assert.notEqual(second, first);
    assert.equal(await rotateDueKeys(world.kms), 0);
    const status = await world.call('GetKeyRotationStatus', { KeyId });
    assert.equal(status['NextRotationDate'], (world.now + 90 * DAY) / 1000);
    daysLater(90);
    assert.equal(await rotateDueKeys(world.kms), 1);

    const all = await rotationsOf(KeyId, true);
    assert.deepEqual(
      all.map((entry) => [entry['KeyMaterialState'], entry['RotationType']]),
      [
        ['NON_CURRENT', undefined],
        ['NON_CURRENT', 'AUTOMATIC'],
        ['CURRENT', 'AUTOMATIC'],
      ],
    );
    assert.equal(all[0]?.['KeyMaterialId'], first);
    assert.equal(all[0]?.['RotationDate'], undefined);
    assert.equal(all[2]?.['RotationDate'], world.now / 1000);
    assert.equal((await rotationsOf(KeyId)).length, 2);
    const [event] = await world.events('RotateKey');
    assert.deepEqual(event?.serviceEventDetails, { rotationType: 'AUTOMATIC', keyId: KeyId });
    assert.equal(event.eventType, 'AwsServiceEvent');
  });

  it('opens ciphertexts of every material that a key ever had', async () => {
    const KeyId = await rotatingKey();
    const ciphertexts: [string, unknown][] = [];
    for (let i = 0; i < 4; i += 1) {
      ciphertexts.push([
        await materialOf(KeyId),
        (await world.call('Encrypt', { KeyId, Plaintext: plaintext }))['CiphertextBlob'],
      ]);
      daysLater(90);
      await rotateDueKeys(world.kms);
    }
    for (const [material, CiphertextBlob] of ciphertexts) {
      const opened = await world.call('Decrypt', { CiphertextBlob });
      assert.equal(opened['Plaintext'], plaintext);
      assert.equal(opened['KeyMaterialId'], material);
    }
    assert.equal(new Set(ciphertexts.map(([material]) => material)).size, 4);
  });

  it('waits while the key is disabled or its deletion is pending, and makes up for it afterwards', async () => {
    const KeyId = await rotatingKey();
    const first = await materialOf(KeyId);
    await world.call('DisableKey', { KeyId });
    daysLater(200);
    assert.equal(await rotateDueKeys(world.kms), 0);
    assert.equal(await materialOf(KeyId), first);
    await world.call('ScheduleKeyDeletion', { KeyId });
    assert.deepEqual(Object.keys(await world.call('GetKeyRotationStatus', { KeyId })).sort(), [
      'KeyId',
      'KeyRotationEnabled',
    ]);
    assert.equal((await world.call('GetKeyRotationStatus', { KeyId }))['KeyRotationEnabled'], false);
    await rotateDueKeys(world.kms);
    assert.equal(await materialOf(KeyId), first);
    await world.call('CancelKeyDeletion', { KeyId });
    assert.equal((await world.call('GetKeyRotationStatus', { KeyId }))['KeyRotationEnabled'], true);
    await world.call('EnableKey', { KeyId });
    assert.equal(await rotateDueKeys(world.kms), 1);
    assert.notEqual(await materialOf(KeyId), first);
  });

  it('refuses a rotation on demand within 20 minutes before an automatic one, and leaves the schedule alone', async () => {
    const KeyId = await rotatingKey();
    const due = world.now + 90 * DAY;
    world.now = due - 20 * 60_000 - 1;
    await world.call('RotateKeyOnDemand', { KeyId });
    assert.equal((await world.call('GetKeyRotationStatus', { KeyId }))['NextRotationDate'], due / 1000);
    world.now = due - 20 * 60_000;
    assert.match(await world.refused('RotateKeyOnDemand', { KeyId }), /^ConflictException: /);
    world.now = due;
    await rotateDueKeys(world.kms);
    world.now += 1000;
    await world.call('RotateKeyOnDemand', { KeyId });
    assert.deepEqual(
      (await rotationsOf(KeyId)).map((entry) => entry['RotationType']),
      ['ON_DEMAND', 'AUTOMATIC', 'ON_DEMAND'],
    );
  });

  it('rotates AWS managed keys every year', async () => {
    const { KeyMetadata } = (await world.call('DescribeKey', { KeyId: 'alias/aws/s3' })) as {
      KeyMetadata: { KeyId: string; CurrentKeyMaterialId: string };
    };
    const { KeyId, CurrentKeyMaterialId } = KeyMetadata;
    const status = await world.call('GetKeyRotationStatus', { KeyId });
    assert.equal(status['KeyRotationEnabled'], true);
    assert.equal(status['RotationPeriodInDays'], 365);
    daysLater(365);
    await rotateDueKeys(world.kms);
    assert.notEqual(await materialOf(KeyId), CurrentKeyMaterialId);
  });
});
