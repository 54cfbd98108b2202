/** The comparison of an HSM with the database, while keys are made; a real HSM process and a real database. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { KyselyPlugin } from 'kysely';
import { pino } from 'pino';
import { HsmCluster } from '../../src/keystores/hsm-cluster/hsm-cluster.ts';
import { insertStore } from '../../src/storage/custom-key-stores.ts';
import { FIRST_MATERIAL, NO_ROTATION, insertKey, insertMaterial } from '../../src/storage/keys.ts';
import { createRowMac } from '../../src/storage/row-mac.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';
import type { Database } from '../../src/storage/store.ts';
import * as t from '../hsm/fixture.ts';
import { eventually } from '../stories/claviger.ts';

const HSM = { hsmId: 'hsm-aaaaaaaaaaa', clusterId: 'cluster-1o36p5xeo5k', availabilityZone: 'zone-a' };
const STORE = 'cks-1234567890abcdef0';
const ACCOUNT = { account_id: '111122223333', region: 'eu-west-1' };
const TAKEN_IN_MS = 15_000;

/** Runs `then` after the first question about key materials was answered, and before the next is asked. */
function afterFirstQuestion(then: () => Promise<unknown>): KyselyPlugin {
  const questions = new WeakSet<object>();
  let answered = false;
  return {
    transformQuery({ node, queryId }) {
      if (node.kind === 'SelectQueryNode' && JSON.stringify(node).includes('"key_materials"'))
        questions.add(queryId);
      return node;
    },
    async transformResult({ result, queryId }) {
      if (questions.has(queryId) && !answered) {
        answered = true;
        await then();
      }
      return result;
    },
  };
}

describe('the comparison of an HSM with the database', () => {
  const mac = createRowMac(randomBytes(32));
  const logger = pino({ level: 'silent' });
  let hsm: t.ActiveHsm;
  let dir: string;
  let db: Database;
  let others: Database;
  let cluster: HsmCluster;

  before(async () => {
    t.requireSoftHsm();
    hsm = await t.newActiveHsm(HSM);
    dir = await t.temporaryFolder();
    db = await openSqlite(join(dir, 'db'));
    others = await openSqlite(join(dir, 'db'));
  });
  after(async () => {
    cluster.stop();
    await t.cleanUp();
    for (const one of [db, others]) await one.destroy();
  });

  it('takes no key for unknown that becomes ready just then', async () => {
    const keyId = randomUUID();
    const keyArn = `arn:aws:kms:eu-west-1:111122223333:key/${keyId}`;
    const materialId = t.newMaterialId();
    await insertStore(
      db,
      mac.seal('custom_key_stores', {
        ...{
          ...ACCOUNT,
          custom_key_store_id: STORE,
          name: 'store',
          type: 'AWS_CLOUDHSM' as const,
          proxy: null,
        },
        ...{ cluster_id: HSM.clusterId, trust_anchor: hsm.ca.pem, created_at: 0 },
        ...{ password_sealed: Buffer.alloc(1), next_password_sealed: null },
        ...{ connection_state: 'CONNECTED' as const, connection_error_code: null },
      }),
    );
    await insertKey(
      db,
      mac.seal('kms_keys', {
        ...{
          ...ACCOUNT,
          ...NO_ROTATION,
          key_arn: keyArn,
          key_id: keyId,
          custom_key_store_id: STORE,
          xks_key_id: null,
        },
        ...{ key_spec: 'SYMMETRIC_DEFAULT', key_usage: 'ENCRYPT_DECRYPT', origin: 'AWS_CLOUDHSM' },
        ...{ key_manager: 'CUSTOMER', state: 'Creating' as const, enabled: 1, description: '', policy: '{}' },
        ...{ current_material_id: null, created_at: 0, deletion_date: null, multi_region: null },
        ...{ pending_window_days: null, creator: 'test' },
      }),
    );
    await insertMaterial(
      db,
      mac.seal('key_materials', {
        ...{ ...FIRST_MATERIAL, material_id: materialId, key_arn: keyArn, encrypted_key: null },
        ...{ key_check: null, key_handle: null, escrow: null, public_key: null, created_at: 0 },
      }),
    );
    const maker = await t.loginTo(hsm, t.USER_PASSWORD, STORE);
    await t.generateKey(maker, materialId);

    const becomeReady = (): Promise<unknown> =>
      others.updateTable('kms_keys').set({ state: 'Ready' }).where('key_arn', '=', keyArn).execute();
    cluster = new HsmCluster(HSM.clusterId, hsm.ca.pem, {
      ...{ mac, logger, clock: Date.now, incarnation: 'test', onDuty: () => true },
      db: db.withPlugin(afterFirstQuestion(becomeReady)),
      escrowFile: join(dir, 'escrow'),
      loginPausesFile: join(dir, 'pauses'),
      endpointOf: () => ({ host: hsm.host, port: hsm.port }),
      hangs: () => {},
      resetUserPassword: () => Promise.reject(new Error('there is no agent')),
    });
    cluster.openSession({
      owner: STORE,
      passwords: async () => [t.USER_PASSWORD],
      wanted: async () => t.USER_PASSWORD,
      mayChange: () => true,
      accepted: async () => {},
    });
    cluster.setMembers([{ ...HSM, joining: false }]);
    assert.equal(await cluster.waitForServing(TAKEN_IN_MS), true);
    const [link] = cluster.links;
    await eventually(TAKEN_IN_MS, 'the comparison', () => link?.inStepAt);
    assert.equal(link?.unknownKeys, 0);
    const ready = await db.selectFrom('kms_keys').select('state').where('key_arn', '=', keyArn).execute();
    assert.deepEqual(ready, [{ state: 'Ready' }]);
  });
});
