/**
 * The HSM clusters of this installation: their records, and the live connection to each. Which HSM processes run where is
 * told by whoever runs them (supervisor); membership is decided by the database alone.
 */
import type { RemoteHsm } from '../../configuration/cloudhsm.ts';
import { HsmCluster } from '../../keystores/hsm-cluster/hsm-cluster.ts';
import type { ClusterPorts } from '../../keystores/hsm-cluster/hsm-cluster.ts';
import type { HsmEndpoint } from '../../keystores/hsm-cluster/hsm-link.ts';
import {
  findCluster,
  findHsm,
  listClusters,
  listHsms,
  putCluster,
  putHsm,
  sealOldRows,
} from '../../storage/clusters.ts';
import type { ClusterRow, HsmRow } from '../../storage/schema.ts';
import { inTransaction } from '../../storage/store.ts';
import { DEFAULT_RETENTION_DAYS } from './cluster-rules.ts';
import type { HsmHost, Member } from './hsm-host.ts';

/** A cluster whose ceremony is done, as the operator's side reports it. */
export interface ReadyCluster {
  clusterId: string;
  trustAnchor: string;
  clusterCertificate: string;
  recoveryHsmId: string;
  hsms: readonly { hsmId: string; availabilityZone: string; subnetId: string; host?: string }[];
}

/** What all clusters share. */
export type ClusterSurroundings = Pick<
  ClusterPorts,
  | 'db'
  | 'mac'
  | 'logger'
  | 'clock'
  | 'incarnation'
  | 'escrowFile'
  | 'loginPausesFile'
  | 'performed'
  | 'onDuty'
> & {
  /** A file that says that rows of clusters from before they had codes were sealed. */
  rowsSealedMark: string;
};

interface LiveCluster {
  row: ClusterRow;
  hsms: HsmRow[];
  cluster: HsmCluster | undefined;
}

export class Clusters {
  readonly #surroundings: ClusterSurroundings;
  readonly host: HsmHost;
  readonly #remote: ReadonlyMap<string, RemoteHsm>;
  readonly #live = new Map<string, LiveCluster>();
  #endpoints = new Map<string, HsmEndpoint>();
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(surroundings: ClusterSurroundings, host: HsmHost, remoteHsms: readonly RemoteHsm[] = []) {
    this.#surroundings = surroundings;
    this.host = host;
    this.#remote = new Map(remoteHsms.map((hsm) => [hsm.hsmId, hsm]));
  }

  async load(): Promise<void> {
    const { db, mac, rowsSealedMark } = this.#surroundings;
    await sealOldRows(db, mac, rowsSealedMark);
    await this.refreshAll();
  }

