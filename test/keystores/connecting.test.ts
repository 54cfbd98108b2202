/** Connecting a key store to HSMs that come, go and refuse at any moment; real HSM processes, and the server's own classes. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import type { HsmConnection } from '../../src/hsm-client/connection.ts';
import { connectCluster } from '../../src/keystores/hsm-cluster/connecting.ts';
import type { HsmCluster } from '../../src/keystores/hsm-cluster/hsm-cluster.ts';
import { HsmLink } from '../../src/keystores/hsm-cluster/hsm-link.ts';
import type { ClusterSession } from '../../src/keystores/hsm-cluster/login.ts';
import { KeyStoreUnavailable } from '../../src/keystores/key-store.ts';
import { HsmVerb } from '../../src/rpc/hsm-messages.ts';
import type { HsmUser } from '../../src/rpc/hsm-messages.ts';
import { Clusters } from '../../src/services/cloudhsm/clusters.ts';
import { parseConfiguration } from '../../src/configuration/configuration.ts';
import { BuiltinKeyStore } from '../../src/keystores/builtin/builtin-key-store.ts';
import { CustomKeyStores } from '../../src/services/kms/custom-key-stores.ts';
import { ExternalStores } from '../../src/services/kms/external-stores.ts';
import type { SecretSeal } from '../../src/services/kms/custom-key-stores.ts';
import { findStore, insertStore } from '../../src/storage/custom-key-stores.ts';
import { createRowMac } from '../../src/storage/row-mac.ts';
import type { CustomKeyStoreRow } from '../../src/storage/schema.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';
import type { Database } from '../../src/storage/store.ts';
import * as t from '../hsm/fixture.ts';
import { eventually } from '../stories/claviger.ts';

const CLUSTER = 'cluster-1o36p5xeo5k';
const ZONES = { 'hsm-aaaaaaaaaaa': 'zone-a', 'hsm-bbbbbbbbbbb': 'zone-b' } as const;
const STORE = 'cks-1234567890abcdef0';
/** An HSM that refused is asked again after five seconds. */
const TAKEN_IN_MS = 15_000;
/** Longer than a connection takes. */
const CONNECTED_MS = 1_000;

