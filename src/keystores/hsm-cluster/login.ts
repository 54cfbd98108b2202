/**
 * KMS's login as the crypto user `kmsuser`. While a rotation is under way two passwords are possible, and both are tried;
 * never more, because five wrong ones lock the user (AWS: "Find the password of kmsuser", CloudHSM: five attempts).
 */
import { RpcError } from '../../rpc/frames.ts';
import { HsmErrorCode } from '../../rpc/hsm-messages.ts';
import type { HsmCluster } from './hsm-cluster.ts';
import type { HsmLink } from './hsm-link.ts';

export const KMS_USER = 'kmsuser';

export interface ClusterSession {
  /** The custom key store id: who holds the login. */
  owner: string;
  /** The passwords that an HSM may have, the likeliest first. */
  passwords(): Promise<string[]>;
  /** The one that every HSM should have. */
  wanted(): Promise<string>;
  /** Whether this process is the one that changes passwords; others only log in. */
  mayChange(): boolean;
  /** This HSM has this password; it need not be the wanted one any more, whose change may have begun meanwhile. */
  accepted(hsmId: string, password: string): Promise<void>;
}

/**
 * Logs in on one HSM, and gives it the wanted password when it had another. An HSM that was rebuilt has a `kmsuser` whose
 * password nobody knows: the operator's agent is asked to set ours, once another HSM has accepted it.
 * @throws RpcError LOGIN_FAILED, USER_LOCKED, USER_NOT_FOUND, USER_LOGGED_IN, CONNECTION_LOST, DEADLINE
 */
export async function logIn(cluster: HsmCluster, link: HsmLink, session: ClusterSession): Promise<void> {
  const { hsmId } = link.member;
  const { loginPauses: pauses } = cluster;
  const wanted = await session.wanted();
  if (!pauses.isPaused(session.owner, hsmId)) {
    try {
      await session.accepted(hsmId, await tryPasswords(link, session, wanted));
      return;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      pauses.begin(session.owner, hsmId);
      if (cluster.serving.length === 0) throw error;
    }
  }
  if (cluster.serving.length === 0) {
    throw new RpcError(
      HsmErrorCode.loginFailed,
      'the HSM does not accept the password, and no other HSM confirms it',
    );
  }
  if (!session.mayChange())
    throw new RpcError(
      HsmErrorCode.loginFailed,
      'the HSM does not accept the password; its change is awaited',
    );
  await cluster.ports.resetUserPassword({ hsmId, user: KMS_USER, password: wanted });
  await link.connection.loginUser({ name: KMS_USER, password: wanted, owner: session.owner });
  pauses.end(session.owner, hsmId);
  await session.accepted(hsmId, wanted);
}

/** @returns the password that the HSM has now */
async function tryPasswords(link: HsmLink, session: ClusterSession, wanted: string): Promise<string> {
  let refusal: unknown;
  for (const password of await session.passwords()) {
    try {
      await link.connection.loginUser({ name: KMS_USER, password, owner: session.owner });
      if (password === wanted || !session.mayChange()) return password;
      await link.connection.changePassword(password, wanted);
      return wanted;
    } catch (error) {
      if (!(error instanceof RpcError) || error.code !== HsmErrorCode.loginFailed) throw error;
      refusal = error;
    }
  }
  throw refusal;
}

/** The HSM does not know our password, or locked the user: what the crypto officer can mend. */
function isRefusal(error: unknown): boolean {
  const codes: string[] = [HsmErrorCode.loginFailed, HsmErrorCode.userLocked, HsmErrorCode.userNotFound];
  return error instanceof RpcError && codes.includes(error.code);
}
