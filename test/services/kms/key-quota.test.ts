import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { KeyQuota } from '../../../src/services/kms/key-quota.ts';
import { NO_ROTATION, insertKey } from '../../../src/storage/keys.ts';
import { openSqlite } from '../../../src/storage/sqlite.ts';
import type { Database } from '../../../src/storage/store.ts';

const OWNER = { accountId: '111122223333', region: 'us-east-1' };

describe('the quota of keys', () => {
  const folder = mkdtempSync(join(tmpdir(), 'claviger-'));
  let db: Database;
  let made = 0;

  const make = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) {
      made += 1;
      await insertKey(db, {
        ...{
          key_arn: `arn ${made}`,
          account_id: OWNER.accountId,
          region: OWNER.region,
          key_id: `key ${made}`,
        },
        ...{ key_spec: 'SYMMETRIC_DEFAULT', key_usage: 'ENCRYPT_DECRYPT', origin: 'AWS_KMS' },
        ...{ key_manager: 'CUSTOMER', state: 'Ready', enabled: 1, description: '', policy: '{}' },
        ...{
          custom_key_store_id: null,
          xks_key_id: null,
          current_material_id: null,
          created_at: 0,
          deletion_date: null,
        },
        ...{ multi_region: null, pending_window_days: null, creator: null, ...NO_ROTATION, mac: '' },
      });
    }
  };

  before(async () => {
    db = await openSqlite(join(folder, 'keys.db'));
    await make(3);
  });
  after(async () => {
    await db.destroy();
    rmSync(folder, { recursive: true });
  });

  const refused = { code: 'LimitExceededException' };

  it('is exact near its end', async () => {
    const quota = new KeyQuota(db, 5, () => 0);
    await quota.require(OWNER);
    await quota.require(OWNER); // neither came to be: counted is what is there
    await make(2);
    await assert.rejects(quota.require(OWNER), refused);
    await quota.require({ ...OWNER, region: 'eu-west-1' });
  });

  it('counts those made here even when it need not ask the database', async () => {
    const quota = new KeyQuota(db, 1_010, () => 0);
    for (let n = 0; n < 6; n += 1) {
      await quota.require(OWNER);
      if (n > 0) await make(1);
    }
    const counted = made;
    assert.equal(counted, 10);
    await make(1_000); // by others
    await assert.rejects(quota.require(OWNER), refused);
  });

  it('sees after a minute at the latest what others made', async () => {
    let now = 0;
    const quota = new KeyQuota(db, made + 2_000, () => now);
    await quota.require(OWNER);
    await make(2_000);
    await quota.require(OWNER);
    now += 60_000;
    await assert.rejects(quota.require(OWNER), refused);
  });
});