  /** Clusters of all accounts and Regions, deleted ones included. */
  all(): ClusterRow[] {
    return [...this.#live.values()].map(({ row }) => row);
  }

  /** The record of a cluster, also of a deleted one. */
  find(clusterId: string): ClusterRow | undefined {
    return this.#live.get(clusterId)?.row;
  }

  hsmsOf(clusterId: string): readonly HsmRow[] {
    return this.#live.get(clusterId)?.hsms ?? [];
  }

  /** The cluster whose account and Region is told of what was found: of the cluster or HSM that it names, or the first one. */
  concernedBy({ clusterId, hsmId }: Readonly<Record<string, unknown>>): ClusterRow | undefined {
    const all = this.all();
    return (
      all.find(({ cluster_id: id }) => id === clusterId) ??
      all.find(({ cluster_id: id }) => this.hsmsOf(id).some((hsm) => hsm.hsm_id === hsmId)) ??
      all[0]
    );
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

  endpointOf(hsmId: string): HsmEndpoint | undefined {
    const remote = this.#remote.get(hsmId);
    return remote === undefined ? this.#endpoints.get(hsmId) : { host: remote.host, port: remote.port };
  }

  /** Whether the HSM's process runs on this machine. */
  runsHere(hsmId: string): boolean {
    return this.#endpoints.has(hsmId) && !this.#remote.has(hsmId);
  }

  /** Runs changes to clusters one after the other. */
  exclusive<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#lastChange.then(change);
    this.#lastChange = result.catch(() => undefined);
    return result;
  }

  /** This process is on duty from now on: what the one before left undone is found out. */
  takeDuty(): void {
    for (const { cluster } of this.#live.values()) cluster?.repair.round();
  }

  /** An HSM's key was missing or damaged when another process used it. */
  repairKey(hsmId: string, materialId: string): void {
    for (const { cluster } of this.#live.values()) cluster?.repair.keyOfHsmLater(hsmId, materialId);
  }

  /** Takes over what was committed about any cluster. */
  async refreshAll(): Promise<void> {
    const { db, mac } = this.#surroundings;
    for (const row of await listClusters(db, mac)) await this.#follow(row);
  }

  /** Takes over what was committed about a cluster. */
  async refresh(clusterId: string): Promise<void> {
    const { db, mac } = this.#surroundings;
    const row = await findCluster(db, mac, clusterId);
    if (row !== undefined) await this.#follow(row);
  }

  /** Changes a cluster's record outside of any API call; nothing when it is not in the state any more in which it was seen. */
  async change(seen: ClusterRow, changes: Partial<Omit<ClusterRow, 'mac' | 'cluster_id'>>): Promise<void> {
    const { db, mac } = this.#surroundings;
    await inTransaction(db, async (tx) => {
      const row = await findCluster(tx, mac, seen.cluster_id);
      if (row?.state === seen.state) await putCluster(tx, mac, { ...row, ...changes });
    });
    await this.refresh(seen.cluster_id);
  }

  /** Changes an HSM's record outside of any API call; nothing when it is not in the state any more in which it was seen. */
  async changeHsm(seen: HsmRow, changes: Partial<Omit<HsmRow, 'mac' | 'hsm_id'>>): Promise<void> {
    const { db, mac } = this.#surroundings;
    await inTransaction(db, async (tx) => {
      const row = await findHsm(tx, mac, seen.hsm_id);
      if (row?.state === seen.state) await putHsm(tx, mac, { ...row, ...changes });
    });
    await this.refresh(seen.cluster_id);
  }

  /** Records a cluster that the operator's ceremony made ready. Safe to repeat. */
  async adopt(ready: ReadyCluster, owner: { accountId: string; region: string }): Promise<void> {
    const { db, mac, clock } = this.#surroundings;
    const now = this.find(ready.clusterId)?.created_at ?? clock();
    const row: Omit<ClusterRow, 'mac'> = {
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
      state_message: null,
      mode: 'FIPS',
      backup_retention_days: DEFAULT_RETENTION_DAYS,
      source_backup_id: null,
      cluster_csr: null,
      type_rollback_until: null,
      deleted_at: null,
      backup_due: 'activation',
    };
    await inTransaction(db, async (tx) => {
      await putCluster(tx, mac, row);
      for (const hsm of ready.hsms) {
        await putHsm(tx, mac, {
          hsm_id: hsm.hsmId,
          cluster_id: ready.clusterId,
          availability_zone: hsm.availabilityZone,
          subnet_id: hsm.subnetId,
          state: 'ACTIVE',
          epoch_counter: 0,
          created_at: now,
          state_message: null,
          eni_ip: hsm.host ?? null,
          host_kind: 'local',
          image_backup_id: null,
        });
      }
    });
    await this.refresh(ready.clusterId);
  }

  stop(): void {
    for (const { cluster } of this.#live.values()) cluster?.stop();
  }

  async #follow(row: ClusterRow): Promise<void> {
    const { db, mac, logger } = this.#surroundings;
    const hsms = await listHsms(db, mac, row.cluster_id);
    let cluster = this.#live.get(row.cluster_id)?.cluster;
    if (row.trust_anchor === null || row.state === 'DELETED') {
      cluster?.stop();
      cluster = undefined;
    } else {
      cluster ??= new HsmCluster(row.cluster_id, row.trust_anchor, {
        ...this.#surroundings,
        logger: logger.child({ clusterId: row.cluster_id }),
        endpointOf: (hsmId) => this.endpointOf(hsmId),
        resetUserPassword: (request) => this.host.resetUserPassword(request),
        hangs: (hsmId) => this.host.hangs(hsmId),
      });
      cluster.setMembers(
        hsms
          .filter((hsm) => hsm.state === 'ACTIVE' || hsm.state === 'CREATE_IN_PROGRESS')
          .map((hsm) => ({
            hsmId: hsm.hsm_id,
            clusterId: hsm.cluster_id,
            availabilityZone: hsm.availability_zone,
            joining: hsm.state !== 'ACTIVE',
          })),
      );
    }
    this.#live.set(row.cluster_id, { row, hsms, cluster });
    this.tellMembers();
  }

  /** Tells the host which HSMs the operator may have to look after. */
  tellMembers(): void {
    this.host.maker?.members(
      [...this.#live.values()].flatMap(({ row, hsms }) => {
        const { trust_anchor: trustAnchor } = row;
        if (trustAnchor === null || (row.state !== 'INITIALIZED' && row.state !== 'ACTIVE')) return [];
        return hsms
          .filter((hsm) => hsm.state !== 'DELETE_IN_PROGRESS')
          .map((hsm): Member => {
            const remote = this.#remote.get(hsm.hsm_id);
            const member = {
              hsmId: hsm.hsm_id,
              clusterId: hsm.cluster_id,
              availabilityZone: hsm.availability_zone,
              trustAnchor,
            };
            return remote === undefined
              ? member
              : { ...member, address: { host: remote.host, port: remote.port } };
          });
      }),
    );
  }
}
