/**
 * The operator agent: enrols HSMs without a person. It looks at every HSM of its list once a second; one that has no
 * certificate, no officer, no `kmsuser` or not all peers gets what it lacks. It holds the officer's password and the CA's
 * key, so whoever controls the agent's list of HSMs decides which machine becomes an HSM of the cluster: on for a first
 * try on one machine, off where that matters. It never sees a key, and knows `kmsuser`'s password only while it sets it.
 */
import type { HsmConnection } from '../hsm-client/connection.ts';
import { RpcError } from '../rpc/frames.ts';
import { HsmErrorCode } from '../rpc/hsm-messages.ts';
import type { TransportKey } from '../rpc/hsm-messages.ts';
import { loadOperatorCa } from './ca.ts';
import type { OperatorCa } from './ca.ts';
import {
  KMS_USER,
  activateHsm,
  createCryptoUser,
  enrolPeersOn,
  openHsm,
  transportKeyOf,
} from './ceremony.ts';
import type { HsmAddress, Note, OfficerConnection } from './ceremony.ts';
import { appendDurably, loadCredentials, operatorFolder, randomPassword } from './folder.ts';
import {
  RECOVERY_HSM_ID,
  enrolInRecovery,
  recoveryHsmIsHere,
  recoveryTransportKey,
  unknownToRecovery,
} from './recovery-hsm.ts';

/** An HSM as the agent's parent names it. Only HSMs of clusters that the operator of this folder owns may be named. */
export interface AgentHsm extends HsmAddress {
  availabilityZone: string;
}

export interface ResetUserPassword {
  hsmId: string;
  user: string;
  password: string;
}

/** What the agent tells its parent: one JSON line each. */
export type AgentEvent =
  | { event: 'ready' }
  /**
   * The HSM got something that it lacked. With `userCreated`, its `kmsuser` has a password that nobody knows until
   * resetUserPassword sets one. Without `recovery`, keys on it cannot be wrapped for the recovery HSM.
   */
  | { event: 'enrolled'; hsmId: string; clusterId: string; userCreated: boolean; recovery: boolean }
  | { event: 'failed'; hsmId: string; code: string; message: string }
  | { event: 'passwordReset'; hsmId: string; user: string; ok: true }
  | { event: 'passwordReset'; hsmId: string; user: string; ok: false; code: string; message: string };

export interface AgentOptions {
  operatorDir: string;
  emit: (event: AgentEvent) => void;
  /** How often every HSM is looked at, in ms. Default 1000. */
  intervalMs?: number;
  /** Milliseconds of a clock that never goes back. */
  monotonic?: () => number;
}

export interface Agent {
  /** Replaces the list of HSMs; they are looked at at once. */
  setMembership(hsms: readonly AgentHsm[]): void;
  /** Sets the password of `kmsuser` on one HSM; the outcome comes as an event. */
  resetUserPassword(request: ResetUserPassword): Promise<void>;
  close(): Promise<void>;
}

/** What the agent remembers of one HSM. */
interface Watched {
  address: AgentHsm;
  /** Verified, with the officer logged in. */
  officer?: OfficerConnection;
  /** Since this connection was opened, everything that the HSM needs was found or done. */
  complete: boolean;
  /** When peers are compared anew, by the monotonic clock. */
  peerCheckAt: number;
  /** Failures in a row, what the last one was, and when the next try may be. */
  failures: number;
  failure?: string;
  retryAt: number;
}

/** A wrong officer password is not tried more than twice in 15 minutes: the officer's account must not lock. */
const CREDENTIALS_RETRY_MS = 8 * 60_000;
const CREDENTIAL_CODES: ReadonlySet<string> = new Set([HsmErrorCode.loginFailed, HsmErrorCode.userLocked]);
const LONGEST_RETRY_MS = 30_000;
const RECOVERY_RETRY_MS = 60_000;
/** Peers are compared anew this often, and at every new connection: only an officer can change them. */
const PEER_CHECK_MS = 60_000;

