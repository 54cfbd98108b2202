/** What the server process and the process that runs it (supervisor/) say to each other over Node's IPC channel. */
import type { ReadyCluster } from '../services/cloudhsm/clusters.ts';
import type { ImageName, Member, NewHsm } from '../services/cloudhsm/hsm-host.ts';
import type { RootCredentials } from './identities.ts';

/** An HSM process that runs and listens. */
export interface RunningHsm {
  hsmId: string;
  host: string;
  port: number;
}

/** What the server has done to HSM processes and backup images; each is safe to repeat. */
export type HsmWork =
  | { task: 'createHsm'; hsm: NewHsm }
  | { task: 'removeHsm'; hsmId: string }
  | { task: 'makeImage'; request: ImageName & { hsmId: string; clusterId: string } }
  | { task: 'copyImage'; from: ImageName; to: ImageName }
  | { task: 'removeImage'; image: ImageName };

export type ToServer =
  | { type: 'hsms'; running: RunningHsm[] }
  | { type: 'crypto'; socket: string }
  | { type: 'adopt'; cluster: ReadyCluster; region: string }
  | { type: 'passwordReset'; hsmId: string; ok: boolean }
  /** `result`: SHA-256 of an image, where the work makes one. */
  | { type: 'hsmWorkDone'; id: number; result?: string; error?: string };

export type FromServer =
  | { type: 'listening'; root: RootCredentials }
  /** Every connected key store serves on all of its HSMs, or has had its time to. */
  | { type: 'settled' }
  | { type: 'adopted'; clusterId: string }
  /** The HSM's process runs and does not answer. */
  | { type: 'restartHsm'; hsmId: string }
  /** The crypto process runs and does not answer. */
  | { type: 'restartCrypto' }
  | { type: 'resetUserPassword'; hsmId: string; user: string; password: string }
  | { type: 'hsmWork'; id: number; work: HsmWork }
  /** All HSMs that the operator's agent may have to look after. */
  | { type: 'members'; members: Member[] };
