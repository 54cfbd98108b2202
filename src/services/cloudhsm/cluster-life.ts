/**
 * What happens to clusters by itself: every state that is on its way somewhere has one step here, which is safe to repeat and
 * is taken until the state is reached. What is to come is in the database alone, so that a server that was killed goes on.
 */
import {
  CertificateRejected,
  installCertificate,
  readCertificateRequest,
} from '../../keystores/hsm-cluster/first-contact.ts';
import type { FirstHsm } from '../../keystores/hsm-cluster/first-contact.ts';
import { findBackup } from '../../storage/backups.ts';
import { holdersOfKeys, removeHsm } from '../../storage/clusters.ts';
import type { ClusterBackupRow, ClusterRow, HsmRow } from '../../storage/schema.ts';
import { inTransaction } from '../../storage/store.ts';
import {
  backupDonor,
  dropUnfinishedBackups,
  imageOf,
  makeBackup,
  newestBackup,
  requireMaker,
} from './backups.ts';
import { addressOf } from './cluster-rules.ts';
import type { CloudHsm } from './operation.ts';

export type LifePorts = Pick<CloudHsm, 'db' | 'mac' | 'clock' | 'logger' | 'clusters' | 'settings'>;

/** Where a local HSM listens, unless the port is taken. CloudHSM: TCP 2223 to 2225. */
const HSM_PORT = 2223;
const EVERY_MS = 200;
const AFTER_FAILURE_MS = 2_000;

type Step = (ports: LifePorts, cluster: ClusterRow) => Promise<void>;

/** By state of the cluster; a state that is not here changes by calls only. */
const STEPS: Readonly<Record<string, readonly Step[]>> = {
  CREATE_IN_PROGRESS: [finishCreation],
  UNINITIALIZED: [startHsms, takeCertificateRequest, removeHsms],
  INITIALIZE_IN_PROGRESS: [initialise],
  INITIALIZED: [startHsms, noticeActivation, removeHsms],
  ACTIVE: [startHsms, noticeArrivals, removeHsms, makeDueBackup],
  DELETE_IN_PROGRESS: [finishDeletion],
};

export interface ClusterLife {
  stop(): void;
}

/**
 * Takes steps, after the backups that a crash cut off are gone, until it is stopped. Clusters do not wait for each other.
 * @param onDuty whether that is for this process to do now
 */
export function startClusterLife(ports: LifePorts, onDuty: () => boolean): ClusterLife {
  const busy = new Set<string>();
  let tidied = false;
  let tidying: Promise<unknown> | undefined;
  const tidy = (): void => {
    tidying ??= dropUnfinishedBackups(ports)
      .catch((error: unknown) => ports.logger.warn({ err: error }, 'unfinished backups could not be removed'))
      .finally(() => (tidied = true));
  };
  const restUntil = new Map<string, number>();
  const look = (cluster: ClusterRow): void => {
    const { cluster_id: id } = cluster;
    if (busy.has(id) || !isUnderWay(ports, cluster) || performance.now() < (restUntil.get(id) ?? 0)) return;
    busy.add(id);
    void takeSteps(ports, cluster)
      .catch((error: unknown) => {
        restUntil.set(id, performance.now() + AFTER_FAILURE_MS);
        ports.logger.warn({ err: error, clusterId: id }, 'a step in the life of a cluster failed');
      })
      .finally(() => busy.delete(id));
  };
  const timer = setInterval(() => {
    if (!onDuty()) {
      if (busy.size === 0) [tidied, tidying] = [false, undefined];
      return;
    }
    tidy();
    if (tidied) for (const cluster of ports.clusters.all()) look(cluster);
  }, EVERY_MS).unref();
  return { stop: () => clearInterval(timer) };
}

function isUnderWay({ clusters }: LifePorts, cluster: ClusterRow): boolean {
  const hsms = clusters.hsmsOf(cluster.cluster_id);
  switch (cluster.state) {
    case 'CREATE_IN_PROGRESS':
    case 'INITIALIZE_IN_PROGRESS':
    case 'DELETE_IN_PROGRESS':
      return true;
    case 'INITIALIZED':
      return hsms.length > 0;
    case 'UNINITIALIZED':
    case 'ACTIVE':
      return cluster.backup_due !== null || hsms.some((hsm) => hsm.state !== 'ACTIVE');
    default:
      return false;
  }
}

async function takeSteps(ports: LifePorts, cluster: ClusterRow): Promise<void> {
  for (const step of STEPS[cluster.state] ?? []) await step(ports, cluster);
}

