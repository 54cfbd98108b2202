/** A crypto user's keys over all HSMs of a cluster: who holds which, whether copies are the same, and making them complete. */
import type { HsmConnection } from '../hsm-client/connection.ts';
import type { Approval } from '../rpc/quorum.ts';
import type { KeyAttributes } from '../rpc/hsm-messages.ts';
import type { ClusterConnection } from './connection-data.ts';
import { asUser, describeFailure, onEveryHsm, openMember, withApprovals } from './every-hsm.ts';
import type { HsmReport } from './every-hsm.ts';

/** A user with its password, as for a login. */
export interface UserLogin {
  name: string;
  password: string;
}

export interface KeyHolders {
  materialId: string;
  /** The KMS key's ARN. */
  label: string;
  /** By HSM id: the check value computed just now, or the code of why there is none. Holders only. */
  holders: Record<string, string>;
  /** HSMs that were asked and do not have it. */
  missing: string[];
  /** All copies have one and the same check value. */
  same: boolean;
}

export interface KeyList {
  reports: HsmReport<{ materialId: string; label: string; check: string }[]>[];
  keys: KeyHolders[];
}

const CHECK = /^[0-9a-f]{32}$/;

/** Every key on every HSM that answers, its check value computed anew. */
export async function listKeys(cluster: ClusterConnection, user: UserLogin): Promise<KeyList> {
  const reports = await onEveryHsm(cluster, asUser(user.name, user.password), async (connection) => {
    const value = [];
    for (const { materialId, label } of await connection.listKeys())
      value.push({ materialId, label, check: await checkOf(connection, materialId) });
    return { outcome: 'done', message: `${value.length} keys`, value };
  });
  return { reports, keys: keyHolders(reports) };
}

async function checkOf(connection: HsmConnection, materialId: string): Promise<string> {
  try {
    return (await connection.checkKey(materialId)).check;
  } catch (error) {
    return describeFailure(error).code;
  }
}

function keyHolders(reports: KeyList['reports']): KeyHolders[] {
  const asked = reports.filter(({ value }) => value !== undefined);
  const keys = new Map<string, KeyHolders>();
  for (const { hsmId, value } of asked) {
    for (const { materialId, label, check } of value ?? []) {
      const key = keys.get(materialId) ?? { materialId, label, holders: {}, missing: [], same: true };
      key.holders[hsmId] = check;
      keys.set(materialId, key);
    }
  }
  for (const key of keys.values()) {
    key.missing = asked.map(({ hsmId }) => hsmId).filter((hsmId) => !(hsmId in key.holders));
    const checks = new Set(Object.values(key.holders));
    key.same = checks.size === 1 && [...checks].every((check) => CHECK.test(check));
  }
  return [...keys.values()].sort((a, b) => (a.label < b.label ? -1 : 1));
}

/** The attributes of one key as each HSM's module has them. */
export async function keyAttributes(
  cluster: ClusterConnection,
  user: UserLogin,
  materialId: string,
): Promise<HsmReport<KeyAttributes>[]> {
  return onEveryHsm(cluster, asUser(user.name, user.password), async (connection) => {
    const value = await connection.keyAttributes(materialId);
    return { outcome: 'done', message: value.label, value };
  });
}

export interface SyncReport {
  /** Copies that were made. */
  copied: { materialId: string; label: string; hsmId: string }[];
  failed: { materialId: string; label: string; hsmId: string; code: string; message: string }[];
  /** Keys whose copies differ: not touched. */
  different: string[];
  /** HSMs that were not reached. */
  unreached: HsmReport[];
}

/**
 * Copies every key to every HSM that lacks it, wrapped for that HSM, from one whose check value is right. Keys whose copies
 * differ are reported and left alone: which one is right is known to KMS's records, not here.
 */
export async function resyncKeys(
  cluster: ClusterConnection,
  user: UserLogin,
  approvals: readonly Approval[],
): Promise<SyncReport> {
  const { reports, keys } = await listKeys(cluster, user);
  const unreached = reports
    .filter(({ outcome }) => outcome === 'failed')
    .map(({ value: _value, ...report }): HsmReport => report);
  const sync: SyncReport = { copied: [], failed: [], different: [], unreached };
  const open = new Map<string, HsmConnection>();
  const connectionTo = async (hsmId: string): Promise<HsmConnection> => {
    const known = open.get(hsmId);
    if (known !== undefined && !known.closed) return known;
    const hsm = cluster.hsms.find((one) => one.hsmId === hsmId);
    if (hsm === undefined) throw new Error(`${hsmId} is not of this cluster`);
    const made = await openMember(cluster, hsm, asUser(user.name, user.password));
    open.set(hsmId, made);
    return made;
  };
  try {
    for (const { materialId, label, holders, missing, same } of keys) {
      if (!same) {
        sync.different.push(materialId);
        continue;
      }
      const [[holder, check] = ['', '']] = Object.entries(holders);
      for (const hsmId of missing) {
        try {
          const from = await connectionTo(holder);
          const wrappedKey = await withApprovals(from, 'export-keys', approvals, () =>
            from.exportKey({ materialId, peerHsmId: hsmId }),
          );
          await (await connectionTo(hsmId)).importKey({ materialId, label, wrappedKey, check });
          sync.copied.push({ materialId, label, hsmId });
        } catch (error) {
          sync.failed.push({ materialId, label, hsmId, ...describeFailure(error) });
        }
      }
    }
    return sync;
  } finally {
    for (const connection of open.values()) connection.close();
  }
}
