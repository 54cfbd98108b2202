/**
 * `cloudhsm`: where HSMs of clusters may stand, and what the CloudHSM API may make. Quotas are AWS's ("AWS CloudHSM quotas").
 * Without `subnets` every Region has one subnet in each of its zones a, b and c.
 */
import { createHash } from 'node:crypto';
import { listOf, mapping, matching, optional, quantity, text, wholeNumber, flag } from './values.ts';

export interface Subnet {
  /** `subnet-` and 8 to 17 hex digits. */
  id: string;
  /** Such as `us-east-1a`. */
  availabilityZone: string;
}

/** An HSM that runs elsewhere (`claviger hsm serve`), waiting for CreateHsm in its zone. */
export interface RemoteHsm {
  hsmId: string;
  /** The cluster whose name it bears. */
  clusterId: string;
  availabilityZone: string;
  /** Where it listens. */
  host: string;
  port: number;
}

export interface CloudHsmSettings {
  subnets: readonly Subnet[] | undefined;
  remoteHsms: readonly RemoteHsm[];
  /** Whether CreateHsm may start HSM processes on this machine. */
  localHsms: boolean;
  /** Per account and Region. */
  clusters: number;
  /** Per account and Region. */
  hsms: number;
  hsmsPerCluster: number;
  /** A cluster is backed up when its newest backup is older. */
  backupEveryHours: number;
}

// as the CloudHSM API has them: an HSM of another name could be added by it, and never named in a call again
const hsmId = matching(/^hsm-[2-7a-zA-Z]{11,16}$/, 'an id such as hsm-lgavqitns2a');
const subnetId = matching(/^subnet-[0-9a-fA-F]{8,17}$/, 'an id such as subnet-0a1b2c3d');
const zone = matching(
  /^[a-z]{2}(?:-gov)?-(?:east|west|north|south|central){1,2}-\d[a-z]$/,
  'a zone of a Region, such as eu-west-1a',
);

export const cloudhsm = mapping<CloudHsmSettings>({
  subnets: optional(listOf(mapping<Subnet>({ id: subnetId, availabilityZone: zone }))),
  remoteHsms: optional(
    listOf(
      mapping<RemoteHsm>({
        hsmId,
        clusterId: text,
        availabilityZone: zone,
        host: text,
        port: wholeNumber(1, 65_535),
      }),
    ),
    [],
  ),
  localHsms: optional(flag, true),
  clusters: optional(wholeNumber(0), 4),
  hsms: optional(wholeNumber(0), 6),
  hsmsPerCluster: optional(wholeNumber(0), 28),
  backupEveryHours: optional(quantity(0.0001), 24), // at 0 backups would fill the disk
});

const DEFAULT_ZONES = ['a', 'b', 'c'];

/** The subnets of a Region when none are configured: always the same ids. */
export function defaultSubnets(region: string): Subnet[] {
  return DEFAULT_ZONES.map((letter) => {
    const availabilityZone = `${region}${letter}`;
    const digest = createHash('sha256').update(`claviger subnet ${availabilityZone}`).digest('hex');
    return { id: `subnet-${digest.slice(0, 17)}`, availabilityZone };
  });
}