describe('a key store that is being connected', () => {
  const mac = createRowMac(randomBytes(32));
  const logger = pino({ level: 'silent' });
  let hsms: t.ActiveHsm[];
  let db: Database;
  let clusters: Clusters;
  let cluster: HsmCluster;

  const setEndpoints = (running: readonly t.RunningHsm[]): void =>
    clusters.setEndpoints(
      new Map(
        Object.keys(ZONES).flatMap((hsmId, at) => {
          const hsm = hsms[at] as t.RunningHsm;
          return running.includes(hsm) ? [[hsmId, { host: hsm.host, port: hsm.port }] as const] : [];
        }),
      ),
    );
  const loggedIn = async (): Promise<boolean[]> =>
    Promise.all(
      hsms.map(async ({ officer }) => {
        const users = await officer.json<HsmUser[]>(HsmVerb.ListUsers);
        return users.some(({ name, loggedIn: is }) => name === 'kmsuser' && is);
      }),
    );
  const session = (changes: Partial<ClusterSession> = {}): ClusterSession => ({
    owner: STORE,
    passwords: async () => [t.USER_PASSWORD],
    wanted: async () => t.USER_PASSWORD,
    mayChange: () => true,
    accepted: async () => {},
    ...changes,
  });

  before(async () => {
    t.requireSoftHsm();
    hsms = await Promise.all(
      Object.entries(ZONES).map(([hsmId, availabilityZone]) =>
        t.newActiveHsm({ hsmId, clusterId: CLUSTER, availabilityZone }),
      ),
    );
    const dir = await t.temporaryFolder();
    db = await openSqlite(join(dir, 'db'));
    clusters = new Clusters(
      {
        ...{ db, mac, logger, clock: Date.now, incarnation: 'test', onDuty: () => true },
        escrowFile: join(dir, 'escrow'),
        loginPausesFile: join(dir, 'pauses'),
        rowsSealedMark: join(dir, 'rows-sealed'),
      },
      { hangs: () => {}, resetUserPassword: () => Promise.reject(new Error('there is no agent')) },
    );
    const [{ ca }] = hsms as [t.ActiveHsm];
    await clusters.adopt(
      {
        ...{
          clusterId: CLUSTER,
          trustAnchor: ca.pem,
          clusterCertificate: ca.pem,
          recoveryHsmId: 'hsm-recovery',
        },
        hsms: Object.entries(ZONES).map(([hsmId, availabilityZone]) => ({
          hsmId,
          availabilityZone,
          subnetId: 'subnet-1',
        })),
      },
      { accountId: '111122223333', region: 'eu-west-1' },
    );
    cluster = clusters.live(CLUSTER) as HsmCluster;
    setEndpoints(hsms);
  });
  afterEach(() => cluster.closeSession());
  after(async () => {
    clusters.stop();
    await t.cleanUp();
    await db.destroy();
  });

  it('has HSMs of an older version passed over that do not know a verb, and serving all else', async () => {
    await connectCluster(cluster, session(), () => true);
    const unknownVerb = (): Promise<Buffer> =>
      (hsms[0] as t.ActiveHsm).officer.rpc.call(250, Buffer.alloc(0), 5_000);
    const asked: HsmConnection[] = [];
    const known = await cluster.perform('00'.repeat(16), async (connection) => {
      asked.push(connection);
      return asked.length === 1 ? unknownVerb() : 'done by another one';
    });
    assert.equal(known, 'done by another one');
    assert.equal(new Set(asked).size, 2);
    await assert.rejects(cluster.perform('00'.repeat(16), unknownVerb), KeyStoreUnavailable);
    assert.deepEqual(
      cluster.links.map(({ state, suspect }) => [state, suspect]),
      [
        ['serving', false],
        ['serving', false],
      ],
    );
  });

  it('takes in later an HSM that was drained meanwhile', async () => {
    const [, b] = hsms as [t.ActiveHsm, t.ActiveHsm];
    await b.officer.json(HsmVerb.Drain);
    await connectCluster(cluster, session(), () => true);
    assert.deepEqual(
      cluster.serving.map(({ member }) => member.hsmId),
      ['hsm-aaaaaaaaaaa'],
    );
    await b.officer.json(HsmVerb.Undrain);
    assert.equal(await cluster.waitForServing(TAKEN_IN_MS), true);
  });

  it('takes in later an HSM that let it in when this could not be recorded', async () => {
    let failures = 1;
    const accepted = async (hsmId: string): Promise<void> => {
      if (hsmId === 'hsm-bbbbbbbbbbb' && failures-- > 0) throw new Error('the database is away');
    };
    await connectCluster(cluster, session({ accepted }), () => true);
    assert.equal(await cluster.waitForServing(TAKEN_IN_MS), true);
  });

  it('leaves nobody logged in when it is disconnected during the login', async () => {
    let asked = 0;
    const closing: Promise<void>[] = [];
    const connecting = connectCluster(
      cluster,
      session({
        async wanted() {
          asked += 1;
          if (asked === hsms.length) closing.push(cluster.closeSession());
          await eventually(TAKEN_IN_MS, 'the disconnection', () => (closing.length > 0 ? true : undefined));
          await sleep(100); // its logouts are there first
          return t.USER_PASSWORD;
        },
      }),
      () => true,
    );
    await assert.rejects(connecting);
    await Promise.all(closing);
    assert.deepEqual(await loggedIn(), [false, false]);
    assert.deepEqual(cluster.serving, []);
  });

  it('logs in nowhere when it is disconnected before an HSM answers', async () => {
    clusters.setEndpoints(
      new Map(Object.keys(ZONES).map((hsmId) => [hsmId, { host: '127.0.0.1', port: 1 }])),
    );
    await eventually(TAKEN_IN_MS, 'no HSM', () => (cluster.reachable.length === 0 ? true : undefined));
    let wanted = true;
    const connecting = connectCluster(cluster, session(), () => wanted);
    wanted = false;
    setEndpoints(hsms);
    await connecting;
    assert.equal(cluster.session, undefined);
    assert.deepEqual(await loggedIn(), [false, false]);
  });

  it('does not connect to an HSM that was removed while it tried', async () => {
    const [{ host, port, ca }] = hsms as [t.ActiveHsm];
    let connections = 0;
    const link = new HsmLink(
      { hsmId: 'hsm-aaaaaaaaaaa', clusterId: CLUSTER, availabilityZone: 'zone-a', joining: false },
      () => ({ host, port }),
      ca.pem,
      { connected: async () => void (connections += 1), changed: () => {}, hangs: () => {} },
      logger,
    );
    link.stop();
    await sleep(CONNECTED_MS);
    assert.deepEqual([link.state, connections], ['down', 0]);
  });

  it('keeps the password of an HSM on record that logged in while another one was put in place', async () => {
    const [a, b] = hsms as [t.ActiveHsm, t.ActiveHsm];
    const row = async (): Promise<CustomKeyStoreRow> => (await findStore(db, STORE)) as CustomKeyStoreRow;
    const kept = async (): Promise<string[]> => {
      const { password_sealed: current, next_password_sealed: next } = await row();
      return next === null ? [String(current)] : [String(next), String(current)];
    };
    let opened = Number.NaN;
    const passwords: SecretSeal = {
      async seal(_id, password) {
        opened = 0;
        setEndpoints(hsms);
        await eventually(TAKEN_IN_MS, 'the login of the second HSM', () => (opened < 2 ? undefined : true));
        return Buffer.from(password);
      },
      async unseal(_id, sealed) {
        opened += 1;
        // the second one is what that login tries: it was read before there was a next one, and is used after
        if (opened === 2)
          await eventually(TAKEN_IN_MS, 'the next password', async () =>
            (await kept()).length > 1 ? true : undefined,
          );
        return String(sealed);
      },
    };
    const stores = new CustomKeyStores({
      ...{ db, mac, logger, clusters, passwords },
      external: new ExternalStores({
        settings: parseConfiguration('').externalKeyStores,
        builtin: new BuiltinKeyStore(() => ''),
        ...{ secrets: passwords, logger, observed: () => undefined },
      }),
      duty: { held: true, fence: 1, require: async () => {} },
      subnetsExist: () => true,
    });
    const store = mac.seal('custom_key_stores', {
      ...{ custom_key_store_id: STORE, account_id: '111122223333', region: 'eu-west-1', name: 'store' },
      ...{
        type: 'AWS_CLOUDHSM' as const,
        cluster_id: CLUSTER,
        trust_anchor: a.ca.pem,
        proxy: null,
        created_at: 0,
      },
      ...{ password_sealed: Buffer.from(t.USER_PASSWORD), next_password_sealed: null },
      ...{ connection_state: 'DISCONNECTED' as const, connection_error_code: null },
    });
    await insertStore(db, store);
    await stores.load();
    clusters.setEndpoints(
      new Map([
        ['hsm-aaaaaaaaaaa', { host: a.host, port: a.port }],
        ['hsm-bbbbbbbbbbb', { host: a.host, port: 1 }],
      ]),
    );
    await eventually(TAKEN_IN_MS, 'one HSM', () => (cluster.reachable.length === 1 ? true : undefined));
    stores.beginConnecting(store);
    const reached = (state: string) => async () =>
      (await row()).connection_state === state ? true : undefined;
    await eventually(TAKEN_IN_MS, 'the connection', reached('CONNECTED'));
    assert.equal(await cluster.waitForServing(TAKEN_IN_MS), true);

    const logins: string[] = [];
    for (const password of await kept()) logins.push(await t.outcome(t.loginTo(b, password, STORE)));
    assert.deepEqual(logins, ['LOGIN_FAILED', 'OK']);

    await b.kill('SIGKILL');
    hsms[1] = { ...b, ...(await t.startHsm(b.dir)) };
    setEndpoints(hsms);
    await eventually(TAKEN_IN_MS, 'the new password', async () => (await kept()).length === 1 || undefined);
    const [password = ''] = await kept();
    assert.equal(await t.outcome(t.loginTo(hsms[1] as t.RunningHsm, password, STORE)), 'OK');
    assert.notEqual(password, t.USER_PASSWORD);
    stores.beginDisconnecting(store);
    await eventually(TAKEN_IN_MS, 'the disconnection', reached('DISCONNECTED'));
  });
});
