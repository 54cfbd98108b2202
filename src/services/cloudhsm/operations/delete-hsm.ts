import { lowerCamel } from '../../../audit/event.ts';
import { holdersOfKeys, putHsm } from '../../../storage/clusters.ts';
import type { ClusterRow, HsmRow } from '../../../storage/schema.ts';
import { addressOf, eniOf } from '../cluster-rules.ts';
import { invalidRequest, notFound } from '../errors.ts';
import { operation } from '../operation.ts';
import type { CloudHsmCall } from '../operation.ts';
import { arnOf, requireAccepted, requireCluster } from '../resources.ts';

/**
 * Takes an HSM out of its cluster and destroys what is on it, after a backup. As in AWS the last ones may go too; how many
 * keys are left with one holder or none is in the audit event, the log and the cluster's StateMessage. Refused for a remote
 * HSM that is the only one to hold a key, as there is no image of it. AWS: API_DeleteHsm.
 */
export const deleteHsm = operation('DeleteHsm', {
  action: 'cloudhsm:DeleteHsm',
  readOnly: false,
  resources: (call) => [arnOf(call, call.input.ClusterId)],
  audit: lowerCamel,

  async handle(call) {
    const { ports, input } = call;
    const { clusters, mac } = ports;
    return clusters.exclusive(async () => {
      const cluster = requireCluster(call, input.ClusterId);
      requireAccepted(cluster, 'DeleteHsm');
      const hsm = requireHsm(call, cluster);
      if (hsm.state === 'DELETE_IN_PROGRESS')
        throw invalidRequest(`The HSM ${hsm.hsm_id} is being deleted already.`);
      await noteHolders(call, hsm);
      await call.commit({ hsmId: hsm.hsm_id }, (tx) =>
        putHsm(tx, mac, { ...hsm, state: 'DELETE_IN_PROGRESS', state_message: 'The HSM is being deleted.' }),
      );
      await clusters.refresh(cluster.cluster_id);
      return { HsmId: hsm.hsm_id };
    });
  },
});

/** @throws ApiError CloudHsmInvalidRequestException, CloudHsmResourceNotFoundException */
function requireHsm(
  { ports, input }: CloudHsmCall<{ HsmId?: string; EniId?: string; EniIp?: string }>,
  cluster: ClusterRow,
): HsmRow {
  const given = [input.HsmId, input.EniId, input.EniIp].filter((name) => name !== undefined);
  const [name] = given;
  if (name === undefined || given.length > 1)
    throw invalidRequest('Exactly one of HsmId, EniId and EniIp must be given.');
  const hsm = ports.clusters
    .hsmsOf(cluster.cluster_id)
    .find((row) => [row.hsm_id, eniOf(row.hsm_id), addressOf(row)].includes(name));
  if (hsm === undefined) throw notFound(name);
  return hsm;
}

/** @throws ApiError CloudHsmInvalidRequestException when keys would be lost */
async function noteHolders(call: CloudHsmCall, hsm: HsmRow): Promise<void> {
  const { db, clusters, logger } = call.ports;
  const staying = new Set(
    clusters
      .hsmsOf(hsm.cluster_id)
      .filter((row) => row.state === 'ACTIVE' && row.hsm_id !== hsm.hsm_id)
      .map((row) => row.hsm_id),
  );
  let [none, one] = [0, 0];
  for (const holders of (await holdersOfKeys(db, hsm.cluster_id)).values()) {
    if (!holders.has(hsm.hsm_id)) continue;
    const left = [...holders].filter((id) => staying.has(id)).length;
    if (left === 0) none += 1;
    if (left === 1) one += 1;
  }
  if (none > 0 && hsm.host_kind === 'remote')
    throw invalidRequest(
      `The HSM ${hsm.hsm_id} is the only one to hold ${none} keys, and no backup can be made of a remote HSM.`,
    );
  if (none + one === 0) return;
  call.note({ keysHeldByOneHsm: one, keysHeldByNoHsm: none });
  logger.warn(
    { hsmId: hsm.hsm_id, keysHeldByOneHsm: one, keysHeldByNoHsm: none },
    'an HSM goes that keys need',
  );
}