/** The HSMs of a cluster in a state, as they are now. */
function hsmsIn({ clusters }: LifePorts, { cluster_id: id }: ClusterRow, state: string): HsmRow[] {
  return clusters.hsmsOf(id).filter((hsm) => hsm.state === state);
}

async function finishCreation({ clusters }: LifePorts, cluster: ClusterRow): Promise<void> {
  await clusters.exclusive(() =>
    clusters.change(cluster, {
      state: cluster.source_backup_id === null ? 'UNINITIALIZED' : 'INITIALIZED',
    }),
  );
}

async function finishDeletion({ clusters }: LifePorts, cluster: ClusterRow): Promise<void> {
  await clusters.exclusive(() =>
    clusters.change(cluster, { state: 'DELETED', state_message: null, backup_due: null }),
  );
}

// ---- HSMs that come

/** Has the processes of new local HSMs made. */
async function startHsms(ports: LifePorts, cluster: ClusterRow): Promise<void> {
  const { clusters } = ports;
  for (const hsm of hsmsIn(ports, cluster, 'CREATE_IN_PROGRESS')) {
    if (hsm.host_kind === 'remote' || clusters.endpointOf(hsm.hsm_id) !== undefined) continue;
    const image = await imageFor(ports, cluster, hsm);
    await requireMaker(ports).createHsm({
      hsmId: hsm.hsm_id,
      clusterId: hsm.cluster_id,
      availabilityZone: hsm.availability_zone,
      subnetId: hsm.subnet_id,
      host: addressOf(hsm),
      port: HSM_PORT,
      ...(image === undefined ? {} : { image: { ...imageOf(image), sha256: image.image_sha256 ?? '' } }),
    });
  }
}

/**
 * What a new HSM begins from: the cluster's first HSM empty or from the cluster's source backup; a later one, as in AWS, from a
 * fresh backup of its siblings, so that it has all users and keys at once; where none can be made, from the newest one.
 */
async function imageFor(
  ports: LifePorts,
  cluster: ClusterRow,
  hsm: HsmRow,
): Promise<ClusterBackupRow | undefined> {
  const { db, mac, clusters } = ports;
  if (hsm.image_backup_id !== null) return findBackup(db, mac, hsm.image_backup_id);
  if (cluster.state === 'UNINITIALIZED') return undefined;
  if (cluster.state === 'INITIALIZED')
    return cluster.source_backup_id === null ? undefined : findBackup(db, mac, cluster.source_backup_id);
  const donor = backupDonor(ports, cluster.cluster_id);
  const image =
    donor === undefined
      ? await newestBackup(ports, cluster.cluster_id)
      : await makeBackup(ports, cluster, donor);
  if (image !== undefined)
    await clusters.exclusive(() => clusters.changeHsm(hsm, { image_backup_id: image.backup_id }));
  return image;
}

/** The first HSM of a new cluster runs: its request is the cluster's. */
async function takeCertificateRequest(ports: LifePorts, cluster: ClusterRow): Promise<void> {
  const { clusters } = ports;
  for (const hsm of hsmsIn(ports, cluster, 'CREATE_IN_PROGRESS')) {
    const first = firstHsm(ports, hsm);
    if (first === undefined) continue;
    const request = await readCertificateRequest(first);
    await clusters.exclusive(async () => {
      await clusters.changeHsm(hsm, { state: 'ACTIVE', state_message: 'HSM created.' });
      await clusters.change(cluster, { cluster_csr: request, state_message: null });
    });
  }
}

function firstHsm({ clusters }: LifePorts, hsm: HsmRow): FirstHsm | undefined {
  const endpoint = clusters.endpointOf(hsm.hsm_id);
  return endpoint === undefined ? undefined : { ...endpoint, hsmId: hsm.hsm_id, clusterId: hsm.cluster_id };
}

/** The HSM has the last word on its certificate: one that it does not take leaves the cluster as it was. */
async function initialise(ports: LifePorts, cluster: ClusterRow): Promise<void> {
  const { clusters } = ports;
  const { cluster_id: id, cluster_certificate: certificate, trust_anchor: anchor } = cluster;
  const [hsm] = clusters.hsmsOf(id);
  const first = hsm === undefined ? undefined : firstHsm(ports, hsm);
  if (first === undefined || certificate === null || anchor === null) return;
  try {
    await installCertificate(first, certificate, anchor);
  } catch (error) {
    if (!(error instanceof CertificateRejected)) throw error;
    await clusters.exclusive(() =>
      clusters.change(cluster, {
        state: 'UNINITIALIZED',
        trust_anchor: null,
        cluster_certificate: null,
        state_message: `The HSM did not take the certificate: ${error.message}.`,
      }),
    );
    return;
  }
  await clusters.exclusive(() =>
    clusters.change(cluster, { state: 'INITIALIZED', cluster_csr: null, state_message: null }),
  );
}

