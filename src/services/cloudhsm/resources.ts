/** Clusters, HSMs and backups as calls name them: found in the caller's account and Region, or refused. */
import { parseArn } from '../../aws/arn.ts';
import { findBackup } from '../../storage/backups.ts';
import { findResourcePolicy } from '../../storage/cloudhsm-policies.ts';
import type { ClusterBackupRow, ClusterRow } from '../../storage/schema.ts';
import { ACCEPTED_IN } from './cluster-rules.ts';
import { invalidRequest, notFound } from './errors.ts';
import type { CloudHsm, CloudHsmCall } from './operation.ts';
import { shares } from './resource-policy.ts';

type Kind = 'cluster' | 'backup';

export function resourceArn(kind: Kind, id: string, home: { accountId: string; region: string }): string {
  return `arn:aws:cloudhsm:${home.region}:${home.accountId}:${kind}/${id}`;
}

/** ARN of a cluster or backup of the caller, by its id. */
export function arnOf(call: CloudHsmCall, id: string): string {
  const kind: Kind = id.startsWith('backup-') ? 'backup' : 'cluster';
  return resourceArn(kind, id, { accountId: call.caller.accountId, region: call.region });
}

/** The part of an ARN that names the cluster or backup. */
export function idOfArn(arn: string): string {
  return parseArn(arn)?.resource.split('/')[1] ?? arn;
}

/** @throws ApiError CloudHsmResourceNotFoundException; deleted clusters are not found */
export function requireCluster(call: CloudHsmCall, clusterId: string): ClusterRow {
  const row = call.ports.clusters.find(clusterId);
  if (row === undefined || !isOwn(call, row) || row.state === 'DELETED') throw notFound(clusterId);
  return row;
}

/** @throws ApiError CloudHsmInvalidRequestException when the operation is not for clusters in this state */
export function requireAccepted(cluster: ClusterRow, operation: keyof typeof ACCEPTED_IN): void {
  if (ACCEPTED_IN[operation].includes(cluster.state)) return;
  throw invalidRequest(
    `Cluster ${cluster.cluster_id} is in state ${cluster.state}; ${operation} needs ${ACCEPTED_IN[operation].join(' or ')}.`,
  );
}

/** @throws ApiError CloudHsmResourceNotFoundException */
export async function requireBackup(call: CloudHsmCall, backupId: string): Promise<ClusterBackupRow> {
  const { db, mac } = call.ports;
  const row = await findBackup(db, mac, backupId);
  if (row === undefined || !isOwn(call, row) || row.state === 'DELETED') throw notFound(backupId);
  return row;
}

/**
 * A backup that the caller may start a cluster from, or copy: its own, or one that its owner shares with the caller's account.
 * @param name id of an own backup, or ARN
 * @throws ApiError CloudHsmResourceNotFoundException: also for one that is not shared, so that nobody learns what exists
 */
export async function requireUsableBackup(
  call: CloudHsmCall,
  name: string,
  action: string,
): Promise<ClusterBackupRow> {
  const { db, mac } = call.ports;
  const row = await findBackup(db, mac, idOfArn(name));
  const foreign = name.startsWith('arn:');
  if (row === undefined || row.state === 'DELETED' || row.region !== call.region) throw notFound(name);
  if (isOwn(call, row)) return row;
  if (!foreign || !(await isSharedWith(call.ports, row, call.caller.accountId, action))) throw notFound(name);
  return row;
}

/** Whether the owner of a backup lets another account do this with it. */
export async function isSharedWith(
  { db, mac }: Pick<CloudHsm, 'db' | 'mac'>,
  row: ClusterBackupRow,
  accountId: string,
  action: string,
): Promise<boolean> {
  if (row.state !== 'READY') return false;
  const arn = resourceArn('backup', row.backup_id, { accountId: row.account_id, region: row.region });
  const policy = await findResourcePolicy(db, mac, arn);
  return policy !== undefined && shares(policy, accountId, action);
}

export function isOwn(
  call: Pick<CloudHsmCall, 'caller' | 'region'>,
  row: { account_id: string; region: string },
): boolean {
  return row.account_id === call.caller.accountId && row.region === call.region;
}

/** The cluster or backup that a tag operation names. @throws ApiError CloudHsmResourceNotFoundException */
export async function requireResource(call: CloudHsmCall, id: string): Promise<void> {
  if (id.startsWith('backup-')) await requireBackup(call, id);
  else requireCluster(call, id);
}

/**
 * The backup that a policy operation names: only backups can be shared.
 * @throws ApiError CloudHsmInvalidRequestException, CloudHsmResourceNotFoundException
 */
export async function requireBackupArn(
  call: CloudHsmCall,
  arn: string | undefined,
): Promise<{ arn: string; backup: ClusterBackupRow }> {
  if (arn === undefined) throw invalidRequest('ResourceArn must be given.');
  const id = idOfArn(arn);
  if (!id.startsWith('backup-')) throw invalidRequest('Only backups can have a resource policy.');
  const backup = await requireBackup(call, id);
  if (arn !== arnOf(call, id)) throw notFound(arn);
  return { arn, backup };
}
