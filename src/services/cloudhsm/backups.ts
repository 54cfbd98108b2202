/**
 * Making, keeping and ending backups of clusters. AWS: "AWS CloudHSM cluster backups": at least one a day, and on activation,
 * on adding and on removing an HSM; kept for the cluster's retention period; the last one of a cluster is never deleted by itself.
 */
import { findBackup, listBackups, putBackup, removeBackup } from '../../storage/backups.ts';
import { removeResourcePolicy } from '../../storage/cloudhsm-policies.ts';
import { removeResourceTags } from '../../storage/cloudhsm-tags.ts';
import type { ClusterBackupRow, ClusterRow } from '../../storage/schema.ts';
import { inTransaction } from '../../storage/store.ts';
import { DEFAULT_RETENTION_DAYS, lineageOf, newId } from './cluster-rules.ts';
import type { HsmMaker, ImageName } from './hsm-host.ts';
import type { CloudHsm } from './operation.ts';
import { resourceArn } from './resources.ts';

type BackupPorts = Pick<CloudHsm, 'db' | 'mac' | 'clock' | 'logger' | 'clusters' | 'settings'>;

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

export function imageOf(row: ClusterBackupRow): ImageName {
  return {
    backupId: row.backup_id,
    region: row.region,
    lineage: lineageOf(row.cluster_certificate),
  };
}

/** @throws Error where HSMs only run elsewhere */
export function requireMaker(ports: Pick<CloudHsm, 'clusters'>): HsmMaker {
  const { maker } = ports.clusters.host;
  if (maker === undefined) throw new Error('nobody here makes HSMs');
  return maker;
}

/** Makes a backup from one HSM, whose process runs on this machine. @throws Error when it cannot be made; none is left then */
export async function makeBackup(
  ports: BackupPorts,
  cluster: ClusterRow,
  hsmId: string,
): Promise<ClusterBackupRow> {
  const { db, mac, clock, logger } = ports;
  const maker = requireMaker(ports);
  if (cluster.trust_anchor === null || cluster.cluster_certificate === null)
    throw new Error('a cluster that was not initialised has nothing to back up');
  const begun: Omit<ClusterBackupRow, 'mac'> = {
    backup_id: newId('backup'),
    account_id: cluster.account_id,
    region: cluster.region,
    cluster_id: cluster.cluster_id,
    state: 'CREATE_IN_PROGRESS',
    created_at: clock(),
    copied_at: null,
    never_expires: 0,
    source_region: null,
    source_backup: null,
    source_cluster: null,
    delete_at: null,
    hsm_type: cluster.hsm_type,
    mode: cluster.mode ?? 'FIPS',
    trust_anchor: cluster.trust_anchor,
    cluster_certificate: cluster.cluster_certificate,
    recovery_hsm_id: cluster.recovery_hsm_id,
    image_sha256: null,
  };
  await putBackup(db, mac, begun);
  try {
    const image = imageOf({ ...begun, mac: '' });
    const sha256 = await maker.makeImage({ ...image, hsmId, clusterId: cluster.cluster_id });
    await putBackup(db, mac, { ...begun, state: 'READY', image_sha256: sha256 });
  } catch (error) {
    await removeBackup(db, begun.backup_id);
    throw error;
  }
  logger.info({ clusterId: cluster.cluster_id, hsmId, backupId: begun.backup_id }, 'a cluster was backed up');
  return (await findBackup(db, mac, begun.backup_id)) as ClusterBackupRow;
}

/** The newest backup of a cluster that can be restored. */
export async function newestBackup(
  { db, mac }: Pick<CloudHsm, 'db' | 'mac'>,
  clusterId: string,
): Promise<ClusterBackupRow | undefined> {
  return (await listBackups(db, mac))
    .filter((row) => row.cluster_id === clusterId && row.state === 'READY' && row.copied_at === null)
    .at(-1);
}

