/** Deletion of keys by several processes: a duty changes hands while it is carried out. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { deleteDueKeys } from '../../src/jobs/key-deletion.ts';
import { assembleKms } from './assembled.ts';
import type { AssembledKms } from './assembled.ts';

const DAY = 86_400_000;

describe('a key that two processes delete', () => {
  let world: AssembledKms;
  before(async () => {
    world = await assembleKms(Date.UTC(2026, 0, 1));
  });
  after(() => world.close());

  for (const MultiRegion of [false, true])
    it(`is told of once${MultiRegion ? ', a multi-Region key too' : ''}`, async () => {
      const before = (await world.events('DeleteKey')).length;
      const { KeyId } = (await world.call('CreateKey', { MultiRegion }))['KeyMetadata'] as { KeyId: string };
      await world.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
      world.now += 8 * DAY;
      const deleted = await Promise.all([deleteDueKeys(world.kms), deleteDueKeys(world.kms)]);
      assert.deepEqual(deleted.sort(), [0, 1]);
      assert.equal((await world.events('DeleteKey')).length - before, 1);
      assert.match(await world.refused('DescribeKey', { KeyId }), /^NotFoundException/);
    });
});
