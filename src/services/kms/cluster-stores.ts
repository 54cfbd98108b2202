/** Connections of custom key stores to HSM clusters: the logins of `kmsuser`, and the changes of its password. */
import { randomInt } from 'node:crypto';
import { connectCluster, rotatePassword } from '../../keystores/hsm-cluster/connecting.ts';
import { HsmClusterKeyStore } from '../../keystores/hsm-cluster/hsm-cluster-key-store.ts';
import type { ClusterSession } from '../../keystores/hsm-cluster/login.ts';
import { ConnectFailed } from '../../keystores/key-store.ts';
import type { Logger } from '../../logging/logger.ts';
import { noteChange } from '../../storage/changes.ts';
import { isClusterStore } from '../../storage/custom-key-stores.ts';
import type { Duty } from '../../storage/leases.ts';
import type { ClusterStoreRow, CustomKeyStoreRow } from '../../storage/schema.ts';
import type { Database } from '../../storage/store.ts';
import type { Clusters } from '../cloudhsm/clusters.ts';
import type { SecretSeal } from './custom-key-stores.ts';
import type { StoreConnections } from './store-connections.ts';

export interface ClusterStorePorts {
  db: Database;
  logger: Logger;
  clusters: Clusters;
  passwords: SecretSeal;
  /** Whether all subnets of the cluster are there. */
  subnetsExist: (clusterId: string) => boolean;
  /** Who changes passwords: one process of the installation. The others log in where it did. */
  duty: Duty;
  /** A store's row as the database has it now. @throws RowTampered */
  reread: (customKeyStoreId: string) => Promise<CustomKeyStoreRow | undefined>;
  change: (customKeyStoreId: string, changes: Partial<Omit<CustomKeyStoreRow, 'mac'>>) => Promise<void>;
}

const PASSWORD_LENGTH = 32;
const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function newPassword(): string {
  return Array.from({ length: PASSWORD_LENGTH }, () => ALPHANUMERIC[randomInt(ALPHANUMERIC.length)]).join('');
}

export class ClusterStores implements StoreConnections<ClusterStoreRow, HsmClusterKeyStore> {
  readonly #ports: ClusterStorePorts;
  readonly #stores = new Map<string, HsmClusterKeyStore>();

  constructor(ports: ClusterStorePorts) {
    this.#ports = ports;
  }

  find(customKeyStoreId: string): HsmClusterKeyStore | undefined {
    return this.#stores.get(customKeyStoreId);
  }

  async connect(row: ClusterStoreRow, isWanted: () => boolean): Promise<void> {
    const { clusters, subnetsExist, passwords, reread, change } = this.#ports;
    const { custom_key_store_id: id } = row;
    const cluster = clusters.live(row.cluster_id);
    if (cluster === undefined) throw new ConnectFailed('CLUSTER_NOT_FOUND');
    if (!subnetsExist(row.cluster_id)) throw new ConnectFailed('SUBNET_NOT_FOUND');
    const session = this.#session(id);
    cluster.loginPauses.endAll(id);
    await connectCluster(cluster, session, isWanted);
    if (!isWanted()) return;
    const before = await reread(id);
    if (before?.next_password_sealed === null) {
      const from = await session.wanted();
      const next = await passwords.seal(id, newPassword());
      await change(id, { next_password_sealed: next });
      await rotatePassword(cluster, session, from);
    }
    if (isWanted()) this.#open(row);
  }

  /** After a restart: the password is in place, KMS only logs in again. */
  async resume(row: ClusterStoreRow): Promise<void> {
    if (this.#stores.has(row.custom_key_store_id) && !this.#isShutOut(row)) return;
    const cluster = this.#ports.clusters.live(row.cluster_id);
    if (cluster === undefined) return;
    this.#open(row);
    // a login that is under way goes on: it reads passwords anew each time
    if (cluster.session?.owner !== row.custom_key_store_id)
      cluster.openSession(this.#session(row.custom_key_store_id));
    cluster.takeInOthers();
  }

  leave(customKeyStoreId: string): void {
    const store = this.#stores.get(customKeyStoreId);
    this.#stores.delete(customKeyStoreId);
    store?.cluster
      .closeSession()
      .catch((error: unknown) => this.#ports.logger.warn({ err: error }, 'a logout failed'));
  }

  async disconnect(row: ClusterStoreRow): Promise<void> {
    this.#stores.delete(row.custom_key_store_id);
    await this.#ports.clusters.live(row.cluster_id)?.closeSession();
  }

  /** An HSM refused this process, and the one that changes passwords may have put that right. */
  #isShutOut(row: ClusterStoreRow): boolean {
    if (this.#ports.duty.held) return false;
    return this.#ports.clusters.live(row.cluster_id)?.links.some((link) => link.state === 'up') ?? false;
  }

  #open(row: ClusterStoreRow): void {
    const cluster = this.#ports.clusters.live(row.cluster_id);
    const recoveryHsmId = this.#ports.clusters.find(row.cluster_id)?.recovery_hsm_id;
    if (cluster === undefined || recoveryHsmId === undefined || recoveryHsmId === null) return;
    this.#stores.set(row.custom_key_store_id, new HsmClusterKeyStore(cluster, recoveryHsmId));
  }

  #session(customKeyStoreId: string): ClusterSession {
    const { passwords, clusters, reread, change, duty, db } = this.#ports;
    const accepted = new Set<string>();
    // read anew each time: a wrong password is worse than a question
    const read = async (): Promise<ClusterStoreRow> => {
      const row = await reread(customKeyStoreId);
      if (row === undefined || !isClusterStore(row)) throw new Error('the custom key store is gone');
      return row;
    };
    return {
      owner: customKeyStoreId,
      mayChange: () => duty.held,
      wanted: async () => {
        const row = await read();
        return passwords.unseal(customKeyStoreId, row.next_password_sealed ?? row.password_sealed);
      },
      passwords: async () => {
        const { password_sealed: current, next_password_sealed: next } = await read();
        const candidates = next === null ? [current] : [next, current];
        return Promise.all(candidates.map((sealed) => passwords.unseal(customKeyStoreId, sealed)));
      },
      accepted: async (hsmId, password) => {
        if (!duty.held) return;
        const { next_password_sealed: next, cluster_id: clusterId } = await read();
        await noteChange(db, 'key-store', customKeyStoreId); // others may be shut out until now
        // an HSM that logged KMS in while the change began has the one before, which must stay on record
        if (next === null || password !== (await passwords.unseal(customKeyStoreId, next))) return;
        accepted.add(hsmId);
        const members = clusters.hsmsOf(clusterId).filter((hsm) => hsm.state === 'ACTIVE');
        if (!members.every((hsm) => accepted.has(hsm.hsm_id))) return;
        await change(customKeyStoreId, { password_sealed: next, next_password_sealed: null });
      },
    };
  }
}
