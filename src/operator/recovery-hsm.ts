/**
 * The recovery HSM: an HSM that belongs to no cluster's service and runs in ceremonies only. Every key is also wrapped for
 * its transport key (escrow), so that a cluster whose HSMs are all lost can be filled again.
 */
import { connectHsm } from '../hsm-client/connect.ts';
import type { HsmConnection } from '../hsm-client/connection.ts';
import { createHsmFolder } from '../hsm/folder.ts';
import { HsmErrorCode } from '../rpc/hsm-messages.ts';
import type { TransportKey } from '../rpc/hsm-messages.ts';
import type { Approval } from '../rpc/quorum.ts';
import { loadOperatorCa } from './ca.ts';
import type { OperatorCa } from './ca.ts';
import {
  KMS_USER,
  OFFICER,
  activateHsm,
  createCryptoUser,
  enrolPeersOn,
  openHsm,
  transportFingerprint,
  transportKeyOf,
} from './ceremony.ts';
import type { HsmAddress, Note, OfficerConnection } from './ceremony.ts';
import { isCode, withApprovals } from './every-hsm.ts';
import {
  exists,
  loadCredentials,
  operatorFolder,
  randomPassword,
  readIfThere,
  writeDurably,
} from './folder.ts';
import { runHsm } from './hsm-process.ts';

/** How the recovery HSM is named among the peers of every cluster's HSMs. */
export const RECOVERY_HSM_ID = 'hsm-recovery';
/** It stands in no cluster; its certificate names this in the cluster's place. */
const RECOVERY_CLUSTER_ID = 'cluster-recovery';
/** The user whose token receives escrow: the same name as in the clusters, so that peers mean the same thing. */
const RECOVERY_USER = KMS_USER;
/** Debian's SoftHSM. */
const DEFAULT_MODULE = '/usr/lib/softhsm/libsofthsm2.so';

/** `recovery-hsm.json`. */
interface RecoveryRecord {
  user: string;
  password: string;
  /** The recovery HSM's public transport key, so that HSMs can be enrolled while it is away. */
  transportKey?: TransportKey;
  /** Fingerprints of the transport keys that it has enrolled, by HSM id. */
  peers?: Record<string, string>;
}

/** Makes the recovery HSM's folder and its user's password where they are missing. Does not run it. */
export async function createRecoveryHsm(
  operatorDir: string,
  modulePath: string = DEFAULT_MODULE,
): Promise<void> {
  const folder = operatorFolder(operatorDir);
  if ((await readRecord(operatorDir)) === undefined) {
    await writeRecord(operatorDir, { user: RECOVERY_USER, password: randomPassword() });
  }
  if (await exists(folder.recoveryHsm)) return;
  await createHsmFolder(folder.recoveryHsm, {
    hsmId: RECOVERY_HSM_ID,
    clusterId: RECOVERY_CLUSTER_ID,
    availabilityZone: 'offline',
    listen: { host: '127.0.0.1', port: 0 },
    module: { path: modulePath },
  });
}

/** Whether the recovery HSM's folder is here. In production it is in a safe. */
export async function recoveryHsmIsHere(operatorDir: string): Promise<boolean> {
  return exists(operatorFolder(operatorDir).recoveryHsm);
}

/** The recovery HSM's public transport key, or `undefined` before its first ceremony or when its file is away. */
export async function recoveryTransportKey(operatorDir: string): Promise<TransportKey | undefined> {
  return (await readRecord(operatorDir))?.transportKey;
}

/** Those of `peers` that the recovery HSM does not know yet, or knows with another key. */
export async function unknownToRecovery(
  operatorDir: string,
  peers: readonly TransportKey[],
): Promise<TransportKey[]> {
  const known = (await readRecord(operatorDir))?.peers ?? {};
  return peers.filter((peer) => known[peer.hsmId] !== transportFingerprint(peer));
}

/**
 * Runs the recovery HSM, brings it to where it must be (initialised, activated, its user made), enrols `peers` in it so that
 * it can give keys back to them, and stops it.
 * @returns its transport key, which is also kept in `recovery-hsm.json`
 */
