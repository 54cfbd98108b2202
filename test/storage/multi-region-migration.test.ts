import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import { findKey, insertMaterial } from '../../src/storage/keys.ts';
import { createRowMac } from '../../src/storage/row-mac.ts';
import { ENGINES } from './engines.ts';

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

for (const engine of ENGINES)
  describe(`the migration to multi-Region keys on ${engine.name}`, { skip: engine.skip }, () => {
    it('keeps keys, materials and indexes of an older database, with their authentication codes', async () => {
      const database = await engine.create();
      const mac = createRowMac(Buffer.alloc(32, 1));
      const old = await database.openOld('0002');
      await old.insertInto('kms_keys').values(mac.seal('kms_keys', OLD_KEY)).execute();
      await old.insertInto('key_materials').values(mac.seal('key_materials', OLD_MATERIAL)).execute();
      await sql`create index another_index on key_materials (created_at)`.execute(old);
      await old.destroy();

      const db = await database.open();
      const rows = await findKey(db, ARN);
      assert.ok(rows);
      assert.equal(mac.check('kms_keys', rows.key).multi_region, null);
      const [material] = rows.materials;
      assert.ok(material);
      assert.deepEqual(mac.check('key_materials', material).encrypted_key, OLD_MATERIAL.encrypted_key);

      // an index of that name is there already: making it anew must fail
      for (const index of ['another_index', 'key_materials_by_expiry', 'key_materials_by_key'])
        await assert.rejects(
          sql`create index ${sql.ref(index)} on kms_keys (created_at)`.execute(db),
          /exists/,
        );

      const related = { ...material, key_arn: ARN.replace('us-east-1', 'us-west-2') };
      await insertMaterial(db, mac.seal('key_materials', related));
      await assert.rejects(insertMaterial(db, material), /unique/i);
      await db.destroy();
      database.remove();
    });
  });
