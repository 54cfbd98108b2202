import { lowerCamel } from '../../../audit/event.ts';
import type { Cluster, CreateClusterRequest } from '../../../aws/generated/cloudhsmv2.ts';
import { putCluster } from '../../../storage/clusters.ts';
import { putResourceTags } from '../../../storage/cloudhsm-tags.ts';
import type { ClusterBackupRow, ClusterRow } from '../../../storage/schema.ts';
import { HSM_TYPES, NEWER_TYPE, newId, subnetsOf } from '../cluster-rules.ts';
import { describeCluster } from '../description.ts';
import { invalidRequest } from '../errors.ts';
import { operation } from '../operation.ts';
import type { CloudHsmCall } from '../operation.ts';
import { isOwn, requireUsableBackup } from '../resources.ts';
import { readRetention } from '../retention.ts';
import { requireTags } from '../tags.ts';

/** The recovery HSM, as every cluster's HSMs know it (operator/recovery-hsm.ts). */
const RECOVERY_HSM_ID = 'hsm-recovery';

/**
 * A cluster without HSMs. From a backup it has that one's users, keys, certificate and trust anchor once it has its first HSM.
 * AWS: API_CreateCluster (CloudHSM).
 */
export const createCluster = operation('CreateCluster', {
  action: 'cloudhsm:CreateCluster',
  readOnly: false,
  audit: lowerCamel,

  async handle(call) {
    const { ports, input, caller, region, now } = call;
    const { clusters, mac, settings } = ports;
    return clusters.exclusive(async () => {
      const source =
        input.SourceBackupId === undefined
          ? undefined
          : await requireUsableBackup(call, input.SourceBackupId, 'cloudhsm:CreateCluster');
      if (source !== undefined && source.state !== 'READY')
        throw invalidRequest(`Backup ${source.backup_id} is in state ${source.state}.`);
      const type = requireType(input, source);
      const own = clusters.all().filter((row) => isOwn(call, row) && row.state !== 'DELETED');
      if (own.length >= settings.clusters)
        throw invalidRequest(`The account has ${own.length} clusters in this Region, and may not have more.`);
      const tags = input.TagList ?? [];
      requireTags(tags);
      const row: Omit<ClusterRow, 'mac'> = {
        cluster_id: newId('cluster'),
        account_id: caller.accountId,
        region,
        state: 'CREATE_IN_PROGRESS',
        hsm_type: type.hsmType,
        trust_anchor: source?.trust_anchor ?? null,
        cluster_certificate: source?.cluster_certificate ?? null,
        subnet_mapping: JSON.stringify(mappingOf(call, input.SubnetIds)),
        recovery_hsm_id: source === undefined ? RECOVERY_HSM_ID : source.recovery_hsm_id,
        created_at: now,
        state_message: null,
        mode: type.mode,
        backup_retention_days: readRetention(input.BackupRetentionPolicy),
        source_backup_id: source?.backup_id ?? null,
        cluster_csr: null,
        type_rollback_until: null,
        backup_due: null,
        deleted_at: null,
      };
      const shown: Cluster = { ...(await describeCluster(ports, { ...row, mac: '' })), TagList: tags };
      await call.commit({ cluster: lowerCamel(shown) }, async (tx) => {
        await putCluster(tx, mac, row);
        await putResourceTags(tx, row.cluster_id, tags);
      });
      await clusters.refresh(row.cluster_id);
      return { Cluster: shown };
    });
  },
});

/**
 * A cluster from a backup is in the mode of that one, and its HSMs are of the same type or a newer one.
 * @throws ApiError CloudHsmInvalidRequestException
 */
function requireType(
  input: CreateClusterRequest,
  source: ClusterBackupRow | undefined,
): { hsmType: string; mode: 'FIPS' | 'NON_FIPS' } {
  const modes = Object.hasOwn(HSM_TYPES, input.HsmType) ? HSM_TYPES[input.HsmType]?.modes : undefined;
  const known = Object.keys(HSM_TYPES).join(', ');
  if (modes === undefined) throw invalidRequest(`HsmType ${input.HsmType} is none of ${known}.`);
  const mode = input.Mode ?? source?.mode ?? 'FIPS';
  if (source !== undefined && (mode !== source.mode || NEWER_TYPE[input.HsmType] === source.hsm_type))
    throw invalidRequest(
      `Backup ${source.backup_id} is of ${source.hsm_type} in mode ${source.mode}: it cannot be restored to ${input.HsmType} in mode ${mode}.`,
    );
  if (!modes.includes(mode)) throw invalidRequest(`Clusters of ${input.HsmType} cannot have mode ${mode}.`);
  if (input.NetworkType === 'DUALSTACK')
    throw invalidRequest('HSMs listen on IPv4 addresses: NetworkType DUALSTACK is not available.');
  return { hsmType: input.HsmType, mode };
}

/** Zone to subnet. @throws ApiError CloudHsmInvalidRequestException: unknown subnets, two in one zone */
function mappingOf({ ports, region }: CloudHsmCall, subnetIds: readonly string[]): Record<string, string> {
  const known = subnetsOf(region, ports.settings, ports.clusters.all());
  const mapping: Record<string, string> = {};
  for (const id of subnetIds) {
    const zone = known.find((subnet) => subnet.id === id)?.availabilityZone;
    if (zone === undefined) throw invalidRequest(`The subnet ${id} does not exist in ${region}.`);
    if (mapping[zone] !== undefined) throw invalidRequest(`There is more than one subnet of ${zone}.`);
    mapping[zone] = id;
  }
  return mapping;
}