export async function enrolInRecovery(
  operatorDir: string,
  peers: readonly TransportKey[],
  note: Note,
  approvals: readonly Approval[] = [],
): Promise<TransportKey> {
  return withRecoveryHsm(operatorDir, async (hsm, ca) => {
    const record = await requireRecord(operatorDir);
    const officer = await openAsOfficer(operatorDir, hsm, ca, note);
    try {
      await createCryptoUser([officer], record, note);
      const transportKey = await transportKeyOf(officer, record.user);
      await withApprovals(officer.connection, 'enrol-peers', approvals, () =>
        enrolPeersOn(officer, record.user, peers, note),
      );
      const enrolled = Object.fromEntries(peers.map((peer) => [peer.hsmId, transportFingerprint(peer)]));
      await writeRecord(operatorDir, { ...record, transportKey, peers: { ...record.peers, ...enrolled } });
      return transportKey;
    } finally {
      officer.connection.close();
    }
  });
}

/**
 * Runs the recovery HSM for the time of `work`. Each call of `login` gives a connection with its crypto user logged in;
 * all are closed at the end.
 */
export async function withRecoveryUser<T>(
  operatorDir: string,
  work: (login: () => Promise<HsmConnection>) => Promise<T>,
): Promise<T> {
  return withRecoveryHsm(operatorDir, async (hsm, ca) => {
    const { user, password } = await requireRecord(operatorDir);
    const opened: HsmConnection[] = [];
    try {
      return await work(async () => {
        const connection = await connectHsm({ ...hsm, trustAnchor: ca.certificatePem, timeoutMs: 5_000 });
        opened.push(connection);
        await connection.loginUser({ name: user, password, owner: 'operator' });
        return connection;
      });
    } finally {
      for (const connection of opened) connection.close();
    }
  });
}

/**
 * Gives the recovery HSM's officer a new password. One that nobody activated yet has none to change.
 * @returns false when there was nothing to change
 * @throws RpcError LOGIN_FAILED when it has another than either
 */
export async function changeRecoveryOfficer(
  operatorDir: string,
  current: string,
  next: string,
): Promise<boolean> {
  return withRecoveryHsm(operatorDir, async (hsm, { certificatePem: trustAnchor }) => {
    const tryLogin = async (password: string): Promise<HsmConnection> => {
      const connection = await connectHsm({ ...hsm, trustAnchor, timeoutMs: 5_000 });
      await connection.loginOfficer(OFFICER, password).catch((error: unknown) => {
        connection.close();
        throw error;
      });
      return connection;
    };
    try {
      const connection = await tryLogin(current);
      await connection.setOfficerPassword(next).finally(() => connection.close());
      return true;
    } catch (error) {
      if (isCode(error, 'UNTRUSTED_HSM')) return false;
      if (!isCode(error, HsmErrorCode.loginFailed)) throw error;
      (await tryLogin(next)).close();
      return false;
    }
  });
}

async function withRecoveryHsm<T>(
  operatorDir: string,
  work: (hsm: HsmAddress, ca: OperatorCa) => Promise<T>,
): Promise<T> {
  const ca = await loadOperatorCa(operatorDir);
  const running = await runHsm(operatorFolder(operatorDir).recoveryHsm);
  try {
    const { host, port } = running;
    return await work({ hsmId: RECOVERY_HSM_ID, clusterId: RECOVERY_CLUSTER_ID, host, port }, ca);
  } finally {
    await running.stop();
  }
}

async function openAsOfficer(
  operatorDir: string,
  hsm: HsmAddress,
  ca: OperatorCa,
  note: Note,
): Promise<OfficerConnection> {
  const officer = await loadCredentials(operatorFolder(operatorDir).officer);
  const connection = await openHsm(hsm, ca, note);
  try {
    return await activateHsm(connection, hsm.hsmId, officer, note);
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function readRecord(operatorDir: string): Promise<RecoveryRecord | undefined> {
  const path = operatorFolder(operatorDir).recoveryUser;
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as RecoveryRecord;
  } catch {
    throw new Error(`${path} is not JSON`); // the parser's own message would quote the file
  }
}

async function requireRecord(operatorDir: string): Promise<RecoveryRecord> {
  const record = await readRecord(operatorDir);
  if (record === undefined) throw new Error(`${operatorFolder(operatorDir).recoveryUser} is missing`);
  return record;
}

function writeRecord(operatorDir: string, record: RecoveryRecord): Promise<void> {
  return writeDurably(operatorFolder(operatorDir).recoveryUser, `${JSON.stringify(record)}\n`, 0o600);
}
