/** What processes say of quotas, on every engine. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addQuotaUses, pruneQuotaUses, quotaUsesOfOthers } from '../../src/storage/quota-uses.ts';
import type { Database } from '../../src/storage/store.ts';
import { ENGINES } from './engines.ts';

for (const engine of ENGINES)
  describe(`uses of quotas on ${engine.name}`, { skip: engine.skip }, () => {
    const usesOf = async (db: Database, reader: string): Promise<Record<string, number>> =>
      Object.fromEntries(
        (await quotaUsesOfOthers(db, reader)).map(({ quota, process, used }) => [
          `${quota} ${process}`,
          used,
        ]),
      );

    it('add up, process by process, and begin anew where they were removed', async (t) => {
      const database = await engine.create();
      const db = await database.open();
      t.after(async () => {
        await db.destroy();
        database.remove();
      });
      await addQuotaUses(db, 'one', [
        { quota: 'a', used: 10 },
        { quota: 'b', used: 1 },
      ]);
      await addQuotaUses(db, 'two', [{ quota: 'a', used: 7 }]);
      await addQuotaUses(db, 'one', [{ quota: 'a', used: 5 }]);
      assert.deepEqual(await usesOf(db, 'two'), { 'a one': 15, 'b one': 1 });
      assert.deepEqual(await usesOf(db, 'one'), { 'a two': 7 });
      const aMinute = 60_000;
      await pruneQuotaUses(db, Date.now() - aMinute);
      assert.deepEqual(await usesOf(db, 'one'), { 'a two': 7 });
      await pruneQuotaUses(db, Date.now() + aMinute);
      await addQuotaUses(db, 'one', [{ quota: 'a', used: 3 }]);
      assert.deepEqual(await usesOf(db, 'nobody'), { 'a one': 3 });
    });
  });
