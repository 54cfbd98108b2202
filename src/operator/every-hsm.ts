/**
 * The same work on every HSM of a cluster, each on a connection of its own, with a report for each: what was done on some
 * and failed on others is said, and is completed by doing it again.
 */
import { connectHsm } from '../hsm-client/connect.ts';
import type { HsmConnection } from '../hsm-client/connection.ts';
import { RpcError } from '../rpc/frames.ts';
import { HsmErrorCode } from '../rpc/hsm-messages.ts';
import type { Approval, QuorumAction } from '../rpc/quorum.ts';
import { OFFICER } from './ceremony.ts';
import type { HsmAddress } from './ceremony.ts';
import type { ClusterConnection } from './connection-data.ts';

export interface HsmReport<Value = undefined> {
  hsmId: string;
  /** `unchanged`: what was asked for was so already. */
  outcome: 'done' | 'unchanged' | 'failed';
  /** For people; of a failure, why. */
  message: string;
  /** Of a failure: the RpcError's code, or FAILED. */
  code?: string;
  value?: Value;
}

/** What work on one HSM comes to. */
export interface Outcome<Value = undefined> {
  outcome: 'done' | 'unchanged';
  message: string;
  value?: Value;
}

/** How a connection to an HSM gets its login. */
export type Login = (connection: HsmConnection) => Promise<void>;

const CONNECT_MS = 5_000;

export const done = (message: string): Outcome => ({ outcome: 'done', message });
export const unchanged = (message: string): Outcome => ({ outcome: 'unchanged', message });

export function asOfficer(password: string): Login {
  return (connection) => connection.loginOfficer(OFFICER, password);
}

/** The operator is another owner than KMS: while a key store is connected, its user is refused here (USER_LOGGED_IN). */
export function asUser(name: string, password: string): Login {
  return (connection) => connection.loginUser({ name, password, owner: 'operator' });
}

/** A connection under the trust anchor, with a login. @throws RpcError */
export async function openMember(
  { trustAnchor }: Pick<ClusterConnection, 'trustAnchor'>,
  hsm: HsmAddress,
  login: Login,
): Promise<HsmConnection> {
  const connection = await connectHsm({ ...hsm, trustAnchor, timeoutMs: CONNECT_MS });
  try {
    await login(connection);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Runs `work` on all HSMs side by side. Never throws: a failure is a report. */
export async function onEveryHsm<Value = undefined>(
  cluster: ClusterConnection,
  login: Login,
  work: (connection: HsmConnection, hsm: HsmAddress) => Promise<Outcome<Value>>,
): Promise<HsmReport<Value>[]> {
  return Promise.all(
    cluster.hsms.map(async (hsm) => {
      let connection: HsmConnection | undefined;
      try {
        connection = await openMember(cluster, hsm, login);
        return { hsmId: hsm.hsmId, ...(await work(connection, hsm)) };
      } catch (error) {
        return { hsmId: hsm.hsmId, outcome: 'failed' as const, ...describeFailure(error) };
      } finally {
        connection?.close();
      }
    }),
  );
}

/**
 * Work that the HSM may want approved: done without, and again with the approvals when the HSM asks. So an approval is
 * only used up where it is needed, and a command that is repeated needs it only where it was not done.
 */
export async function withApprovals<Result>(
  connection: HsmConnection,
  action: QuorumAction,
  approvals: readonly Approval[],
  work: () => Promise<Result>,
): Promise<Result> {
  const fitting = approvals.filter((approval) => approval.action === action);
  try {
    return await work();
  } catch (error) {
    if (!isCode(error, HsmErrorCode.approvalRequired) || fitting.length === 0) throw error;
  }
  for (const approval of fitting) await connection.useApproval(approval);
  return work();
}

export function isCode(error: unknown, code: string): boolean {
  return error instanceof RpcError && error.code === code;
}

/** Code and message for people. Messages of errors here name HSMs, users and files, never a secret. */
export function describeFailure(error: unknown): { code: string; message: string } {
  if (error instanceof RpcError) return { code: error.code, message: error.message };
  return { code: 'FAILED', message: error instanceof Error ? error.message : 'unknown failure' };
}
