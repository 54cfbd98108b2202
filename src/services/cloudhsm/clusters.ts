/**
 * The HSM clusters of this installation: their records, and the live connection to each. Which HSM processes run where is
 * told by whoever runs them (supervisor); membership is decided by the database alone.
 */
import { HsmCluster } from '../../keystores/hsm-cluster/hsm-cluster.ts';
import type { ClusterPorts } from '../../keystores/hsm-cluster/hsm-cluster.ts';
import type { HsmEndpoint } from '../../keystores/hsm-cluster/hsm-link.ts';
import { listClusters, listHsms, putCluster, putHsm } from '../../storage/clusters.ts';
import type { ClusterRow, HsmRow } from '../../storage/schema.ts';

/** A cluster whose ceremony is done, as the operator's side reports it. */
export interface ReadyCluster {
  clusterId: string;
  trustAnchor: string;
  clusterCertificate: string;
  recoveryHsmId: string;
  hsms: readonly { hsmId: string; availabilityZone: string; subnetId: string }[];
}

/** What a cluster asks of whoever runs its HSMs. */
export type HsmHost = Pick<ClusterPorts, 'resetUserPassword' | 'hangs'>;

/** What all clusters share. */
export type ClusterSurroundings = Pick<
  ClusterPorts,
  'db' | 'logger' | 'clock' | 'incarnation' | 'escrowFile'
>;

interface LiveCluster {
  row: ClusterRow;
  hsms: HsmRow[];
  cluster: HsmCluster | undefined;
}

export class Clusters {
  readonly #surroundings: ClusterSurroundings;
  readonly #host: HsmHost;
  readonly #live = new Map<string, LiveCluster>();
  #endpoints = new Map<string, HsmEndpoint>();

  constructor(surroundings: ClusterSurroundings, host: HsmHost) {
    this.#surroundings = surroundings;
    this.#host = host;
  }

  async load(): Promise<void> {
    for (const row of await listClusters(this.#surroundings.db)) await this.#follow(row);
  }

  all(): ClusterRow[] {
    return [...this.#live.values()].map(({ row }) => row);
  }

  find(clusterId: string): ClusterRow | undefined {
    return this.#live.get(clusterId)?.row;
  }

  hsmsOf(clusterId: string): readonly HsmRow[] {
    return this.#live.get(clusterId)?.hsms ?? [];
  }

  /** The live cluster; undefined before it was initialised. */
  live(clusterId: string): HsmCluster | undefined {
    return this.#live.get(clusterId)?.cluster;
  }

  /** Where HSM processes listen now. */
  setEndpoints(endpoints: ReadonlyMap<string, HsmEndpoint>): void {
    this.#endpoints = new Map(endpoints);
    for (const { cluster } of this.#live.values()) cluster?.endpointsChanged();
  }

  /** Records a cluster that the operator's ceremony made ready. Safe to repeat. */
  async adopt(ready: ReadyCluster, owner: { accountId: string; region: string }): Promise<void> {
    const now = this.#surroundings.clock();
    const row: ClusterRow = {
      cluster_id: ready.clusterId,
      account_id: owner.accountId,
      region: owner.region,
      state: 'ACTIVE',
      hsm_type: 'hsm2m.medium',
      trust_anchor: ready.trustAnchor,
      cluster_certificate: ready.clusterCertificate,
      subnet_mapping: JSON.stringify(
        Object.fromEntries(ready.hsms.map((hsm) => [hsm.availabilityZone, hsm.subnetId])),
      ),
      recovery_hsm_id: ready.recoveryHsmId,
      created_at: now,
    };
    await this.#surroundings.db.transaction().execute(async (tx) => {
      await putCluster(tx, row);
      for (const hsm of ready.hsms) {
        await putHsm(tx, {
          hsm_id: hsm.hsmId,
          cluster_id: ready.clusterId,
          availability_zone: hsm.availabilityZone,
          subnet_id: hsm.subnetId,
          state: 'ACTIVE',
          epoch_counter: 0,
          created_at: now,
        });
      }
    });
    await this.#follow(row);
  }

  stop(): void {
    for (const { cluster } of this.#live.values()) cluster?.stop();
  }

  async #follow(row: ClusterRow): Promise<void> {
    const hsms = await listHsms(this.#surroundings.db, row.cluster_id);
    let cluster = this.#live.get(row.cluster_id)?.cluster;
    if (cluster === undefined && row.trust_anchor !== null) {
      cluster = new HsmCluster(row.cluster_id, row.trust_anchor, {
        ...this.#surroundings,
        logger: this.#surroundings.logger.child({ clusterId: row.cluster_id }),
        endpointOf: (hsmId) => this.#endpoints.get(hsmId),
        ...this.#host,
      });
    }
    cluster?.setMembers(
      hsms
        .filter((hsm) => hsm.state === 'ACTIVE')
        .map((hsm) => ({
          hsmId: hsm.hsm_id,
          clusterId: hsm.cluster_id,
          availabilityZone: hsm.availability_zone,
        })),
    );
    this.#live.set(row.cluster_id, { row, hsms, cluster });
  }
}