/** The crypto officer set the first password: the HSM says so. One that began from a backup had one all along. */
async function noticeActivation(ports: LifePorts, cluster: ClusterRow): Promise<void> {
  const { clusters } = ports;
  const live = clusters.live(cluster.cluster_id);
  const up = clusters
    .hsmsOf(cluster.cluster_id)
    .filter((hsm) => live?.links.some((link) => link.member.hsmId === hsm.hsm_id && link.state !== 'down'));
  if (up.length === 0) return;
  await clusters.exclusive(async () => {
    for (const hsm of up) await clusters.changeHsm(hsm, { state: 'ACTIVE', state_message: 'HSM created.' });
    await clusters.change(cluster, {
      state: 'ACTIVE',
      state_message: null,
      backup_due: 'activation',
    });
  });
}

/** A new HSM is in the cluster once it serves; where no key store is connected, once it is up under the trust anchor. */
async function noticeArrivals(ports: LifePorts, cluster: ClusterRow): Promise<void> {
  const { clusters } = ports;
  const live = clusters.live(cluster.cluster_id);
  for (const hsm of hsmsIn(ports, cluster, 'CREATE_IN_PROGRESS')) {
    const link = live?.links.find(({ member }) => member.hsmId === hsm.hsm_id);
    const wanted = live?.session === undefined ? 'up' : 'serving';
    if (link === undefined || (link.state !== wanted && link.state !== 'serving')) continue;
    await clusters.exclusive(async () => {
      await clusters.changeHsm(hsm, {
        state: 'ACTIVE',
        state_message: 'HSM created.',
        image_backup_id: null,
      });
      await clusters.change(cluster, { state_message: null });
    });
  }
}

// ---- HSMs that go

/**
 * An HSM of an active cluster is backed up before it goes, once its log was read to the end. When the backup fails, it goes only if
 * it is the last holder of no key.
 */
async function removeHsms(ports: LifePorts, cluster: ClusterRow): Promise<void> {
  const { db, clusters, logger } = ports;
  const leaving = clusters.live(cluster.cluster_id)?.leaving ?? [];
  for (const hsm of hsmsIn(ports, cluster, 'DELETE_IN_PROGRESS')) {
    if (leaving.some(({ member }) => member.hsmId === hsm.hsm_id)) continue;
    if (cluster.state === 'ACTIVE' && hsm.host_kind !== 'remote') {
      try {
        await makeBackup(ports, cluster, hsm.hsm_id);
      } catch (error) {
        const keys = await lastHeldBy(ports, hsm);
        if (keys > 0) {
          await sayThatItStays(ports, hsm, keys);
          throw error;
        }
        logger.warn({ err: error, hsmId: hsm.hsm_id }, 'an HSM is removed without a backup of it');
      }
    }
    if (hsm.host_kind !== 'remote') await requireMaker(ports).removeHsm(hsm.hsm_id);
    await clusters.exclusive(async () => {
      await inTransaction(db, (tx) => removeHsm(tx, hsm.hsm_id));
      await clusters.change(cluster, cluster.state === 'UNINITIALIZED' ? { cluster_csr: null } : {});
    });
    logger.info({ hsmId: hsm.hsm_id, clusterId: hsm.cluster_id }, 'an HSM was removed');
  }
}

/** The owner asked for its end, and would wait in vain for it: the reason is the server's, which has it in its log. */
async function sayThatItStays({ clusters }: LifePorts, hsm: HsmRow, keys: number): Promise<void> {
  const message = `The HSM stays: only it holds ${keys} keys, and its backup failed; tried again. The server's log says why.`;
  if (hsm.state_message === message) return;
  await clusters.exclusive(() => clusters.changeHsm(hsm, { state_message: message }));
}

/** How many keys no other HSM of the cluster holds. */
async function lastHeldBy({ db }: LifePorts, hsm: HsmRow): Promise<number> {
  const holders = await holdersOfKeys(db, hsm.cluster_id);
  return [...holders.values()].filter((ids) => ids.size === 1 && ids.has(hsm.hsm_id)).length;
}

async function makeDueBackup(ports: LifePorts, cluster: ClusterRow): Promise<void> {
  const { clusters } = ports;
  const donor = backupDonor(ports, cluster.cluster_id);
  if (clusters.find(cluster.cluster_id)?.backup_due === null || donor === undefined) return;
  await makeBackup(ports, cluster, donor);
  await clusters.exclusive(() => clusters.change(cluster, { backup_due: null }));
}
