import { lowerCamel } from '../../../audit/event.ts';
import { changeCluster } from '../../../storage/clusters.ts';
import { removeResourceTags } from '../../../storage/cloudhsm-tags.ts';
import { describeCluster } from '../description.ts';
import { invalidRequest } from '../errors.ts';
import { operation } from '../operation.ts';
import { arnOf, requireAccepted, requireCluster } from '../resources.ts';

/** Ends a cluster that has no HSMs; its backups stay. AWS: API_DeleteCluster (CloudHSM). */
export const deleteCluster = operation('DeleteCluster', {
  action: 'cloudhsm:DeleteCluster',
  readOnly: false,
  resources: (call) => [arnOf(call, call.input.ClusterId)],
  audit: lowerCamel,

  async handle(call) {
    const { ports, input, now } = call;
    const { clusters, mac } = ports;
    return clusters.exclusive(async () => {
      const cluster = requireCluster(call, input.ClusterId);
      requireAccepted(cluster, 'DeleteCluster');
      const hsms = clusters.hsmsOf(cluster.cluster_id).length;
      if (hsms > 0)
        throw invalidRequest(
          `Cluster ${cluster.cluster_id} has ${hsms} HSMs: delete them before the cluster.`,
        );
      const changed = {
        ...cluster,
        state: 'DELETE_IN_PROGRESS',
        state_message: 'The cluster is being deleted.',
        deleted_at: now,
      };
      const shown = await describeCluster(ports, changed);
      await call.commit({ cluster: lowerCamel(shown) }, async (tx) => {
        await changeCluster(tx, mac, cluster, changed);
        await removeResourceTags(tx, cluster.cluster_id);
      });
      await clusters.refresh(cluster.cluster_id);
      return { Cluster: shown };
    });
  },
});
