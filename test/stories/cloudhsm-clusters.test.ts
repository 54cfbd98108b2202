/**
 * HSM clusters in their lives: HSMs come and go under a connected key store, backups bring lost keys back, and key stores fail
 * to connect for every reason that a cluster can give. All HSMs are real processes; the operator agent enrols those of clusters
 * under its own CA.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  CreateClusterCommand,
  CreateHsmCommand,
  DeleteClusterCommand,
  DeleteHsmCommand,
  DescribeBackupsCommand,
  DescribeClustersCommand,
  InitializeClusterCommand,
} from '@aws-sdk/client-cloudhsm-v2';
import type { Backup, CloudHSMV2Client, Cluster } from '@aws-sdk/client-cloudhsm-v2';
import {
  ConnectCustomKeyStoreCommand,
  CreateCustomKeyStoreCommand,
  CreateKeyCommand,
  DecryptCommand,
  DeleteCustomKeyStoreCommand,
  DescribeCustomKeyStoresCommand,
  DescribeKeyCommand,
  DisconnectCustomKeyStoreCommand,
  EncryptCommand,
  UpdateCustomKeyStoreCommand,
} from '@aws-sdk/client-kms';
import type { CustomKeyStoresListEntry, KMSClient } from '@aws-sdk/client-kms';
import { readJournal } from '../../src/audit/reading.ts';
import type { HsmConnection } from '../../src/hsm-client/connection.ts';
import { eventually, startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';
import { ClusterOwner, cloudHsmClient, clusterBecomes, hsmAddress } from './own-cluster.ts';
import { refusal } from './refusal.ts';

describe('HSM clusters and the key stores on them', () => {
  let claviger: Claviger;
  let kms: KMSClient;
  let client: CloudHSMV2Client;
  /** The operator of the first start, whose CA the agent has. */
  let operator: ClusterOwner;
  /** Another owner, whose HSMs the agent leaves alone. */
  let stranger: ClusterOwner;
  let first: string;
  let storeId: string;
  let zones: string[];
  let subnets: string[];
  let keyId: string;
  let blob: Uint8Array | undefined;
  let backup: Backup;
  let restored: string;
  let foreign: string;
  let foreignStore: string;

  const activeHsms = (cluster: Cluster): string[] =>
    (cluster.Hsms ?? []).filter(({ State }) => State === 'ACTIVE').map(({ HsmId }) => HsmId ?? '');
  const hsmsOf = async (clusterId: string): Promise<string[]> =>
    activeHsms(await clusterBecomes(client, clusterId, 'listed', () => true));
  const addHsm = async (clusterId: string, zone: string): Promise<string> => {
    const { Hsm } = await client.send(new CreateHsmCommand({ ClusterId: clusterId, AvailabilityZone: zone }));
    return Hsm?.HsmId ?? '';
  };
  const isActive = (clusterId: string, hsmId: string): Promise<Cluster> =>
    clusterBecomes(client, clusterId, `${hsmId} ACTIVE`, (cluster) => activeHsms(cluster).includes(hsmId));
  const removeHsm = async (clusterId: string, hsmId: string): Promise<void> => {
    await client.send(new DeleteHsmCommand({ ClusterId: clusterId, HsmId: hsmId }));
    await clusterBecomes(
      client,
      clusterId,
      `${hsmId} gone`,
      ({ Hsms }) => Hsms?.every((hsm) => hsm.HsmId !== hsmId) === true,
    );
  };
  const readyBackups = async (clusterId: string): Promise<Backup[]> => {
    const { Backups } = await client.send(
      new DescribeBackupsCommand({ Filters: { clusterIds: [clusterId], states: ['READY'] } }),
    );
    return Backups ?? [];
  };
  /** Connections as the crypto officer of the first start's cluster and those made from its backups. */
  const asOfficer = async (clusterId: string, work: (hsm: HsmConnection) => Promise<void>): Promise<void> => {
    const hsms = await hsmsOf(clusterId);
    const addresses = await Promise.all(hsms.map((hsmId) => hsmAddress(claviger, hsmId, clusterId)));
    await operator.asOfficer(addresses, async (officers) => {
      for (const { connection } of officers) await work(connection);
    });
  };

  const newKey = async (store = storeId): Promise<string> => {
    const command = new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: store });
    return (await kms.send(command)).KeyMetadata?.KeyId ?? '';
  };
  const decrypts = async (): Promise<void> => {
    const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob: blob }));
    assert.equal(Buffer.from(Plaintext ?? []).toString(), 'before');
  };
  const describeStore = async (id: string): Promise<CustomKeyStoresListEntry> => {
    const { CustomKeyStores } = await kms.send(new DescribeCustomKeyStoresCommand({ CustomKeyStoreId: id }));
    return CustomKeyStores?.[0] as CustomKeyStoresListEntry;
  };
  const state = (id: string, wanted: string): Promise<CustomKeyStoresListEntry> =>
    eventually(30_000, `the store ${wanted}`, async () => {
      const store = await describeStore(id);
      return store.ConnectionState === wanted ? store : undefined;
    });
  const begin = (id: string): Promise<unknown> =>
    kms.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId: id }));
  const connect = async (id: string): Promise<void> => {
    await begin(id);
    const outcome = await eventually(30_000, 'an outcome', async () => {
      const store = await describeStore(id);
      return store.ConnectionState === 'CONNECTING' ? undefined : store;
    });
    assert.equal(outcome.ConnectionState, 'CONNECTED', outcome.ConnectionErrorCode);
  };
  const disconnect = async (id: string): Promise<void> => {
    await kms.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: id }));
    await state(id, 'DISCONNECTED');
  };
  const failsWith = async (id: string, code: string): Promise<void> => {
    await begin(id);
    assert.equal((await state(id, 'FAILED')).ConnectionErrorCode, code);
    await disconnect(id);
  };
  const tellKms = (id: string, changes: object): Promise<unknown> =>
    kms.send(new UpdateCustomKeyStoreCommand({ CustomKeyStoreId: id, ...changes }));

  before(async () => {
    operator = new ClusterOwner();
    stranger = new ClusterOwner();
    claviger = await startClaviger();
    cpSync(join(claviger.dataDir, 'operator'), operator.operatorDir, { recursive: true });
    kms = claviger.client();
    client = cloudHsmClient(claviger);
    ({ clusterId: first, customKeyStoreId: storeId } = claviger.config());
    const { Clusters } = await client.send(new DescribeClustersCommand({}));
    zones = Object.keys(Clusters?.[0]?.SubnetMapping ?? {});
    subnets = Object.values(Clusters?.[0]?.SubnetMapping ?? {});
    keyId = await newKey();
    ({ CiphertextBlob: blob } = await kms.send(
      new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('before') }),
    ));
  });
  after(async () => {
    await claviger?.remove();
    operator?.remove();
    stranger?.remove();
  });

  it('takes a new HSM into a connected cluster, with all users and keys', async () => {
    const [one = '', two = ''] = await hsmsOf(first);
    const third = await addHsm(first, zones[0] ?? '');
    await isActive(first, third);
    await removeHsm(first, one);
    await removeHsm(first, two);
    assert.deepEqual(await hsmsOf(first), [third]);
    await decrypts(); // the new HSM is the only one left
  });

  it('says which keys only one HSM holds, and makes no new ones then', async () => {
    const cluster = await clusterBecomes(client, first, 'listed', () => true);
    assert.match(cluster.StateMessage ?? '', /Only one HSM holds the keys/);
    const refused = await refusal(newKey());
    assert.equal(refused.name, 'CloudHsmClusterInvalidConfigurationException');
    const notes: unknown[] = [];
    for await (const { event } of readJournal(join(claviger.dataDir, 'server', 'audit')))
      if (event.eventName === 'DeleteHsm') notes.push(event.additionalEventData);
    assert.deepEqual(notes, [undefined, { keysHeldByOneHsm: 1, keysHeldByNoHsm: 0 }]);
  });

  it('backs the cluster up on activation, when an HSM comes and when one goes', async () => {
    await isActive(first, await addHsm(first, zones[1] ?? ''));
    const backups = await readyBackups(first);
    assert.ok(backups.length >= 5, `${backups.length} backups`);
    assert.deepEqual(
      backups.map((each) => each.CreateTimestamp?.getTime()),
      backups.map((each) => each.CreateTimestamp?.getTime()).sort((a, b) => (b ?? 0) - (a ?? 0)),
    );
    backup = backups[0] as Backup;
  });

  it('runs the same HSMs after a restart', async () => {
    const before = await hsmsOf(first);
    await claviger.restart();
    kms = claviger.client();
    client = cloudHsmClient(claviger);
    await clusterBecomes(client, first, 'both HSMs', (now) => activeHsms(now).length === 2);
    assert.deepEqual(await hsmsOf(first), before);
    assert.deepEqual(Object.keys(claviger.config().pids.hsm).sort(), [...before].sort());
    await decrypts();
    await newKey();
  });

  it('lists key objects that are on no record, and leaves them alone', async () => {
    await disconnect(storeId);
    await asOfficer(first, (hsm) => hsm.setUserPassword('kmsuser', 'byHand1byHand'));
    const [hsmId = ''] = await hsmsOf(first);
    const materialId = randomBytes(16).toString('hex');
    const hsm = await operator.asUser(await hsmAddress(claviger, hsmId, first), 'kmsuser', 'byHand1byHand');
    await hsm.generateKey({ materialId, label: 'made by hand' });
    await hsm.logout();
    hsm.close();
    await tellKms(storeId, { KeyStorePassword: 'byHand1byHand' });
    await connect(storeId);
    const { Hsms } = await clusterBecomes(
      client,
      first,
      'the key seen',
      (now) =>
        now.Hsms?.some((each) => /1 key objects that are on no record/.test(each.StateMessage ?? '')) ===
        true,
    );
    assert.equal(Hsms?.find((each) => each.HsmId === hsmId)?.State, 'ACTIVE');
    const db = await claviger.openStore();
    const quarantine = await db
      .selectFrom('hsm_quarantine')
      .select(['hsm_id', 'material_id', 'label'])
      .execute();
    await db.destroy();
    assert.deepEqual(quarantine, [{ hsm_id: hsmId, material_id: materialId, label: 'made by hand' }]);
  });

  it('has lost a key that was destroyed by hand on all HSMs', async () => {
    await disconnect(storeId);
    await asOfficer(first, (hsm) => hsm.setUserPassword('kmsuser', 'destroy1destroy'));
    for (const hsmId of await hsmsOf(first)) {
      const address = await hsmAddress(claviger, hsmId, first);
      const hsm = await operator.asUser(address, 'kmsuser', 'destroy1destroy');
      const keys = await hsm.listKeys();
      await hsm.destroyKey(keys.find(({ label }) => label.endsWith(keyId))?.materialId ?? '');
      await hsm.logout();
      hsm.close();
    }
    await tellKms(storeId, { KeyStorePassword: 'destroy1destroy' });
    await connect(storeId);
    const error = await refusal(decrypts());
    assert.equal(error.name, 'KMSInvalidStateException');
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: keyId }));
    assert.equal(KeyMetadata?.KeyState, 'Enabled');
    await disconnect(storeId);
  });

  it('makes a cluster from a backup: with users, keys and certificate, and active with its first HSM', async () => {
    const { Cluster } = await client.send(
      new CreateClusterCommand({
        HsmType: 'hsm2m.medium',
        SubnetIds: subnets,
        SourceBackupId: backup.BackupId,
      }),
    );
    restored = Cluster?.ClusterId ?? '';
    assert.equal(Cluster?.SourceBackupId, backup.BackupId);
    const original = await clusterBecomes(client, first, 'listed', () => true);
    assert.deepEqual(Cluster?.Certificates, original.Certificates);
    await clusterBecomes(client, restored, 'INITIALIZED', ({ State }) => State === 'INITIALIZED');
    const initialize = new InitializeClusterCommand({
      ClusterId: restored,
      SignedCert: original.Certificates?.ClusterCertificate,
      TrustAnchor: operator.file('customerCA.crt'),
    });
    await assert.rejects(client.send(initialize), { name: 'CloudHsmInvalidRequestException' });
    await isActive(restored, await addHsm(restored, zones[0] ?? ''));
    await clusterBecomes(client, restored, 'ACTIVE', ({ State }) => State === 'ACTIVE');
  });

  it('lets a key store use a related cluster with two HSMs only', async () => {
    const one = await refusal(tellKms(storeId, { CloudHsmClusterId: restored }));
    assert.equal(one.name, 'CloudHsmClusterInvalidConfigurationException');
    await isActive(restored, await addHsm(restored, zones[1] ?? ''));
    const second = await refusal(
      kms.send(
        new CreateCustomKeyStoreCommand({
          CustomKeyStoreName: 'second',
          CloudHsmClusterId: restored,
          TrustAnchorCertificate: operator.file('customerCA.crt'),
          KeyStorePassword: 'destroy1destroy',
        }),
      ),
    );
    assert.equal(second.name, 'CloudHsmClusterInUseException');
    await tellKms(storeId, { CloudHsmClusterId: restored });
  });

  it('brings the destroyed key back from the backup, whose kmsuser has the password of then', async () => {
    await failsWith(storeId, 'INVALID_CREDENTIALS');
    await asOfficer(restored, (hsm) => hsm.setUserPassword('kmsuser', 'restored1restored'));
    await tellKms(storeId, { KeyStorePassword: 'restored1restored' });
    await connect(storeId);
    await decrypts();
  });

  it('fails with INSUFFICIENT_CLOUDHSM_HSMS when no HSM process can be started', async () => {
    await disconnect(storeId);
    const files = (await hsmsOf(restored)).map((id) => join(claviger.dataDir, 'hsm', id, 'hsm.json'));
    const whole = files.map((file) => readFileSync(file));
    const pids = (await hsmsOf(restored)).map((id) => claviger.config().pids.hsm[id] ?? 0);
    for (const file of files) writeFileSync(file, '{}');
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    try {
      await clusterBecomes(client, restored, 'all away', ({ Hsms }) =>
        (Hsms ?? []).every((hsm) => hsm.State === 'DEGRADED'),
      );
      await failsWith(storeId, 'INSUFFICIENT_CLOUDHSM_HSMS');
    } finally {
      files.forEach((file, at) => writeFileSync(file, whole[at] ?? ''));
    }
    await clusterBecomes(client, restored, 'both back', (cluster) => activeHsms(cluster).length === 2);
  });

  it('fails with INTERNAL_ERROR when HSMs answer and cannot do their work', async () => {
    const folders = (await hsmsOf(restored)).map((id) => join(claviger.dataDir, 'hsm', id));
    for (const folder of folders) chmodSync(folder, 0o500);
    try {
      await failsWith(storeId, 'INTERNAL_ERROR');
    } finally {
      for (const folder of folders) chmodSync(folder, 0o700);
    }
    await connect(storeId);
    await decrypts();
  });

  it('leaves the HSMs of a cluster under another CA to their owner', async () => {
    const { Cluster } = await client.send(
      new CreateClusterCommand({ HsmType: 'hsm2m.medium', SubnetIds: subnets }),
    );
    foreign = Cluster?.ClusterId ?? '';
    await clusterBecomes(client, foreign, 'UNINITIALIZED', ({ State }) => State === 'UNINITIALIZED');
    const notActive = await refusal(createForeignStore());
    assert.equal(notActive.name, 'CloudHsmClusterNotActiveException');
    const hsmId = await addHsm(foreign, zones[0] ?? '');
    const { Certificates } = await clusterBecomes(
      client,
      foreign,
      'a CSR',
      (now) => now.Certificates?.ClusterCsr !== undefined,
    );
    stranger.makeCa();
    await client.send(
      new InitializeClusterCommand({
        ClusterId: foreign,
        SignedCert: stranger.sign(Certificates?.ClusterCsr ?? ''),
        TrustAnchor: stranger.file('customerCA.crt'),
      }),
    );
    await clusterBecomes(client, foreign, 'INITIALIZED', ({ State }) => State === 'INITIALIZED');
    await stranger.asOfficer([await hsmAddress(claviger, hsmId, foreign)], async () => {});
    await clusterBecomes(client, foreign, 'ACTIVE', ({ State }) => State === 'ACTIVE');
    const oneHsm = await refusal(createForeignStore());
    assert.equal(oneHsm.name, 'CloudHsmClusterInvalidConfigurationException');
    const second = await addHsm(foreign, zones[1] ?? '');
    await clusterBecomes(
      client,
      foreign,
      'waiting',
      ({ Hsms }) =>
        Hsms?.some((hsm) => hsm.HsmId === second && /hsm enrol/.test(hsm.StateMessage ?? '')) === true,
    );
    await stranger.asOfficer([await hsmAddress(claviger, second, foreign)], async () => {});
    await isActive(foreign, second);
  });

  const createForeignStore = async (trustAnchor = operator.file('customerCA.crt')): Promise<string> => {
    const { CustomKeyStoreId } = await kms.send(
      new CreateCustomKeyStoreCommand({
        CustomKeyStoreName: 'foreign',
        CloudHsmClusterId: foreign,
        TrustAnchorCertificate: trustAnchor,
        KeyStorePassword: 'stranger1',
      }),
    );
    return CustomKeyStoreId ?? '';
  };

  it('has a key store made once, under the right trust anchor, and never on an unrelated cluster', async () => {
    const wrong = await refusal(createForeignStore());
    assert.equal(wrong.name, 'IncorrectTrustAnchorException');
    foreignStore = await createForeignStore(stranger.file('customerCA.crt'));
    assert.equal(await createForeignStore(stranger.file('customerCA.crt')), foreignStore);
    const unrelated = await refusal(tellKms(foreignStore, { CloudHsmClusterId: first }));
    assert.equal(unrelated.name, 'CloudHsmClusterNotRelatedException');
  });

  it('fails with USER_NOT_FOUND before the owner made kmsuser; makes keys once its HSMs are enrolled', async () => {
    await failsWith(foreignStore, 'USER_NOT_FOUND');
    const addresses = await Promise.all(
      (await hsmsOf(foreign)).map((id) => hsmAddress(claviger, id, foreign)),
    );
    await stranger.asOfficer(addresses, async (officers) => {
      for (const { connection } of officers) await connection.createUser('kmsuser', 'stranger1');
    });
    await connect(foreignStore);
    const notEnrolled = await refusal(newKey(foreignStore));
    assert.equal(notEnrolled.name, 'CloudHsmClusterInvalidConfigurationException');
    assert.match(notEnrolled.message, /not enrolled with each other/);
    await stranger.enrol(addresses, 'stranger1');
    const key = await newKey(foreignStore);
    await kms.send(new EncryptCommand({ KeyId: key, Plaintext: Buffer.from('x') }));
    await decrypts();
    await disconnect(foreignStore);
    const keys = await refusal(kms.send(new DeleteCustomKeyStoreCommand({ CustomKeyStoreId: foreignStore })));
    assert.equal(keys.name, 'CustomKeyStoreHasCMKsException');
  });

  it('fails with CLUSTER_NOT_FOUND once the cluster was deleted', async () => {
    for (const hsmId of await hsmsOf(foreign)) await removeHsm(foreign, hsmId);
    const noHsm = await refusal(begin(foreignStore));
    assert.equal(noHsm.name, 'CloudHsmClusterInvalidConfigurationException');
    await client.send(new DeleteClusterCommand({ ClusterId: foreign }));
    await eventually(10_000, 'deleted', async () => {
      const { Clusters } = await client.send(
        new DescribeClustersCommand({ Filters: { clusterIds: [foreign], states: ['DELETED'] } }),
      );
      return Clusters?.[0];
    });
    await failsWith(foreignStore, 'CLUSTER_NOT_FOUND');
    const again = await refusal(tellKms(foreignStore, { CloudHsmClusterId: foreign }));
    assert.equal(again.name, 'CloudHsmClusterNotFoundException');
    assert.equal((await readyBackups(foreign)).length > 0, true); // its last backups stay
  });

  it('fails with SUBNET_NOT_FOUND when a subnet of the cluster is configured no more', async () => {
    const config = join(claviger.dataDir, 'claviger.yaml');
    const [subnet = ''] = subnets;
    await disconnect(storeId);
    writeFileSync(
      config,
      `requestQuotas: { enforced: false }\ncloudhsm: { subnets: [{ id: ${subnet}, availabilityZone: ${zones[0] ?? ''} }], backupEveryHours: 0.0003 }\n`,
    );
    await claviger.restart();
    kms = claviger.client();
    client = cloudHsmClient(claviger);
    await failsWith(storeId, 'SUBNET_NOT_FOUND');
  });

  it('is backed up by schedule', async () => {
    const before = (await readyBackups(restored)).length;
    await eventually(60_000, 'a backup by schedule', async () =>
      (await readyBackups(restored)).length > before ? true : undefined,
    );
  });

  it('does not start on rows of clusters that somebody else wrote', async () => {
    await claviger.stop();
    const db = await claviger.openStore();
    const ofFirst = db.selectFrom('clusters').select('trust_anchor').where('cluster_id', '=', first);
    const { trust_anchor: anchor } = await ofFirst.executeTakeFirstOrThrow();
    const set = (pem: string | null): Promise<unknown> =>
      db.updateTable('clusters').set({ trust_anchor: pem }).where('cluster_id', '=', first).execute();
    await set(stranger.file('customerCA.crt'));
    await assert.rejects(claviger.resume(), /a row of clusters does not carry its authentication code/);
    await set(anchor);
    await db.destroy();
    await claviger.resume();
  });
});
