/** The HSM clusters of this Region, of all pages: DescribeClusters gives 25 at most in one. */
import { paginateDescribeClusters } from '@aws-sdk/client-cloudhsm-v2';
import type { Cluster, CloudHSMV2Client } from '@aws-sdk/client-cloudhsm-v2';
import { gather } from '../aws/gather.ts';

/** @param id of the only one wanted */
export function listClusters(client: CloudHSMV2Client, id?: string): Promise<Cluster[]> {
  const input = id === undefined ? {} : { Filters: { clusterIds: [id] } };
  return gather(paginateDescribeClusters({ client }, input), ({ Clusters }) => Clusters);
}