/**
 * Starts an agent.
 * @throws Error when the operator's folder lacks the CA or the officer's credentials
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { operatorDir, emit, intervalMs = 1_000, monotonic = () => performance.now() } = options;
  const ca = await loadOperatorCa(operatorDir);
  await loadCredentials(operatorFolder(operatorDir).officer);
  const operator: Operator = { operatorDir, ca };
  const watched = new Map<string, Watched>();
  let closed = false;
  /** The tail of the work: rounds and password resets run one after the other. */
  let work: Promise<void> = Promise.resolve();

  const inTurn = (task: () => Promise<void>): Promise<void> => {
    const done = work.then(() => (closed ? undefined : task()));
    work = done.catch(() => {}); // a failed task ends, and the next one still comes
    return done;
  };

  const fail = (hsm: Watched, error: unknown): void => {
    const { code, message } = describeError(error);
    hsm.officer?.connection.close();
    delete hsm.officer;
    hsm.complete = false;
    hsm.failures += 1;
    const backoff = Math.min(LONGEST_RETRY_MS, intervalMs * 2 ** (hsm.failures - 1));
    const delay = CREDENTIAL_CODES.has(code) ? CREDENTIALS_RETRY_MS : isAway(code) ? 0 : backoff;
    hsm.retryAt = monotonic() + delay;
    if (hsm.failure !== code) emit({ event: 'failed', hsmId: hsm.address.hsmId, code, message });
    hsm.failure = code;
  };

  /** Runs a step for an HSM; when it fails, the HSM is left for a later round. */
  const attempt = async <T>(hsm: Watched, step: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await step();
    } catch (error) {
      fail(hsm, error);
      return undefined;
    }
  };

  let recoveryRetryAt = 0;
  /** The recovery HSM's transport key. It is run when it is here and does not know all of `peers`. */
  const enrolRecovery = async (
    peers: readonly TransportKey[],
    note: Note,
  ): Promise<TransportKey | undefined> => {
    try {
      if (monotonic() >= recoveryRetryAt && (await recoveryHsmIsHere(operatorDir))) {
        const unknown = await unknownToRecovery(operatorDir, peers);
        if (unknown.length > 0) return await enrolInRecovery(operatorDir, unknown, note);
      }
    } catch (error) {
      recoveryRetryAt = monotonic() + RECOVERY_RETRY_MS;
      emit({ event: 'failed', hsmId: RECOVERY_HSM_ID, ...describeError(error) });
    }
    return recoveryTransportKey(operatorDir); // the cluster's HSMs can be enrolled without it running
  };

  const round = async (): Promise<void> => {
    const due = [...watched.values()].filter((hsm) => monotonic() >= hsm.retryAt);
    const transcript: string[] = [];
    const note: Note = (line) => void transcript.push(line);
    try {
      await Promise.all(due.map((hsm) => attempt(hsm, () => look(hsm, operator, note, monotonic()))));
      const incomplete = due.filter((hsm) => hsm.officer !== undefined && !hsm.complete);
      for (const clusterId of new Set(incomplete.map(({ address }) => address.clusterId))) {
        const members = due.filter((hsm) => hsm.officer !== undefined && hsm.address.clusterId === clusterId);
        await enrolMembers(members, enrolRecovery, note, attempt, emit);
        for (const hsm of members) hsm.peerCheckAt = monotonic() + PEER_CHECK_MS;
      }
    } finally {
      const time = new Date().toISOString();
      const lines = transcript.map((line) => `${time} agent: ${line}`);
      if (lines.length > 0) await appendDurably(operatorFolder(operatorDir).transcript, lines);
    }
  };

  const safeRound = (): Promise<void> =>
    inTurn(() =>
      round().catch((error: unknown) => emit({ event: 'failed', hsmId: '', ...describeError(error) })),
    );
  let idle = true;
  const timer = setInterval(() => {
    if (!idle) return; // a round that takes longer than the interval is not followed by a crowd
    idle = false;
    void safeRound().finally(() => (idle = true));
  }, intervalMs);

  return {
    setMembership(hsms) {
      const ids = new Set(hsms.map(({ hsmId }) => hsmId));
      for (const [hsmId, hsm] of watched) {
        if (ids.has(hsmId)) continue;
        hsm.officer?.connection.close();
        watched.delete(hsmId);
      }
      for (const address of hsms) {
        const known = watched.get(address.hsmId);
        if (known !== undefined && sameAddress(known.address, address)) continue;
        known?.officer?.connection.close();
        watched.set(address.hsmId, { address, complete: false, peerCheckAt: 0, failures: 0, retryAt: 0 });
      }
      void safeRound();
    },

    resetUserPassword: (request) =>
      inTurn(async () => {
        const { hsmId, user } = request;
        try {
          await resetPassword(request, watched.get(hsmId), operator);
          emit({ event: 'passwordReset', hsmId, user, ok: true });
        } catch (error) {
          emit({ event: 'passwordReset', hsmId, user, ok: false, ...describeError(error) });
        }
      }),

    async close() {
      closed = true;
      clearInterval(timer);
      await work;
      for (const hsm of watched.values()) hsm.officer?.connection.close();
    },
  };
}

