/** What may be given out once, by processes that know of each other only what the database says. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { hsmPlaces } from '../../../src/services/cloudhsm/hsm-places.ts';
import { StaleRow } from '../../../src/storage/conflicts.ts';
import { openSqlite } from '../../../src/storage/sqlite.ts';
import { inTransaction } from '../../../src/storage/store.ts';

it('of two that decided on the same state one may give out, and the other once it has looked again', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'claviger-places-'));
  const [one, other] = [await openSqlite(join(dir, 'db')), await openSqlite(join(dir, 'db'))];
  t.after(async () => {
    for (const db of [one, other]) await db.destroy();
    rmSync(dir, { recursive: true });
  });
  let looked = 0;
  const refresh = async (): Promise<void> => void (looked += 1);
  const take = await hsmPlaces({ db: one, refresh });
  const late = await hsmPlaces({ db: other, refresh });
  await inTransaction(one, take);
  await assert.rejects(inTransaction(other, late), StaleRow);
  await inTransaction(other, await hsmPlaces({ db: other, refresh }));
  await assert.rejects(inTransaction(one, take), StaleRow);
  assert.equal(looked, 3);
});
