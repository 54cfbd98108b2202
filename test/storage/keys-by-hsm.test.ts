/** How many keys each HSM should hold is asked often, and counted seldom where there are many. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import type { KyselyPlugin } from 'kysely';
import { addHolders, countKeysByHsm } from '../../src/storage/clusters.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';

it('keys are counted again after a hundred times as long as it took, and after a failure at once', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'claviger-'));
  const opened = await openSqlite(join(dir, 'keys.db'));
  t.after(async () => {
    await opened.destroy();
    rmSync(dir, { recursive: true });
  });
  let time = 0;
  let failing = false;
  const slow: KyselyPlugin = {
    transformQuery: ({ node }) => {
      if (node.kind === 'SelectQueryNode') time += 100;
      if (failing) throw new Error('the database is away');
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  const db = opened.withPlugin(slow);
  const count = async (): Promise<number | undefined> => (await countKeysByHsm(db, () => time)).get('hsm-1');
  await addHolders(db, 'one', ['hsm-1']);
  assert.deepEqual(await Promise.all([count(), count()]), [1, 1]);
  assert.equal(time, 100);
  await addHolders(db, 'two', ['hsm-1']);
  time += 9_999;
  assert.equal(await count(), 1);
  time += 1;
  failing = true;
  await assert.rejects(count());
  failing = false;
  assert.equal(await count(), 2);
});