/** What belongs to the operator and is needed for every step. */
interface Operator {
  operatorDir: string;
  ca: OperatorCa;
}

/** Connects where there is no connection, initialising and activating the HSM on the way; else sees whether it is whole. */
async function look(hsm: Watched, operator: Operator, note: Note, now: number): Promise<void> {
  if (hsm.officer !== undefined && !hsm.officer.connection.closed) {
    const users = await hsm.officer.connection.listUsers();
    if (now >= hsm.peerCheckAt || !users.some(({ name }) => name === KMS_USER)) hsm.complete = false;
    return;
  }
  hsm.complete = false; // it may be another machine now
  hsm.officer = await openAsOfficer(hsm.address, operator, note);
}

async function openAsOfficer(
  address: AgentHsm,
  { operatorDir, ca }: Operator,
  note: Note,
): Promise<OfficerConnection> {
  const officer = await loadCredentials(operatorFolder(operatorDir).officer); // it may have changed
  const connection: HsmConnection = await openHsm(address, ca, note);
  try {
    return await activateHsm(connection, address.hsmId, officer, note);
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Gives the HSMs of one cluster `kmsuser` and each other as peers, where they lack it. */
async function enrolMembers(
  members: readonly Watched[],
  enrolRecovery: (peers: readonly TransportKey[], note: Note) => Promise<TransportKey | undefined>,
  note: Note,
  attempt: <T>(hsm: Watched, step: () => Promise<T>) => Promise<T | undefined>,
  emit: (event: AgentEvent) => void,
): Promise<void> {
  const keys = new Map<Watched, TransportKey>();
  const created = new Set<Watched>();
  for (const hsm of members) {
    const { officer } = hsm;
    if (officer === undefined) continue;
    const key = await attempt(hsm, async () => {
      const user = { user: KMS_USER, password: randomPassword() };
      if ((await createCryptoUser([officer], user, note)).length > 0) created.add(hsm);
      return transportKeyOf(officer, KMS_USER);
    });
    if (key !== undefined) keys.set(hsm, key);
  }
  const peers = [...keys.values()];
  const recoveryKey = await enrolRecovery(peers, note);
  for (const hsm of keys.keys()) {
    const { officer, address } = hsm;
    if (officer === undefined) continue;
    const all = recoveryKey === undefined ? peers : [...peers, recoveryKey];
    const reports = await attempt(hsm, () => enrolPeersOn(officer, KMS_USER, all, note));
    if (reports === undefined) continue;
    hsm.complete = true;
    hsm.failures = 0;
    delete hsm.failure;
    const userCreated = created.has(hsm);
    if (!userCreated && reports.every(({ change }) => change === 'none')) continue;
    const { hsmId, clusterId } = address;
    emit({ event: 'enrolled', hsmId, clusterId, userCreated, recovery: recoveryKey !== undefined });
  }
}

async function resetPassword(
  request: ResetUserPassword,
  hsm: Watched | undefined,
  operator: Operator,
): Promise<void> {
  if (request.user !== KMS_USER)
    throw new RpcError('REFUSED', `only the password of ${KMS_USER} is set here`);
  if (hsm === undefined) throw new RpcError('UNKNOWN_HSM', `${request.hsmId} is not one of the agent's HSMs`);
  if (hsm.officer === undefined || hsm.officer.connection.closed) {
    throw new RpcError('UNREACHABLE', `${request.hsmId} is not connected`);
  }
  await hsm.officer.connection.setUserPassword(request.user, request.password);
  const time = new Date().toISOString();
  const line = `${time} agent: ${request.hsmId}: set the password of ${request.user} for KMS`;
  await appendDurably(operatorFolder(operator.operatorDir).transcript, [line]);
}

function sameAddress(a: AgentHsm, b: AgentHsm): boolean {
  return a.host === b.host && a.port === b.port && a.clusterId === b.clusterId;
}

/** The HSM does not answer: it is looked at again in the next round. */
function isAway(code: string): boolean {
  return code === 'UNREACHABLE' || code === 'CONNECTION_LOST' || code === 'DEADLINE';
}

/** Code and message fit for the log. Messages of errors here name files, HSMs and fingerprints, never a secret. */
function describeError(error: unknown): { code: string; message: string } {
  if (error instanceof RpcError) return { code: error.code, message: error.message };
  return { code: 'FAILED', message: error instanceof Error ? error.message : 'unknown failure' };
}
