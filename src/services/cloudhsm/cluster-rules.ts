/** The rules of clusters as data: states, types, limits. AWS: "AWS CloudHSM clusters", "AWS CloudHSM quotas". */
import { X509Certificate, createHash, randomInt } from 'node:crypto';
import { defaultSubnets } from '../../configuration/cloudhsm.ts';
import type { CloudHsmSettings, Subnet } from '../../configuration/cloudhsm.ts';
import type { ClusterRow, HsmRow } from '../../storage/schema.ts';

export const DEFAULT_RETENTION_DAYS = 90;
export const RETENTION_DAYS = { least: 7, most: 379 } as const;
/** A deleted backup can be restored for this long. AWS: API_DeleteBackup. */
export const BACKUP_DELETION_MS = 7 * 86_400_000;
/** For how long ModifyCluster takes a new HSM type back. */
export const TYPE_ROLLBACK_MS = 24 * 3_600_000;
/** Deleted clusters are listed for this long. */
export const DELETED_LISTED_MS = 24 * 3_600_000;

export const HSM_TYPES: Readonly<Record<string, { modes: readonly ('FIPS' | 'NON_FIPS')[] }>> = {
  'hsm1.medium': { modes: ['FIPS'] },
  'hsm2m.medium': { modes: ['FIPS', 'NON_FIPS'] },
};

/** To which type a cluster can be changed, and its backups be restored. */
export const NEWER_TYPE: Readonly<Record<string, string>> = { 'hsm1.medium': 'hsm2m.medium' };

/** In which states of the cluster an operation is accepted. */
export const ACCEPTED_IN: Readonly<
  Record<
    'InitializeCluster' | 'CreateHsm' | 'DeleteHsm' | 'DeleteCluster' | 'ModifyCluster',
    readonly string[]
  >
> = {
  InitializeCluster: ['UNINITIALIZED'],
  CreateHsm: ['UNINITIALIZED', 'INITIALIZED', 'ACTIVE'],
  DeleteHsm: ['UNINITIALIZED', 'INITIALIZED', 'ACTIVE'],
  DeleteCluster: ['CREATE_IN_PROGRESS', 'UNINITIALIZED', 'INITIALIZED', 'ACTIVE'],
  ModifyCluster: ['UNINITIALIZED', 'INITIALIZED', 'ACTIVE'],
};

const ID_CHARACTERS = 'abcdefghijklmnopqrstuvwxyz234567';

/** As CloudHSM's ids: 11 characters of base 32. */
export function newId(prefix: 'cluster' | 'hsm' | 'backup'): string {
  return `${prefix}-${Array.from({ length: 11 }, () => ID_CHARACTERS[randomInt(32)]).join('')}`;
}

/** What AWS makes in a VPC and Claviger only names: always the same name for the same thing. */
function networkName(kind: 'vpc' | 'sg' | 'eni', of: string): string {
  return `${kind}-${createHash('sha256').update(`claviger ${kind} ${of}`).digest('hex').slice(0, 17)}`;
}

/** The network in which all HSMs of a Region are: there is one. */
export const vpcOf = (region: string): string => networkName('vpc', region);
export const securityGroupOf = (clusterId: string): string => networkName('sg', clusterId);
export const eniOf = (hsmId: string): string => networkName('eni', hsmId);

/** Where an HSM of a zone listens: 127.1.0.0/16 and so on would be subnets; here it is one address after the other. */
export function freeAddress(zone: string, taken: ReadonlySet<string>): string {
  const letter = zone.charCodeAt(zone.length - 1) - 'a'.charCodeAt(0) + 1;
  for (let host = 1; host < 255; host += 1) {
    const address = `127.0.${letter}.${host}`;
    if (!taken.has(address)) return address;
  }
  throw new Error(`no address is free in ${zone}`);
}

/** The address that an HSM is shown with. */
export function addressOf(hsm: HsmRow): string {
  return hsm.eni_ip ?? freeAddress(hsm.availability_zone, new Set());
}

/** The subnets in which clusters of a Region may be: those configured, and without any the default ones and those in use. */
export function subnetsOf(
  region: string,
  settings: CloudHsmSettings,
  clusters: readonly ClusterRow[],
): Subnet[] {
  if (settings.subnets !== undefined)
    return settings.subnets.filter(({ availabilityZone }) => availabilityZone.startsWith(region));
  const inUse = clusters
    .filter((cluster) => cluster.region === region)
    .flatMap((cluster) => Object.entries(subnetMapping(cluster)))
    .map(([availabilityZone, id]) => ({ id, availabilityZone }));
  return [...defaultSubnets(region), ...inUse];
}

/** Availability zone to subnet id. */
export function subnetMapping(cluster: ClusterRow): Record<string, string> {
  return JSON.parse(cluster.subnet_mapping) as Record<string, string>;
}

/** Clusters and backups with one backup history have one cluster certificate: SHA-256 of it, hex. */
export function lineageOf(clusterCertificate: string): string {
  return createHash('sha256').update(new X509Certificate(clusterCertificate).raw).digest('hex');
}

/** Whether each subnet of a cluster is still configured: always, where no subnets are. */
export function subnetsExist(
  clusterId: string,
  clusters: { find(clusterId: string): ClusterRow | undefined },
  settings: CloudHsmSettings,
): boolean {
  const cluster = clusters.find(clusterId);
  if (cluster === undefined || settings.subnets === undefined) return true;
  const known = new Set(settings.subnets.map(({ id }) => id));
  return Object.values(subnetMapping(cluster)).every((id) => known.has(id));
}
