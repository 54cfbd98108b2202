/** What a row of the table of management verbs says (management-verbs.ts), and what each call brings. */
import type { NewLogEntry } from '../hsm-log/line.ts';
import type { HsmState } from '../rpc/hsm-messages.ts';
import type { Hsm, HsmSession } from './hsm.ts';
import type { Uncommitted } from './key-work.ts';
import type { OpenPartition } from './keys.ts';
import type { Intent } from './quorum.ts';
import type { Request } from './requests.ts';

export interface Call {
  hsm: Hsm;
  session: HsmSession;
  request: Request;
  /** Logged in as the officer: the password. Empty otherwise. */
  officerPin: string;
  /** Logged in as a crypto user: its partition. */
  open: () => OpenPartition;
}

export type ManagementVerb = VerbRules & (ImmediateVerb | KeyVerb);

interface VerbRules {
  /** `login`: officer or user. */
  who: 'anyone' | 'officer' | 'user' | 'login';
  /** Default ACTIVE; `any` for what does not touch users. */
  state?: HsmState | 'any';
  /** CloudHSM's name in the audit log; verbs without one change nothing and are not logged. */
  opcode?: string;
  /** The user that the entry names, where it is not the one who is logged in. */
  names?: (request: Request) => Pick<NewLogEntry, 'userName' | 'userType'>;
  /** What several persons must have approved, where the HSM has a quorum for it. */
  intent?: (call: Call) => Intent;
}

interface ImmediateVerb {
  run(call: Call): unknown;
}

/** Changes key objects: done as `KeyWork`. */
interface KeyVerb {
  changeKeys(call: Call): Uncommitted<unknown>;
}
