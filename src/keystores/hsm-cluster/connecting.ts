/**
 * Connecting a key store to its cluster: reach the HSMs, check them against the trust anchor, log in as `kmsuser`, and put
 * a new password in place that only KMS knows. AWS: "Connecting a CloudHSM key store", ConnectionErrorCode.
 */
import { RpcError } from '../../rpc/frames.ts';
import { HsmErrorCode } from '../../rpc/hsm-messages.ts';
import { ConnectFailed } from '../key-store.ts';
import type { ConnectionErrorCode } from '../key-store.ts';
import type { HsmCluster } from './hsm-cluster.ts';
import type { HsmLink } from './hsm-link.ts';
import type { ClusterSession } from './login.ts';

/** How long HSMs that run may take to answer, and how long a slower one is waited for once the first did. */
const REACH_MS = 5_000;
const OTHERS_MS = 2_000;

/** The HSM did not answer. */
const AWAY: ReadonlySet<string> = new Set(['CONNECTION_LOST', 'DEADLINE', 'UNREACHABLE']);

const CODE_OF_REFUSAL: Readonly<Record<string, ConnectionErrorCode>> = {
  [HsmErrorCode.loginFailed]: 'INVALID_CREDENTIALS',
  [HsmErrorCode.userLocked]: 'USER_LOCKED_OUT',
  [HsmErrorCode.userNotFound]: 'USER_NOT_FOUND',
  [HsmErrorCode.userLoggedIn]: 'USER_LOGGED_IN',
};

/**
 * Logs in on every HSM that can be reached; one that lets KMS in later is taken in then. On failure nothing stays logged in.
 * @param isWanted asked after the wait for HSMs: the key store may have been disconnected again
 * @throws ConnectFailed
 */
export async function connectCluster(
  cluster: HsmCluster,
  session: ClusterSession,
  isWanted: () => boolean,
): Promise<void> {
  cluster.endpointsChanged();
  await until(REACH_MS, () => cluster.reachable.length > 0 || running(cluster).length === 0);
  if (cluster.reachable.length === 0) throw new ConnectFailed(codeOfAbsence(cluster));
  await until(OTHERS_MS, () => cluster.reachable.length >= running(cluster).length);
  if (!isWanted()) return;
  cluster.openSession(session);
  const asked = cluster.reachable;
  const logins = await Promise.allSettled(asked.map((link) => cluster.admit(link)));
  const failures = logins.flatMap((login, at) =>
    // an HSM on its way into the cluster may not know kmsuser yet
    login.status === 'rejected' && asked[at]?.member.joining === false ? [login.reason as unknown] : [],
  );
  const refusal = failures.find((error) => error instanceof RpcError && error.code in CODE_OF_REFUSAL);
  if (refusal !== undefined || cluster.serving.length === 0) {
    await cluster.closeSession(session);
    for (const error of failures) cluster.ports.logger.warn({ err: error }, 'a login failed');
    const reason = refusal ?? failures.find((error) => !isAway(error)) ?? failures[0];
    throw new ConnectFailed(reason === undefined || isAway(reason) ? codeOfAbsence(cluster) : codeOf(reason));
  }
  cluster.takeInOthers();
}

/** Members whose processes run, as far as is known now: the news that one has ended comes after its connection is cut. */
function running(cluster: HsmCluster): HsmLink[] {
  return cluster.links.filter((link) => link.endpoint !== undefined && !link.member.joining);
}

async function until(milliseconds: number, reached: () => boolean): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!reached() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Why no HSM answers. */
function codeOfAbsence(cluster: HsmCluster): ConnectionErrorCode {
  return running(cluster).length === 0 ? 'INSUFFICIENT_CLOUDHSM_HSMS' : 'NETWORK_ERRORS';
}

/** An HSM that answers, and cannot do what it should, is not a matter of the network. */
function codeOf(error: unknown): ConnectionErrorCode {
  return error instanceof RpcError ? (CODE_OF_REFUSAL[error.code] ?? 'INTERNAL_ERROR') : 'INTERNAL_ERROR';
}

function isAway(error: unknown): boolean {
  return error instanceof RpcError && AWAY.has(error.code);
}

/**
 * Changes the password of `kmsuser` on every HSM that serves. Both passwords are on record before this begins; an HSM that
 * is away, or fails here, is given the new one when KMS logs in there.
 */
export async function rotatePassword(
  cluster: HsmCluster,
  session: ClusterSession,
  from: string,
): Promise<void> {
  const to = await session.wanted();
  await Promise.all(
    cluster.serving.map(async (link) => {
      try {
        await link.connection.changePassword(from, to);
        await session.accepted(link.member.hsmId, to);
      } catch (error) {
        cluster.ports.logger.warn(
          { err: error, hsmId: link.member.hsmId },
          'a password change was interrupted',
        );
        link.reconnect(); // the login that follows finds out which password is in place
      }
    }),
  );
}
