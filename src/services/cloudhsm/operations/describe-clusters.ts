import { lowerCamel } from '../../../audit/event.ts';
import { ApiError } from '../../../aws/errors.ts';
import type { Cluster } from '../../../aws/generated/cloudhsmv2.ts';
import type { ClusterRow, HsmRow } from '../../../storage/schema.ts';
import { operation } from '../operation.ts';

type Filter = (cluster: ClusterRow, wanted: readonly string[]) => boolean;

const FILTERS: Readonly<Record<string, Filter>> = {
  clusterIds: (cluster, wanted) => wanted.includes(cluster.cluster_id),
  states: (cluster, wanted) => wanted.includes(cluster.state),
  vpcIds: (_cluster, wanted) => wanted.includes(VPC_ID),
};

/** The network in which all HSMs of an installation are: there is one. */
const VPC_ID = 'vpc-claviger';

/** Clusters of the caller's account in this Region, with their HSMs. AWS: API_DescribeClusters (CloudHSM). */
export const describeClusters = operation('DescribeClusters', {
  action: 'cloudhsm:DescribeClusters',
  readOnly: true,
  audit: lowerCamel,

  async handle({ input, ports, caller, region }) {
    const filters = Object.entries(input.Filters ?? {}).map(([name, values]) => {
      const filter = FILTERS[name];
      if (filter === undefined)
        throw new ApiError('CloudHsmInvalidRequestException', `Unknown filter: ${name}`);
      return (cluster: ClusterRow) => filter(cluster, values);
    });
    const clusters = ports.clusters
      .all()
      .filter((row) => row.account_id === caller.accountId && row.region === region)
      .filter((row) => filters.every((passes) => passes(row)));
    return { Clusters: clusters.map((row) => describe(row, ports.clusters.hsmsOf(row.cluster_id))) };
  },
});

function describe(row: ClusterRow, hsms: readonly HsmRow[]): Cluster {
  return {
    ClusterId: row.cluster_id,
    CreateTimestamp: new Date(row.created_at),
    HsmType: row.hsm_type,
    State: row.state as NonNullable<Cluster['State']>,
    SubnetMapping: JSON.parse(row.subnet_mapping) as Record<string, string>,
    VpcId: VPC_ID,
    Hsms: hsms.map((hsm) => ({
      HsmId: hsm.hsm_id,
      ClusterId: hsm.cluster_id,
      AvailabilityZone: hsm.availability_zone,
      SubnetId: hsm.subnet_id,
      State: hsm.state as 'ACTIVE',
    })),
    Certificates: row.cluster_certificate === null ? {} : { ClusterCertificate: row.cluster_certificate },
  };
}
