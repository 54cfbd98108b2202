/** Clusters, HSMs and backups as answers show them. */
import type { Backup, Cluster, Hsm } from '../../aws/generated/cloudhsmv2.ts';
import type { HsmLink } from '../../keystores/hsm-cluster/hsm-link.ts';
import { listQuarantine } from '../../storage/clusters.ts';
import { listResourceTags } from '../../storage/cloudhsm-tags.ts';
import type { ClusterBackupRow, ClusterRow, HsmRow } from '../../storage/schema.ts';
import {
  DEFAULT_RETENTION_DAYS,
  addressOf,
  eniOf,
  securityGroupOf,
  subnetMapping,
  vpcOf,
} from './cluster-rules.ts';
import type { CloudHsm } from './operation.ts';
import { resourceArn } from './resources.ts';

/** Reasons for which an HSM that answers does not come into the cluster by itself. */
const WAITS_FOR_OFFICER = {
  'not enrolled': "Waiting for the crypto officer to enrol the HSM: 'claviger hsm enrol'.",
  'not active': "Waiting for the crypto officer's password: 'claviger hsm activate' or 'claviger hsm enrol'.",
} as const;

export async function describeCluster(ports: CloudHsm, row: ClusterRow): Promise<Cluster> {
  const { db, clusters } = ports;
  const hsms = clusters.hsmsOf(row.cluster_id);
  const unknownKeys = new Map<string, number>();
  for (const { hsm_id: hsmId } of await listQuarantine(db, row.cluster_id))
    unknownKeys.set(hsmId, (unknownKeys.get(hsmId) ?? 0) + 1);
  const message = row.state_message ?? clusterMessage(row, hsms);
  return {
    BackupPolicy: 'DEFAULT',
    BackupRetentionPolicy: {
      Type: 'DAYS',
      Value: String(row.backup_retention_days ?? DEFAULT_RETENTION_DAYS),
    },
    ClusterId: row.cluster_id,
    CreateTimestamp: new Date(row.created_at),
    Hsms: hsms.map((hsm) => describeHsm(ports, row, hsm, unknownKeys.get(hsm.hsm_id) ?? 0)),
    HsmType: row.hsm_type,
    ...(row.type_rollback_until === null
      ? {}
      : { HsmTypeRollbackExpiration: new Date(row.type_rollback_until) }),
    SecurityGroup: securityGroupOf(row.cluster_id),
    ...(row.source_backup_id === null ? {} : { SourceBackupId: row.source_backup_id }),
    State: row.state as NonNullable<Cluster['State']>,
    ...(message === undefined ? {} : { StateMessage: message }),
    SubnetMapping: subnetMapping(row),
    VpcId: vpcOf(row.region),
    NetworkType: 'IPV4',
    Certificates: certificatesOf(row),
    TagList: await listResourceTags(db, row.cluster_id),
    Mode: row.mode ?? 'FIPS',
  };
}

function certificatesOf(row: ClusterRow): NonNullable<Cluster['Certificates']> {
  if (row.state === 'UNINITIALIZED' && row.cluster_csr !== null) return { ClusterCsr: row.cluster_csr };
  return row.cluster_certificate === null ? {} : { ClusterCertificate: row.cluster_certificate };
}

/** What the owner should know of a cluster whose keys are in danger, or which waits for its owner. */
function clusterMessage(row: ClusterRow, hsms: readonly HsmRow[]): string | undefined {
  if (row.state === 'INITIALIZED' && hsms.length > 0 && row.source_backup_id === null)
    return "Waiting for activation by the crypto officer: 'claviger hsm activate'.";
  if (row.state !== 'ACTIVE') return undefined;
  const active = hsms.filter((hsm) => hsm.state === 'ACTIVE').length;
  if (active === 0 && hsms.some((hsm) => hsm.state === 'DELETE_IN_PROGRESS'))
    return 'The last HSM that holds the keys of this cluster is being deleted.';
  if (active === 0) return 'No HSM holds the keys of this cluster: they are in its backups only.';
  return active === 1 ? 'Only one HSM holds the keys of this cluster.' : undefined;
}

/** @param unknownKeys how many key objects it holds that are on no record */
export function describeHsm(
  { clusters }: Pick<CloudHsm, 'clusters'>,
  cluster: ClusterRow,
  hsm: HsmRow,
  unknownKeys = 0,
): Hsm {
  const link = clusters.live(cluster.cluster_id)?.links.find(({ member }) => member.hsmId === hsm.hsm_id);
  const away = hsm.state === 'ACTIVE' && link?.state === 'down';
  const message =
    (away ? 'The HSM does not answer.' : undefined) ??
    (hsm.state === 'CREATE_IN_PROGRESS'
      ? joiningMessage(clusters.endpointOf(hsm.hsm_id), link)
      : undefined) ??
    (unknownKeys > 0
      ? `The HSM holds ${unknownKeys} key objects that are on no record; they are left alone.`
      : undefined) ??
    hsm.state_message ??
    undefined;
  return {
    AvailabilityZone: hsm.availability_zone,
    ClusterId: hsm.cluster_id,
    SubnetId: hsm.subnet_id,
    EniId: eniOf(hsm.hsm_id),
    EniIp: addressOf(hsm),
    HsmId: hsm.hsm_id,
    HsmType: cluster.hsm_type,
    State: away ? 'DEGRADED' : (hsm.state as NonNullable<Hsm['State']>),
    ...(message === undefined ? {} : { StateMessage: message }),
  };
}

/** What an HSM on its way into the cluster waits for. */
function joiningMessage(endpoint: object | undefined, link: HsmLink | undefined): string | undefined {
  if (endpoint === undefined) return 'The HSM is being started.';
  if (link === undefined) return undefined;
  if (link.reticence !== undefined) return WAITS_FOR_OFFICER[link.reticence];
  if (link.progress !== undefined) return `Cloning keys: ${link.progress.done} of ${link.progress.total}.`;
  if (link.refusal === undefined) return undefined;
  const { at, code } = link.refusal;
  return at === 'login'
    ? `KMS cannot log in as kmsuser (${code}): enrol the HSM, or set the password there to that of the others.`
    : `Not all keys could be cloned yet (${code}); tried again every second. Every other HSM must have enrolled this one.`;
}

export async function describeBackup(ports: CloudHsm, row: ClusterBackupRow): Promise<Backup> {
  const source = {
    CopyTimestamp: row.copied_at === null ? undefined : new Date(row.copied_at),
    SourceRegion: row.source_region ?? undefined,
    SourceBackup: row.source_backup ?? undefined,
    SourceCluster: row.source_cluster ?? undefined,
    DeleteTimestamp: row.delete_at === null ? undefined : new Date(row.delete_at),
  };
  const known = Object.entries(source).filter(([, value]) => value !== undefined);
  return {
    BackupId: row.backup_id,
    BackupArn: resourceArn('backup', row.backup_id, { accountId: row.account_id, region: row.region }),
    BackupState: row.state,
    ClusterId: row.cluster_id,
    CreateTimestamp: new Date(row.created_at),
    NeverExpires: row.never_expires === 1,
    ...Object.fromEntries(known),
    TagList: await listResourceTags(ports.db, row.backup_id),
    HsmType: row.hsm_type,
    Mode: row.mode,
  };
}
