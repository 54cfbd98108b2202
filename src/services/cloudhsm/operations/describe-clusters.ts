import { lowerCamel } from '../../../audit/event.ts';
import type { ClusterRow } from '../../../storage/schema.ts';
import { DELETED_LISTED_MS, vpcOf } from '../cluster-rules.ts';
import { describeCluster } from '../description.ts';
import { readFilters } from '../filters.ts';
import type { Filters } from '../filters.ts';
import { operation } from '../operation.ts';
import { page } from '../pages.ts';
import { isOwn } from '../resources.ts';

const FILTERS: Filters<ClusterRow> = {
  clusterIds: (cluster, wanted) => wanted.includes(cluster.cluster_id),
  states: (cluster, wanted) => wanted.includes(cluster.state),
  vpcIds: (cluster, wanted) => wanted.includes(vpcOf(cluster.region)),
};
const MOST = 25;

/**
 * Clusters of the caller's account in this Region, with their HSMs; deleted ones for a day, to those who ask for their id or
 * state. AWS: API_DescribeClusters (CloudHSM).
 */
export const describeClusters = operation('DescribeClusters', {
  action: 'cloudhsm:DescribeClusters',
  readOnly: true,
  audit: lowerCamel,

  async handle(call) {
    const { input, ports, now } = call;
    const passes = readFilters(FILTERS, input.Filters);
    const asked = Object.keys(input.Filters ?? {}).some((name) => name !== 'vpcIds');
    const found = ports.clusters
      .all()
      .filter((row) => isOwn(call, row) && passes(row))
      .filter((row) => row.state !== 'DELETED' || (asked && now - (row.deleted_at ?? 0) < DELETED_LISTED_MS))
      .sort((a, b) => a.created_at - b.created_at || (a.cluster_id < b.cluster_id ? -1 : 1));
    const { items, NextToken } = page('DescribeClusters', input, MOST, found, (row) => row.cluster_id);
    const Clusters = await Promise.all(items.map((row) => describeCluster(ports, row)));
    return NextToken === undefined ? { Clusters } : { Clusters, NextToken };
  },
});
