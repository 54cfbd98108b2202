import { isIPv4 } from 'node:net';
import { lowerCamel } from '../../../audit/event.ts';
import type { Hsm } from '../../../aws/generated/cloudhsmv2.ts';
import { putHsm } from '../../../storage/clusters.ts';
import type { ClusterRow, HsmRow } from '../../../storage/schema.ts';
import { newestBackup } from '../backups.ts';
import { addressOf, freeAddress, newId, subnetMapping } from '../cluster-rules.ts';
import { describeHsm } from '../description.ts';
import { invalidRequest, serviceError } from '../errors.ts';
import { hsmPlaces } from '../hsm-places.ts';
import { operation } from '../operation.ts';
import type { CloudHsmCall } from '../operation.ts';
import { arnOf, isOwn, requireAccepted, requireCluster } from '../resources.ts';

/**
 * One more HSM for a cluster: a configured remote one that waits in this zone, else a process on this machine. It is
 * CREATE_IN_PROGRESS until it serves; StateMessage says what it waits for. AWS: API_CreateHsm.
 */
export const createHsm = operation('CreateHsm', {
  action: 'cloudhsm:CreateHsm',
  readOnly: false,
  resources: (call) => [arnOf(call, call.input.ClusterId)],
  audit: lowerCamel,

  async handle(call) {
    const { ports, input, now } = call;
    const { clusters, mac } = ports;
    return clusters.exclusive(async () => {
      const takePlace = await hsmPlaces(ports);
      const cluster = requireCluster(call, input.ClusterId);
      requireAccepted(cluster, 'CreateHsm');
      requireRoom(call, cluster);
      await requireOrigin(call, cluster);
      const subnetId = subnetMapping(cluster)[input.AvailabilityZone];
      if (subnetId === undefined)
        throw invalidRequest(`The cluster has no subnet in ${input.AvailabilityZone}.`);
      const place = placeFor(call, cluster);
      const row: Omit<HsmRow, 'mac'> = {
        hsm_id: place.hsmId,
        cluster_id: cluster.cluster_id,
        availability_zone: input.AvailabilityZone,
        subnet_id: subnetId,
        state: 'CREATE_IN_PROGRESS',
        epoch_counter: 0,
        created_at: now,
        state_message: null,
        eni_ip: place.address,
        host_kind: place.kind,
        image_backup_id: null,
      };
      const shown: Hsm = describeHsm(ports, cluster, { ...row, mac: '' });
      await call.commit({ hsm: lowerCamel(shown) }, async (tx) => {
        await takePlace(tx);
        await putHsm(tx, mac, row);
      });
      await clusters.refresh(cluster.cluster_id);
      return { Hsm: shown };
    });
  },
});

/** @throws ApiError CloudHsmInvalidRequestException at a quota */
function requireRoom(call: CloudHsmCall, cluster: ClusterRow): void {
  const { clusters, settings } = call.ports;
  const inCluster = clusters.hsmsOf(cluster.cluster_id).length;
  if (inCluster >= settings.hsmsPerCluster)
    throw invalidRequest(`The cluster has ${inCluster} HSMs, and may not have more.`);
  const inAll = clusters
    .all()
    .filter((row) => isOwn(call, row))
    .reduce((sum, row) => sum + clusters.hsmsOf(row.cluster_id).length, 0);
  if (inAll >= settings.hsms)
    throw invalidRequest(`The account has ${inAll} HSMs in this Region, and may not have more.`);
}

/**
 * Before a cluster is active it has one HSM, the one that the operator initialises and activates. An active cluster without
 * any HSM begins again from its newest backup.
 * @throws ApiError CloudHsmInvalidRequestException
 */
async function requireOrigin({ ports }: CloudHsmCall, cluster: ClusterRow): Promise<void> {
  const others = ports.clusters.hsmsOf(cluster.cluster_id).length;
  if (cluster.state !== 'ACTIVE' && others > 0)
    throw invalidRequest(
      `Cluster ${cluster.cluster_id} is in state ${cluster.state}: it can have more than one HSM once it is ACTIVE.`,
    );
  if (cluster.state === 'INITIALIZED' && cluster.source_backup_id === null)
    throw invalidRequest('The HSM that the cluster was initialised with is gone: delete the cluster.');
  if (cluster.state !== 'ACTIVE' || others > 0) return;
  if ((await newestBackup(ports, cluster.cluster_id)) === undefined)
    throw invalidRequest('The cluster has neither an HSM nor a backup.');
}

/** @throws ApiError CloudHsmInvalidRequestException, CloudHsmServiceException where nobody can give an HSM */
function placeFor(
  { ports, input }: CloudHsmCall<{ AvailabilityZone: string; IpAddress?: string }>,
  cluster: ClusterRow,
): { hsmId: string; address: string; kind: 'local' | 'remote' } {
  const { clusters, settings } = ports;
  const all = clusters.all().flatMap((row) => clusters.hsmsOf(row.cluster_id));
  const remote = settings.remoteHsms.find(
    (hsm) =>
      hsm.clusterId === cluster.cluster_id &&
      hsm.availabilityZone === input.AvailabilityZone &&
      (input.IpAddress === undefined || input.IpAddress === hsm.host) &&
      !all.some((row) => row.hsm_id === hsm.hsmId),
  );
  if (remote !== undefined) return { hsmId: remote.hsmId, address: remote.host, kind: 'remote' };
  if (!settings.localHsms || clusters.host.maker === undefined)
    throw serviceError(
      `No HSM is available in ${input.AvailabilityZone}: none of the configured remote HSMs of this cluster is free there.`,
    );
  const taken = new Set(all.map(addressOf));
  const { IpAddress: address = freeAddress(input.AvailabilityZone, taken) } = input;
  if (!isIPv4(address) || !address.startsWith('127.') || taken.has(address))
    throw invalidRequest(`The address ${address} is not a free address of the subnet.`);
  return { hsmId: newId('hsm'), address, kind: 'local' };
}