/** An HSM of the cluster whose process runs here, and which is whole: what a backup is made from. */
export function backupDonor({ clusters }: Pick<CloudHsm, 'clusters'>, clusterId: string): string | undefined {
  const links = clusters.live(clusterId)?.links ?? [];
  const able = clusters.hsmsOf(clusterId).filter((hsm) => {
    const state = links.find(({ member }) => member.hsmId === hsm.hsm_id)?.state;
    return hsm.state === 'ACTIVE' && clusters.runsHere(hsm.hsm_id) && state !== undefined && state !== 'down';
  });
  return able[0]?.hsm_id;
}

/** What has to be done with backups now: copies to finish, clusters without a recent one, those whose time is over. */
export async function keepBackups(ports: BackupPorts): Promise<void> {
  const { db, mac, clock, clusters, settings, logger } = ports;
  if (clusters.host.maker === undefined) return;
  const rows = await listBackups(db, mac);
  for (const row of rows) {
    try {
      await keep(ports, row, rows);
    } catch (error) {
      logger.warn({ err: error, backupId: row.backup_id }, 'a backup could not be looked after');
    }
  }
  for (const cluster of clusters.all()) {
    const donor = backupDonor(ports, cluster.cluster_id);
    if (cluster.state !== 'ACTIVE' || donor === undefined) continue;
    const newest = await newestBackup(ports, cluster.cluster_id);
    const age = clock() - (newest?.created_at ?? 0);
    if (age < settings.backupEveryHours * HOUR_MS) continue;
    await makeBackup(ports, cluster, donor).catch((error: unknown) =>
      logger.warn({ err: error, clusterId: cluster.cluster_id }, 'a cluster could not be backed up'),
    );
  }
}

async function keep(
  ports: BackupPorts,
  row: ClusterBackupRow,
  all: readonly ClusterBackupRow[],
): Promise<void> {
  const { clock } = ports;
  if (row.state === 'CREATE_IN_PROGRESS' && row.source_backup !== null) await finishCopy(ports, row);
  if (row.state === 'PENDING_DELETION' && (row.delete_at ?? Infinity) <= clock()) await erase(ports, row);
  if (row.state === 'READY' && isExpired(ports, row, all)) await erase(ports, row);
}

/** Copies have no retention policy, and the newest backup of a cluster stays. */
function isExpired(
  { clusters, clock }: BackupPorts,
  row: ClusterBackupRow,
  all: readonly ClusterBackupRow[],
): boolean {
  if (row.never_expires === 1 || row.copied_at !== null) return false;
  const days = clusters.find(row.cluster_id)?.backup_retention_days ?? DEFAULT_RETENTION_DAYS;
  if (clock() - row.created_at < days * DAY_MS) return false;
  return all.some(
    (other) =>
      other.cluster_id === row.cluster_id &&
      other.state === 'READY' &&
      other.copied_at === null &&
      other.created_at > row.created_at,
  );
}

async function finishCopy(ports: BackupPorts, copy: ClusterBackupRow): Promise<void> {
  const { db, mac } = ports;
  const source = await findBackup(db, mac, copy.source_backup ?? '');
  if (source === undefined) {
    await removeBackup(db, copy.backup_id);
    return;
  }
  const sha256 = await requireMaker(ports).copyImage(imageOf(source), imageOf(copy));
  if (sha256 !== source.image_sha256) throw new Error('the image of a backup is not the one on record');
  await putBackup(db, mac, { ...copy, state: 'READY', image_sha256: sha256 });
}

async function erase(ports: BackupPorts, row: ClusterBackupRow): Promise<void> {
  const { db } = ports;
  await requireMaker(ports).removeImage(imageOf(row));
  await inTransaction(db, async (tx) => {
    await removeBackup(tx, row.backup_id);
    await removeResourceTags(tx, row.backup_id);
    const home = { accountId: row.account_id, region: row.region };
    await removeResourcePolicy(tx, resourceArn('backup', row.backup_id, home));
  });
  ports.logger.info({ backupId: row.backup_id }, 'a backup was deleted');
}

/** Backups that a crash cut off: their images may be half there. Copies are taken up by keepBackups. */
export async function dropUnfinishedBackups(ports: BackupPorts): Promise<void> {
  const { db, mac } = ports;
  for (const row of await listBackups(db, mac)) {
    if (row.state === 'CREATE_IN_PROGRESS' && row.source_backup === null) await erase(ports, row);
  }
}
