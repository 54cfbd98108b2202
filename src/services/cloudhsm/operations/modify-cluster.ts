import { lowerCamel } from '../../../audit/event.ts';
import { changeCluster } from '../../../storage/clusters.ts';
import type { ClusterRow } from '../../../storage/schema.ts';
import { HSM_TYPES, NEWER_TYPE, TYPE_ROLLBACK_MS } from '../cluster-rules.ts';
import { describeCluster } from '../description.ts';
import { invalidRequest } from '../errors.ts';
import { operation } from '../operation.ts';
import { arnOf, requireAccepted, requireCluster } from '../resources.ts';
import { readRetention } from '../retention.ts';

/**
 * Changes how long backups are kept, and the HSM type: to the newer one, and back within a day. The type is a name here: all
 * HSMs are what their module is. AWS: API_ModifyCluster (CloudHSM).
 */
export const modifyCluster = operation('ModifyCluster', {
  action: 'cloudhsm:ModifyCluster',
  readOnly: false,
  resources: (call) => [arnOf(call, call.input.ClusterId)],
  audit: lowerCamel,

  async handle(call) {
    const { ports, input, now } = call;
    const { clusters, mac } = ports;
    return clusters.exclusive(async () => {
      const cluster = requireCluster(call, input.ClusterId);
      requireAccepted(cluster, 'ModifyCluster');
      if (input.BackupRetentionPolicy === undefined && input.HsmType === undefined)
        throw invalidRequest('BackupRetentionPolicy or HsmType must be given.');
      const changed: ClusterRow = {
        ...cluster,
        ...(input.BackupRetentionPolicy === undefined
          ? {}
          : { backup_retention_days: readRetention(input.BackupRetentionPolicy) }),
        ...(input.HsmType === undefined ? {} : typeChange(cluster, input.HsmType, now)),
      };
      const shown = await describeCluster(ports, changed);
      await call.commit({ cluster: lowerCamel(shown) }, (tx) => changeCluster(tx, mac, cluster, changed));
      await clusters.refresh(cluster.cluster_id);
      return { Cluster: shown };
    });
  },
});

/** @throws ApiError CloudHsmInvalidRequestException */
function typeChange(
  cluster: ClusterRow,
  wanted: string,
  now: number,
): Pick<ClusterRow, 'hsm_type' | 'type_rollback_until'> {
  if (!Object.hasOwn(HSM_TYPES, wanted))
    throw invalidRequest(`HsmType ${wanted} is none of ${Object.keys(HSM_TYPES).join(', ')}.`);
  if (NEWER_TYPE[cluster.hsm_type] === wanted)
    return { hsm_type: wanted, type_rollback_until: now + TYPE_ROLLBACK_MS };
  if (NEWER_TYPE[wanted] === cluster.hsm_type && now < (cluster.type_rollback_until ?? 0))
    return { hsm_type: wanted, type_rollback_until: null };
  throw invalidRequest(`A cluster of ${cluster.hsm_type} cannot be changed to ${wanted}.`);
}
