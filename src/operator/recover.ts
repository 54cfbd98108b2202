/**
 * Rebuilding a cluster whose HSMs are all lost: keys go from escrow through the recovery HSM into a new HSM, each time
 * wrapped for the next one, and from there to the other HSMs. No key is in the clear anywhere on this way. KMS and its
 * database are not needed: the escrow file is enough.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { HsmConnection } from '../hsm-client/connection.ts';
import type { Approval } from '../rpc/quorum.ts';
import type { ClusterConnection } from './connection-data.ts';
import { asUser, describeFailure, openMember, withApprovals } from './every-hsm.ts';
import { resyncKeys } from './keys.ts';
import type { SyncReport, UserLogin } from './keys.ts';
import { withRecoveryUser } from './recovery-hsm.ts';

/** A line of the escrow file (docs/formats.md, "Escrow"). */
export interface EscrowLine {
  clusterId: string;
  materialId: string;
  keyArn: string;
  check: string;
  /** base64. */
  wrappedKey: string;
}

/** What an escrow file has for one cluster. */
export interface EscrowFile {
  /** Of several lines for one material the last. */
  keys: EscrowLine[];
  /** Numbers of lines that hold no entry. */
  unreadable: number[];
}

/** What an entry begins with: its members stand in one order. */
const ENTRY_HEAD = '{"clusterId":';

/**
 * The keys of a cluster in an escrow file. A line without an entry is what a crash or a full disk left of a key that was not
 * acknowledged, and does not keep the others from being read.
 */
export async function readEscrowFile(path: string, clusterId: string): Promise<EscrowFile> {
  const text = await readFile(path, 'utf8');
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  const keys = new Map<string, EscrowLine>();
  const unreadable: number[] = [];
  for (const [at, line] of lines.entries()) {
    if (line === '') continue;
    // files of earlier versions have the next entry right behind one that was cut off
    const entry = parseEntry(line) ?? parseEntry(line.slice(line.lastIndexOf(ENTRY_HEAD)));
    if (entry === undefined) unreadable.push(at + 1);
    else if (entry.clusterId === clusterId) keys.set(entry.materialId, entry);
  }
  return { keys: [...keys.values()], unreadable };
}

/** Undefined for what is no entry. */
function parseEntry(line: string): EscrowLine | undefined {
  try {
    const entry = JSON.parse(line) as Partial<EscrowLine> | null;
    return typeof entry?.materialId === 'string' ? (entry as EscrowLine) : undefined;
  } catch {
    return undefined;
  }
}

export interface RecoverOptions {
  operatorDir: string;
  user: UserLogin;
  escrow: readonly EscrowLine[];
  approvals: readonly Approval[];
  /** Called after each key. */
  progress(done: number, of: number): void;
}

export interface RecoverReport {
  /** The HSM that escrow was opened for. */
  hsmId: string;
  /** Keys that it holds now, restored in this run or an earlier one. */
  restored: number;
  present: number;
  failed: { materialId: string; label: string; code: string; message: string }[];
  /** What was then copied to the other HSMs. */
  others: SyncReport;
}

/**
 * Fills the first HSM that can be reached from escrow, and the others from it. Can be repeated: keys that are there are left.
 * @throws RpcError when no HSM lets the user in, or the recovery HSM does not run
 */
export async function recoverCluster(
  cluster: ClusterConnection,
  options: RecoverOptions,
): Promise<RecoverReport> {
  const { operatorDir, user, escrow, approvals } = options;
  const { connection, hsmId } = await openFirst(cluster, user);
  const report = { hsmId, restored: 0, present: 0, failed: [] as RecoverReport['failed'] };
  try {
    const held = new Set((await connection.listKeys()).map(({ materialId }) => materialId));
    const wanted = escrow.filter(({ materialId }) => !held.has(materialId));
    report.present = escrow.length - wanted.length;
    if (wanted.length > 0) {
      await withRecoveryUser(operatorDir, async (login) => {
        let recovery = await login();
        for (const [at, key] of wanted.entries()) {
          if (recovery.closed) recovery = await login();
          try {
            await restoreKey(recovery, { connection, hsmId }, key, approvals);
            report.restored += 1;
          } catch (error) {
            const { materialId, keyArn: label } = key;
            report.failed.push({ materialId, label, ...describeFailure(error) });
          }
          options.progress(at + 1, wanted.length);
        }
      });
    }
  } finally {
    connection.close();
  }
  return { ...report, others: await resyncKeys(cluster, user, approvals) };
}

async function openFirst(
  cluster: ClusterConnection,
  user: UserLogin,
): Promise<{ connection: HsmConnection; hsmId: string }> {
  let failure: unknown = new Error('the cluster has no HSM');
  for (const hsm of cluster.hsms) {
    try {
      const connection = await openMember(cluster, hsm, asUser(user.name, user.password));
      return { connection, hsmId: hsm.hsmId };
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** The recovery HSM takes the key in under an id of the moment, so that nothing there can stand in its way. */
async function restoreKey(
  recovery: HsmConnection,
  target: { connection: HsmConnection; hsmId: string },
  { materialId, keyArn: label, wrappedKey, check }: EscrowLine,
  approvals: readonly Approval[],
): Promise<void> {
  const draft = randomBytes(16).toString('hex');
  await recovery.importKey({ materialId: draft, label, wrappedKey, check });
  try {
    const forTarget = await withApprovals(recovery, 'export-keys', approvals, () =>
      recovery.exportKey({ materialId: draft, peerHsmId: target.hsmId }),
    );
    await target.connection.importKey({ materialId, label, wrappedKey: forTarget, check });
  } finally {
    if (!recovery.closed) await recovery.destroyKey(draft);
  }
}
