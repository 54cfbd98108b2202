/** What the server process and the process that runs it (supervisor/) say to each other over Node's IPC channel. */
import type { ReadyCluster } from '../services/cloudhsm/clusters.ts';
import type { RootCredentials } from './identities.ts';

/** An HSM process that runs and listens. */
export interface RunningHsm {
  hsmId: string;
  host: string;
  port: number;
}

export type ToServer =
  | { type: 'hsms'; running: RunningHsm[] }
  | { type: 'crypto'; socket: string }
  | { type: 'adopt'; cluster: ReadyCluster; region: string }
  | { type: 'passwordReset'; hsmId: string; ok: boolean };

export type FromServer =
  | { type: 'listening'; port: number; root: RootCredentials }
  /** Every connected key store serves on all of its HSMs, or has had its time to. */
  | { type: 'settled' }
  | { type: 'adopted'; clusterId: string }
  /** The HSM's process runs and does not answer. */
  | { type: 'restartHsm'; hsmId: string }
  | { type: 'resetUserPassword'; hsmId: string; user: string; password: string };
