/** One running HSM, as its verbs see it. */
import type { HsmState, ModuleReport } from '../rpc/hsm-messages.ts';
import type { ModuleInfo, Pkcs11Module } from '../pkcs11/module.ts';
import type { HsmConfig } from './folder.ts';
import type { Identity } from './identity.ts';
import type { KeyWork } from './key-work.ts';
import type { HsmLog } from './log.ts';
import type { LogReader, LogTextReader } from './log-reader.ts';
import type { LogSignatures } from './log-signatures.ts';
import type { Partition } from './partition.ts';
import type { Granted } from './quorum.ts';
import type { Users } from './users.ts';

export interface Hsm {
  readonly config: HsmConfig;
  readonly bootId: string;
  readonly module: Pkcs11Module;
  readonly moduleInfo: ModuleInfo;
  readonly moduleReport: ModuleReport;
  readonly identity: Identity;
  readonly users: Users;
  readonly keyWork: KeyWork;
  readonly log: HsmLog;
  readonly readLog: LogReader;
  readonly readLogText: LogTextReader;
  readonly logSignatures: LogSignatures;
  /** Connections that are open. */
  readonly connections: Set<HsmSession>;
  /** The installed certificate is used for new connections from now on. */
  useInstalledCertificate(): void;
  /** An error that is nobody's fault but the HSM's: for the process's log. */
  reportFault(what: string, error: unknown): void;
  readonly now: () => Date;
  /** Crypto users are kept out (Drain), until Undrain or a restart. */
  draining: boolean;
}

/** One connection and who has logged in on it. */
export interface HsmSession {
  readonly id: number;
  closed: boolean;
  /** The crypto officer's password, which is the SO PIN of every token. */
  officerPin: string | undefined;
  partition: Partition | undefined;
  /** What several persons approved for this connection. */
  readonly granted: Granted[];
  /** Ends the connection once its answers are written. */
  end(): void;
}

export function hsmState({ identity, users }: Pick<Hsm, 'identity' | 'users'>): HsmState {
  if (identity.installed === undefined) return 'UNINITIALIZED';
  return users.state.accounts.officer === undefined ? 'INITIALIZED' : 'ACTIVE';
}
