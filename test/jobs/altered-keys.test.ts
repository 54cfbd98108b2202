/** A key that somebody altered in the database is left as it is, and keeps no other key waiting; nor does one on which work fails. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { withEachKey } from '../../src/jobs/each-key.ts';
import { deleteDueKeys } from '../../src/jobs/key-deletion.ts';
import { rotateDueKeys } from '../../src/jobs/key-rotation.ts';
import { deleteExpiredMaterial } from '../../src/jobs/material-expiry.ts';
import { completeMultiRegionChanges } from '../../src/jobs/multi-region.ts';
import { DatabaseUnavailable } from '../../src/storage/store.ts';
import { REGIONS } from '../stories/clocked-server.ts';
import { wrap } from '../stories/wrapping.ts';
import { assembleKms } from './assembled.ts';
import type { Answer, AssembledKms } from './assembled.ts';

const DAY = 86_400_000;
const WRAPPING = 'RSAES_OAEP_SHA_256';

describe('behind a key that was altered in the database', () => {
  let world: AssembledKms;
  before(async () => {
    world = await assembleKms(Date.UTC(2026, 0, 1));
  });
  after(() => world.close());

  const newKey = async (input: Answer = {}): Promise<string> =>
    ((await world.call('CreateKey', input))['KeyMetadata'] as { Arn: string }).Arn;
  const stateOf = async (KeyId: string): Promise<unknown> =>
    ((await world.call('DescribeKey', { KeyId }))['KeyMetadata'] as Answer)['KeyState'];
  const alter = async (keyArn: string): Promise<void> => {
    const { db, catalog } = world.kms;
    await db.updateTable('kms_keys').set({ description: 'x' }).where('key_arn', '=', keyArn).execute();
    catalog.forgetAll();
  };
  /** Two keys with the same fate, the altered one a moment before the other. */
  const two = async (prepare: (keyArn: string) => Promise<unknown>, input?: Answer): Promise<string> => {
    const [altered, other] = [await newKey(input), await newKey(input)];
    await prepare(altered);
    world.now += 1000;
    await prepare(other);
    await alter(altered);
    assert.match(await world.refused('DescribeKey', { KeyId: altered }), /^KMSInternalException/);
    return other;
  };

  it('keys are deleted', async () => {
    const KeyId = await two((key) =>
      world.call('ScheduleKeyDeletion', { KeyId: key, PendingWindowInDays: 7 }),
    );
    world.now += 8 * DAY;
    assert.equal(await deleteDueKeys(world.kms), 1);
    assert.match(await world.refused('DescribeKey', { KeyId }), /^NotFoundException/);
  });

  it('keys are rotated', async () => {
    await two((KeyId) => world.call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 }));
    world.now += 91 * DAY;
    assert.equal(await rotateDueKeys(world.kms), 1);
  });

  it('imported material expires', async () => {
    const expiring = async (KeyId: string): Promise<void> => {
      const { ImportToken, PublicKey } = await world.call('GetParametersForImport', {
        ...{ KeyId, WrappingAlgorithm: WRAPPING, WrappingKeySpec: 'RSA_2048' },
      });
      const wrapped = wrap(Buffer.from(PublicKey as string, 'base64'), WRAPPING, randomBytes(32));
      const EncryptedKeyMaterial = wrapped.toString('base64');
      const ValidTo = (world.now + DAY) / 1000;
      await world.call('ImportKeyMaterial', { KeyId, ImportToken, EncryptedKeyMaterial, ValidTo });
    };
    const KeyId = await two(expiring, { Origin: 'EXTERNAL' });
    world.now += 2 * DAY;
    assert.equal(await deleteExpiredMaterial(world.kms), 1);
    assert.equal(await stateOf(KeyId), 'PendingImport');
  });

  it('replicas are completed', async () => {
    const primaries = [await newKey({ MultiRegion: true }), await newKey({ MultiRegion: true })].sort();
    for (const KeyId of primaries) await world.call('ReplicateKey', { KeyId, ReplicaRegion: REGIONS[1] });
    const [altered, other] = primaries.map((key) => key.replace(REGIONS[0], REGIONS[1])) as [string, string];
    await alter(altered);
    await completeMultiRegionChanges(world.kms);
    assert.equal((await world.kms.catalog.find(other))?.state, 'Ready');
  });

  const withBroken = async (
    broken: number,
    error: Error,
  ): Promise<{ worked: string[]; round: Promise<number> }> => {
    const keys: string[] = [];
    for (let number = 0; number <= broken; number += 1) keys.push(await newKey());
    const worked: string[] = [];
    const round = withEachKey(world.kms, keys, async ({ arn }) => {
      if (keys.indexOf(arn) < broken) throw error;
      worked.push(arn);
      return true;
    });
    return { worked, round };
  };

  it('work goes on also where it failed for another reason', async () => {
    const { worked, round } = await withBroken(3, new Error('this key is odd'));
    assert.equal(await round, 1);
    assert.equal(worked.length, 1);
  });

  it('work ends where it fails on many, or where the database is away', async () => {
    const many = await withBroken(11, new Error('no key can be used'));
    await assert.rejects(many.round, /no key can be used/);
    const away = await withBroken(1, new DatabaseUnavailable('it is gone'));
    await assert.rejects(away.round, DatabaseUnavailable);
    assert.deepEqual([...many.worked, ...away.worked], []);
  });
});
