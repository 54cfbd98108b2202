/** Rows of clusters from before they had codes, and rows that somebody else wrote. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  confirmTombstone,
  confirmationsOf,
  epochCounterOf,
  listClusters,
  listHsms,
  listTombstones,
  putTombstone,
  removeTombstone,
  sealOldRows,
  setEpochCounter,
  setHoldings,
} from '../../src/storage/clusters.ts';
import { createRowMac } from '../../src/storage/row-mac.ts';
import type { Database } from '../../src/storage/store.ts';
import { ENGINES } from './engines.ts';
import type { TestDatabase } from './engines.ts';

const CLUSTER = 'cluster-aaaaaaaaaaa';
const HSM = 'hsm-aaaaaaaaaaa';

for (const engine of ENGINES)
  describe(`rows of clusters on ${engine.name}`, { skip: engine.skip }, () => {
    const mac = createRowMac(randomBytes(32));
    let database: TestDatabase;
    let db: Database;
    let folder: string;
    const seal = (): Promise<void> => sealOldRows(db, mac, join(folder, 'rows-sealed'));

    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'claviger-rows-'));
      database = await engine.create();
      const old = await database.openOld('0009');
      const where = { cluster_id: CLUSTER, state: 'ACTIVE', created_at: 1 };
      await old
        .insertInto('clusters')
        .values({
          ...where,
          ...{ account_id: '111122223333', region: 'us-east-1', hsm_type: 'hsm2m.medium' },
          ...{ trust_anchor: 'PEM', cluster_certificate: 'PEM', subnet_mapping: '{}' },
          recovery_hsm_id: 'hsm-recovery',
        })
        .execute();
      await old
        .insertInto('hsms')
        .values({
          ...where,
          ...{ hsm_id: HSM, availability_zone: 'us-east-1a', subnet_id: 'subnet-1', epoch_counter: 7 },
        })
        .execute();
      await old
        .insertInto('tombstones')
        .values({ material_id: 'old', cluster_id: CLUSTER, key_arn: 'arn', created_at: 1 })
        .execute();
      await old.destroy();
      db = await database.open();
    });
    after(async () => {
      await db.destroy();
      database.remove();
      rmSync(folder, { recursive: true });
    });

    it('of an older installation are sealed once, as they are', async () => {
      await assert.rejects(listClusters(db, mac), /does not carry its authentication code/);
      await seal();
      assert.equal((await listClusters(db, mac))[0]?.trust_anchor, 'PEM');
      assert.equal((await listHsms(db, mac, CLUSTER))[0]?.epoch_counter, 7);
      assert.equal((await listTombstones(db, mac, CLUSTER)).length, 1);
    });

    it('are refused when somebody else wrote them, and not sealed a second time', async () => {
      const row = { material_id: 'forged', cluster_id: CLUSTER, key_arn: 'arn', created_at: 1, mac: '' };
      await db.insertInto('tombstones').values(row).execute();
      await seal();
      await assert.rejects(listTombstones(db, mac, CLUSTER), /a row of tombstones/);
      await db.deleteFrom('installation').where('name', '=', 'cluster-rows-sealed').execute();
      await seal();
      await assert.rejects(listTombstones(db, mac, CLUSTER), /a row of tombstones/);
      await removeTombstone(db, 'forged');
      await db.updateTable('hsms').set({ cluster_id: 'cluster-bbbbbbbbbbb' }).execute();
      await assert.rejects(listHsms(db, mac, 'cluster-bbbbbbbbbbb'), /a row of hsms/);
      await db.updateTable('hsms').set({ cluster_id: CLUSTER }).execute();
    });

    it('keep an epoch that never goes back', async () => {
      await setEpochCounter(db, mac, HSM, 9);
      await setEpochCounter(db, mac, HSM, 8);
      assert.equal(await epochCounterOf(db, mac, HSM), 9);
      assert.equal(await epochCounterOf(db, mac, 'hsm-unknown'), 0);
    });

    it('remember who confirmed a tombstone until it goes', async () => {
      await putTombstone(db, mac, { materialId: 'm', clusterId: CLUSTER, keyArn: 'arn' }, 1);
      await confirmTombstone(db, 'm', [HSM]);
      await confirmTombstone(db, 'm', [HSM, 'hsm-b']);
      assert.deepEqual(await confirmationsOf(db, 'm'), new Set([HSM, 'hsm-b']));
      await removeTombstone(db, 'm');
      assert.deepEqual(await confirmationsOf(db, 'm'), new Set());
    });

    it('say which keys an HSM holds, as it was found', async () => {
      const held = async (): Promise<string[]> =>
        (await db.selectFrom('key_holders').select('material_id').orderBy('material_id').execute()).map(
          (row) => row.material_id,
        );
      await setHoldings(db, HSM, ['a', 'b']);
      await setHoldings(db, HSM, ['b', 'c']);
      assert.deepEqual(await held(), ['b', 'c']);
      await Promise.all([setHoldings(db, HSM, ['d']), setHoldings(db, HSM, ['e'])]);
      assert.equal((await held()).length, 1, 'one of the two, and not both');
    });
  });
