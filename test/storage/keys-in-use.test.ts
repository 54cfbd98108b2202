import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { NO_ROTATION, countKeys, insertKey } from '../../src/storage/keys.ts';
import { keysInUse } from '../../src/storage/meters.ts';
import type { KmsKeyRow } from '../../src/storage/schema.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';

const row = (account: string, region: string, number: number, more: Partial<KmsKeyRow> = {}): KmsKeyRow => ({
  ...{
    key_arn: `${account} ${region} ${number}`,
    account_id: account,
    region,
    key_id: `key-${1000 + number}`,
  },
  ...{
    key_spec: 'SYMMETRIC_DEFAULT',
    key_usage: 'ENCRYPT_DECRYPT',
    origin: 'AWS_KMS',
    key_manager: 'CUSTOMER',
  },
  ...{
    state: 'Ready',
    enabled: 1,
    description: '',
    policy: '{}',
    custom_key_store_id: null,
    xks_key_id: null,
  },
  ...{ current_material_id: null, created_at: 0, deletion_date: null, multi_region: null },
  ...{ pending_window_days: null, creator: null, ...NO_ROTATION, mac: '' },
  ...more,
});

it('keys in use are counted piece by piece, by account, Region and store, without those that wait for their deletion', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'claviger-'));
  const db = await openSqlite(join(dir, 'keys.db'));
  t.after(async () => {
    await db.destroy();
    rmSync(dir, { recursive: true });
  });
  for (let n = 0; n < 20; n += 1) {
    await insertKey(db, row('1', 'eu', n, { custom_key_store_id: n % 4 === 0 ? 'store' : null }));
    if (n < 7) await insertKey(db, row('1', 'us', n)); // exactly one piece
    if (n < 3) await insertKey(db, row('2', 'eu', n, { state: n === 0 ? 'PendingDeletion' : 'Ready' }));
  }
  await insertKey(db, row('3', 'eu', 1, { state: 'Deleting' }));
  await insertKey(db, row('4', 'eu', 1, { key_manager: 'AWS' }));
  const counts = (await keysInUse(db, 7)).map(
    ({ account_id, region, custom_key_store_id: store, count }) =>
      `${account_id} ${region} ${store} ${count}`,
  );
  assert.deepEqual(counts.sort(), ['1 eu null 15', '1 eu store 5', '1 us null 7', '2 eu null 2']);
  const counted = (accountId: string, region: string): Promise<number> =>
    countKeys(db, { accountId, region }, 7);
  assert.deepEqual(
    [await counted('1', 'eu'), await counted('1', 'us'), await counted('2', 'eu'), await counted('4', 'eu')],
    [20, 7, 3, 0], // against the quota count those too that wait for their deletion
  );
});
