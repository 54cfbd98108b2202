import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findStore, insertStore } from '../../src/storage/custom-key-stores.ts';
import { createRowMac } from '../../src/storage/row-mac.ts';
import { ENGINES } from './engines.ts';

const OLD_STORE = {
  custom_key_store_id: 'cks-1',
  account_id: '111122223333',
  region: 'us-east-1',
  name: 'store',
  type: 'AWS_CLOUDHSM' as const,
  cluster_id: 'cluster-1',
  trust_anchor: 'pem',
  password_sealed: Buffer.from('sealed'),
  next_password_sealed: null,
  connection_state: 'CONNECTED' as const,
  connection_error_code: null,
  created_at: 1,
};

for (const engine of ENGINES)
  describe(`the migration to external key stores on ${engine.name}`, { skip: engine.skip }, () => {
    it('keeps the stores of an older database, with their authentication codes and what is unique', async () => {
      const database = await engine.create();
      const mac = createRowMac(Buffer.alloc(32, 1));
      const old = await database.openOld('0019');
      await old.insertInto('custom_key_stores').values(mac.seal('custom_key_stores', OLD_STORE)).execute();
      await old.destroy();

      const db = await database.open();
      const row = await findStore(db, 'cks-1');
      assert.ok(row);
      const { mac: _code, ...kept } = mac.check('custom_key_stores', row);
      assert.deepEqual(kept, { ...OLD_STORE, proxy: null });

      const external = {
        ...{ ...kept, custom_key_store_id: 'cks-2', name: 'outside', type: 'EXTERNAL_KEY_STORE' as const },
        ...{ cluster_id: null, trust_anchor: null, proxy: '{}' },
      };
      await insertStore(db, mac.seal('custom_key_stores', external));
      await insertStore(
        db,
        mac.seal('custom_key_stores', { ...external, custom_key_store_id: 'cks-3', name: 'third' }),
      );
      for (const taken of [
        { ...external, custom_key_store_id: 'cks-4', name: 'store' },
        { ...kept, custom_key_store_id: 'cks-4', name: 'of the same cluster' },
      ])
        await assert.rejects(insertStore(db, mac.seal('custom_key_stores', taken)), /unique/i);
      await db.destroy();
      database.remove();
    });
  });
