/** What the server asks of whoever runs HSM processes on this machine (supervisor/). No key and no image comes by here. */
import type { ClusterPorts } from '../../keystores/hsm-cluster/hsm-cluster.ts';

/** Where an image of a backup lies, and what it may be put into. */
export interface ImageName {
  backupId: string;
  region: string;
  /** SHA-256 of the cluster certificate, hex: clusters with one backup history share it. */
  lineage: string;
}

export interface NewHsm {
  hsmId: string;
  clusterId: string;
  availabilityZone: string;
  subnetId: string;
  host: string;
  port: number;
  /** The image that it begins from, with the SHA-256 (hex) that it must have. */
  image?: ImageName & { sha256: string };
}

/** An HSM that the operator's agent is to look after, if the cluster's trust anchor is that of its own CA. */
export interface Member {
  hsmId: string;
  clusterId: string;
  availabilityZone: string;
  /** PEM. */
  trustAnchor: string;
  /** Of a remote HSM; a local one's is known to the host. */
  address?: { host: string; port: number };
}

/** Makes and ends HSM processes. Every request is safe to repeat. */
export interface HsmMaker {
  createHsm(hsm: NewHsm): Promise<void>;
  /** Ends the process and destroys all that it kept. */
  removeHsm(hsmId: string): Promise<void>;
  /** @returns SHA-256 of the image, hex */
  makeImage(request: ImageName & { hsmId: string; clusterId: string }): Promise<string>;
  /** @returns SHA-256 of the copy, hex */
  copyImage(from: ImageName, to: ImageName): Promise<string>;
  removeImage(image: ImageName): Promise<void>;
  /** All HSMs that the operator may have to look after. */
  members(members: readonly Member[]): void;
}

export interface HsmHost extends Pick<ClusterPorts, 'resetUserPassword' | 'hangs'> {
  /** Undefined where HSMs only run elsewhere. */
  maker?: HsmMaker;
}
