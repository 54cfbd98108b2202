import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import { Kysely, Migrator, SqliteDialect, sql } from 'kysely';
import { findKey, insertMaterial } from '../../src/storage/keys.ts';
import { migrations } from '../../src/storage/migrations/index.ts';
import { createRowMac } from '../../src/storage/row-mac.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';

const ARN = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const OLD_KEY = {
  key_arn: ARN,
  account_id: '111122223333',
  region: 'us-east-1',
  key_id: '1234abcd-12ab-34cd-56ef-1234567890ab',
  key_spec: 'SYMMETRIC_DEFAULT',
  key_usage: 'ENCRYPT_DECRYPT',
  origin: 'AWS_KMS',
  key_manager: 'CUSTOMER',
  state: 'Ready',
  enabled: 1,
  description: '',
  policy: '{}',
  custom_key_store_id: null,
  current_material_id: 'aa'.repeat(32),
  created_at: 1,
  deletion_date: null,
};
const OLD_MATERIAL = {
  material_id: 'aa'.repeat(32),
  key_arn: ARN,
  encrypted_key: Buffer.from('encrypted'),
  key_check: 'bb'.repeat(16),
  key_handle: null,
  escrow: null,
  created_at: 1,
};

describe('the migration to multi-Region keys', () => {
  const dir = mkdtempSync(join(tmpdir(), 'claviger-'));
  after(() => rmSync(dir, { recursive: true, force: true }));

  it('keeps keys, materials and indexes of an older database, with their authentication codes', async () => {
    const file = join(dir, 'claviger.db');
    const mac = createRowMac(Buffer.alloc(32, 1));
    const old = new Kysely<Record<string, Record<string, unknown>>>({
      dialect: new SqliteDialect({ database: new SqliteDatabase(file) }),
    });
    const migrator = new Migrator({ db: old, provider: { getMigrations: async () => migrations } });
    assert.equal((await migrator.migrateTo('0001-first')).error, undefined);
    await old.insertInto('kms_keys').values(mac.seal('kms_keys', OLD_KEY)).execute();
    await old.insertInto('key_materials').values(mac.seal('key_materials', OLD_MATERIAL)).execute();
    await sql`create index another_index on key_materials (created_at)`.execute(old);
    await old.destroy();

    const db = await openSqlite(file);
    const rows = await findKey(db, ARN);
    assert.ok(rows);
    assert.equal(mac.check('kms_keys', rows.key).multi_region, null);
    const [material] = rows.materials;
    assert.ok(material);
    assert.deepEqual(mac.check('key_materials', material).encrypted_key, OLD_MATERIAL.encrypted_key);

    const indexes = await sql<{ name: string }>`
      select name from sqlite_master where type = 'index' and tbl_name = 'key_materials' and sql is not null`.execute(
      db,
    );
    assert.deepEqual(indexes.rows.map(({ name }) => name).sort(), [
      'another_index',
      'key_materials_by_expiry',
      'key_materials_by_key',
    ]);

    const related = { ...material, key_arn: ARN.replace('us-east-1', 'us-west-2') };
    await insertMaterial(db, mac.seal('key_materials', related));
    await assert.rejects(insertMaterial(db, material), /UNIQUE/);
    await db.destroy();
  });
});
