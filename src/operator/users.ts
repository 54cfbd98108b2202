/** Users of a cluster's HSMs, managed on all of them at once (CloudHSM CLI: `user create`, `user change-password` and so on). */
import type { HsmConnection } from '../hsm-client/connection.ts';
import { HsmErrorCode } from '../rpc/hsm-messages.ts';
import type { HsmUser, TransportKey } from '../rpc/hsm-messages.ts';
import type { Approval } from '../rpc/quorum.ts';
import { KMS_USER, OFFICER, enrolPeersOn, transportKeyOf } from './ceremony.ts';
import type { ClusterConnection } from './connection-data.ts';
import {
  asOfficer,
  asUser,
  done,
  isCode,
  onEveryHsm,
  openMember,
  unchanged,
  withApprovals,
} from './every-hsm.ts';
import type { HsmReport, Login } from './every-hsm.ts';
import {
  enrolInRecovery,
  recoveryHsmIsHere,
  recoveryTransportKey,
  unknownToRecovery,
} from './recovery-hsm.ts';

export async function listUsers(
  cluster: ClusterConnection,
  officerPassword: string,
): Promise<HsmReport<HsmUser[]>[]> {
  return onEveryHsm(cluster, asOfficer(officerPassword), async (connection) => {
    const value = await connection.listUsers();
    return { outcome: 'done', message: `${value.length} users`, value };
  });
}

/** A crypto user with this password, where it is missing. One that exists keeps its password. */
export async function createUser(
  cluster: ClusterConnection,
  officerPassword: string,
  user: { name: string; password: string },
): Promise<HsmReport[]> {
  return onEveryHsm(cluster, asOfficer(officerPassword), async (connection) => {
    try {
      await connection.createUser(user.name, user.password);
      return done('created');
    } catch (error) {
      if (isCode(error, HsmErrorCode.userExists)) return unchanged('exists; its password was left alone');
      throw error;
    }
  });
}

/**
 * Makes the HSMs that can be reached trusted destinations of each other for the user's keys, and the recovery HSM one of
 * all, where the operator's folder knows its transport key. Without this a key of the user stays in the HSM that made it.
 */
export async function enrolPeersOfUser(
  cluster: ClusterConnection,
  officerPassword: string,
  user: string,
  options: { operatorDir?: string | undefined; approvals: readonly Approval[] },
): Promise<HsmReport[]> {
  const login = asOfficer(officerPassword);
  const keys = await onEveryHsm(cluster, login, async (connection, { hsmId }) => ({
    ...unchanged(''),
    value: await transportKeyOf({ hsmId, connection }, user),
  }));
  const { operatorDir, approvals } = options;
  const members = keys.flatMap(({ value }) => value ?? []);
  const recovery =
    operatorDir === undefined ? undefined : await recoveryPeer(operatorDir, user, members, approvals);
  const peers = recovery === undefined ? members : [...members, recovery];
  return onEveryHsm(cluster, login, async (connection, { hsmId }) => {
    const reports = await withApprovals(connection, 'enrol-peers', approvals, () =>
      enrolPeersOn({ hsmId, connection }, user, peers, () => {}),
    );
    const changed = reports.filter(({ change }) => change !== 'none').length;
    const names = reports.map(({ peerHsmId }) => peerHsmId).join(', ');
    return changed === 0 ? unchanged(`peers: ${names}`) : done(`${changed} peers enrolled: ${names}`);
  });
}

/** The recovery HSM as a peer. It learns of the HSMs that keys of `kmsuser` may come back to, when it is here. */
async function recoveryPeer(
  operatorDir: string,
  user: string,
  members: readonly TransportKey[],
  approvals: readonly Approval[],
): Promise<TransportKey | undefined> {
  if (user.toLowerCase() === KMS_USER && (await recoveryHsmIsHere(operatorDir))) {
    const unknown = await unknownToRecovery(operatorDir, members);
    if (unknown.length > 0) return enrolInRecovery(operatorDir, unknown, () => {}, approvals);
  }
  return recoveryTransportKey(operatorDir);
}

export async function deleteUser(
  cluster: ClusterConnection,
  officerPassword: string,
  name: string,
  approvals: readonly Approval[],
): Promise<HsmReport[]> {
  return onEveryHsm(cluster, asOfficer(officerPassword), async (connection) => {
    if (!(await has(connection, name))) return unchanged('there is no such user');
    await withApprovals(connection, 'delete-user', approvals, () => connection.deleteUser(name));
    return done('deleted');
  });
}

/** The officer sets a crypto user's password, which also ends its lock. */
export async function setUserPassword(
  cluster: ClusterConnection,
  officerPassword: string,
  user: { name: string; password: string },
  approvals: readonly Approval[],
): Promise<HsmReport[]> {
  return onEveryHsm(cluster, asOfficer(officerPassword), async (connection) => {
    await withApprovals(connection, 'set-user-password', approvals, () =>
      connection.setUserPassword(user.name, user.password),
    );
    return done('password set');
  });
}

/** Somebody changes their own password. An HSM that has the new one already is left alone, so this can be repeated. */
export async function changeOwnPassword(
  cluster: ClusterConnection,
  name: string,
  current: string,
  next: string,
): Promise<HsmReport[]> {
  const officer = name.toLowerCase() === OFFICER;
  const as = (password: string): Login => (officer ? asOfficer(password) : asUser(name, password));
  return onEveryHsm(
    cluster,
    async () => {},
    async (connection, hsm) => {
      try {
        await as(current)(connection);
      } catch (error) {
        if (!isCode(error, HsmErrorCode.loginFailed)) throw error;
        try {
          (await openMember(cluster, hsm, as(next))).close();
        } catch {
          throw error;
        }
        return unchanged('has the new password already');
      }
      if (officer) await connection.setOfficerPassword(next);
      else await connection.changePassword(current, next);
      return done('password changed');
    },
  );
}

async function has(connection: HsmConnection, user: string): Promise<boolean> {
  return (await connection.listUsers()).some(({ name }) => name === user.toLowerCase());
}
