/** What other processes changed is taken over, also when they are of a newer version. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createFollower } from '../../src/server/following.ts';
import { Principals } from '../../src/services/iam/principals.ts';
import type { Kms } from '../../src/services/kms/kms.ts';
import { insertAccount } from '../../src/storage/accounts.ts';
import { createRowMac } from '../../src/storage/row-mac.ts';
import type { ChangeRow, ChangeTopic } from '../../src/storage/schema-nodes.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';
import type { Database } from '../../src/storage/store.ts';

const ACCOUNT = '111122223333';

describe('what other processes changed', () => {
  let dir: string;
  let db: Database;
  let done: string[];
  let principals: Principals;

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'claviger-following-'));
    db = await openSqlite(join(dir, 'db'));
    await insertAccount(db, { account_id: ACCOUNT, name: null, created_at: Date.UTC(2026, 0, 1) });
  });
  after(async () => {
    await db.destroy();
    rmSync(dir, { recursive: true, force: true });
  });
  beforeEach(() => {
    done = [];
    principals = new Principals();
  });

  const changed = async (...changes: [topic: string, subject: string][]): Promise<void> => {
    const kms = {
      catalog: {
        forget: (keyArn: string) => done.push(`forget ${keyArn}`),
        forgetAll: () => done.push('forget all'),
      },
      clusters: { refreshAll: async () => void done.push('clusters') },
      customKeyStores: { load: async () => void done.push('key stores') },
    } as unknown as Kms;
    const secrets = {
      seal: () => Promise.reject(new Error('nothing is sealed here')),
      unseal: () => Promise.reject(new Error('nothing is opened here')),
    };
    const mac = createRowMac(Buffer.alloc(32, 7));
    const follower = createFollower(kms, { db, mac, secrets, principals });
    const rows = changes.map(([topic, subject], at): ChangeRow => ({
      seq: at + 1,
      topic: topic as ChangeTopic,
      subject,
      changed_at: 0,
    }));
    await follower.changed(rows);
  };

  it('is read anew, and nothing else', async () => {
    await changed(['key', 'one'], ['key', 'two']);
    assert.deepEqual(done, ['forget one', 'forget two']);
    assert.ok(!principals.isAccount(ACCOUNT));
  });

  it('is everything when they name something that this version does not know', async () => {
    await changed(['key', 'one'], ['of-the-future', 'x'], ['constructor', 'y'], ['key', 'two']);
    assert.deepEqual(done, ['forget all', 'clusters', 'key stores', 'forget one', 'forget two']);
    assert.ok(principals.isAccount(ACCOUNT));
  });
});
