/**
 * The custom key stores as KMS runs them: their rows in memory, and the session of each that is connected. Operations
 * change them through here; keys find their store and their state here.
 */
import { randomInt } from 'node:crypto';
import { ConnectFailed, connectCluster, rotatePassword } from '../../keystores/hsm-cluster/connecting.ts';
import type { ConnectionErrorCode } from '../../keystores/hsm-cluster/connecting.ts';
import { HsmClusterKeyStore } from '../../keystores/hsm-cluster/hsm-cluster-key-store.ts';
import type { ClusterSession } from '../../keystores/hsm-cluster/login.ts';
import type { KeyStore } from '../../keystores/key-store.ts';
import type { Logger } from '../../logging/logger.ts';
import { listStores, replaceStore } from '../../storage/custom-key-stores.ts';
import type { RowMac } from '../../storage/row-mac.ts';
import type { CustomKeyStoreRow } from '../../storage/schema.ts';
import type { Database } from '../../storage/store.ts';
import type { Clusters } from '../cloudhsm/clusters.ts';
import { clusterInvalidConfiguration, storeInvalidState, storeNotFound, unavailable } from './errors.ts';
import { keyStateOf } from './key-states.ts';
import type { KeyState } from './key-states.ts';
import type { KmsKey } from './key.ts';
import type { Scope } from './key-identifiers.ts';

/** Sealing of the kmsuser password; the crypto process does it. */
export interface PasswordSeal {
  seal(customKeyStoreId: string, password: string): Promise<Buffer>;
  unseal(customKeyStoreId: string, sealed: Buffer): Promise<string>;
}

export interface CustomKeyStorePorts {
  db: Database;
  mac: RowMac;
  logger: Logger;
  clusters: Clusters;
  passwords: PasswordSeal;
  /** Whether all subnets of the cluster are there. */
  subnetsExist(clusterId: string): boolean;
}

const PASSWORD_LENGTH = 32;
const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function newPassword(): string {
  return Array.from({ length: PASSWORD_LENGTH }, () => ALPHANUMERIC[randomInt(ALPHANUMERIC.length)]).join('');
}

export class CustomKeyStores {
  readonly #ports: CustomKeyStorePorts;
  readonly #rows = new Map<string, CustomKeyStoreRow>();
  readonly #stores = new Map<string, HsmClusterKeyStore>();
  /** Raised when a store's connection is begun or ended, so that an older attempt knows that it was overtaken. */
  readonly #attempts = new Map<string, number>();
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(ports: CustomKeyStorePorts) {
    this.#ports = ports;
  }

  /** Reads all stores, and takes up the connections that were there when the server stopped. */
  async load(): Promise<void> {
    const { db, mac } = this.#ports;
    for (const row of await listStores(db)) {
      this.remember(mac.check('custom_key_stores', row));
      if (row.connection_state === 'CONNECTED') this.#resume(row);
      else if (row.connection_state === 'CONNECTING') this.beginConnecting(row.custom_key_store_id);
      else if (row.connection_state === 'DISCONNECTING') {
        await this.#setConnection(row.custom_key_store_id, 'DISCONNECTED', null);
      }
    }
  }

  /** Stores of all accounts and Regions. */
  all(): CustomKeyStoreRow[] {
    return [...this.#rows.values()];
  }

  /** Stores of an account in a Region. */
  list({ accountId, region }: Scope): CustomKeyStoreRow[] {
    return [...this.#rows.values()].filter((row) => row.account_id === accountId && row.region === region);
  }

  /** @throws ApiError CustomKeyStoreNotFoundException */
  require(customKeyStoreId: string, scope: Scope): CustomKeyStoreRow {
    const row = this.list(scope).find((store) => store.custom_key_store_id === customKeyStoreId);
    if (row === undefined) throw storeNotFound();
    return row;
  }

  /** Runs changes to stores one after the other: names and clusters are unique, and two requests may come at once. */
  exclusive<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#lastChange.then(change);
    this.#lastChange = result.catch(() => undefined);
    return result;
  }

  /** Puts a row into memory after it was committed. */
  remember(row: CustomKeyStoreRow): void {
    this.#rows.set(row.custom_key_store_id, row);
  }

  forget(customKeyStoreId: string): void {
    this.#rows.delete(customKeyStoreId);
    this.#stores.delete(customKeyStoreId);
  }

  /** The state of a key as the API shows it. */
  keyState(key: Pick<KmsKey, 'state' | 'enabled' | 'imported' | 'customKeyStoreId'>): KeyState {
    const row = key.customKeyStoreId === null ? undefined : this.#rows.get(key.customKeyStoreId);
    return keyStateOf(key, row?.connection_state);
  }

  clusterIdOf(key: KmsKey): string | undefined {
    return key.customKeyStoreId === null ? undefined : this.#rows.get(key.customKeyStoreId)?.cluster_id;
  }

  /** Has the HSMs drop what they cached of a key that may no longer be used. */
  forgetKey(key: KmsKey): void {
    if (key.customKeyStoreId === null) return;
    const store = this.#stores.get(key.customKeyStoreId);
    for (const material of key.materials) store?.forgetKey(material.id);
  }

  /** The store that holds a key. @throws ApiError KMSInvalidStateException */
  storeOf(key: KmsKey): KeyStore {
    const store = key.customKeyStoreId === null ? undefined : this.#stores.get(key.customKeyStoreId);
    if (store === undefined) throw unavailable(key.arn);
    return store;
  }

  /** @throws ApiError CustomKeyStoreNotFoundException, CustomKeyStoreInvalidStateException */
  connected(customKeyStoreId: string, scope: Scope): HsmClusterKeyStore {
    const row = this.require(customKeyStoreId, scope);
    const store = this.#stores.get(customKeyStoreId);
    if (row.connection_state === 'CONNECTED' && store !== undefined) return store;
    throw storeInvalidState(`The custom key store ${customKeyStoreId} is not connected.`);
  }

  /** @throws ApiError as `connected`, and CloudHsmClusterInvalidConfigurationException without two HSMs in two zones */
  forNewKey(customKeyStoreId: string, scope: Scope): HsmClusterKeyStore {
    const store = this.connected(customKeyStoreId, scope);
    const zones = new Set(store.cluster.serving.map((link) => link.member.availabilityZone));
    if (zones.size < 2) {
      throw clusterInvalidConfiguration(
        'The CloudHSM cluster must contain at least two active HSMs, each in a different Availability Zone.',
      );
    }
    return store;
  }

  /** Connects in the background; the row already says CONNECTING. Ends as CONNECTED or FAILED. */
  beginConnecting(customKeyStoreId: string): void {
    const attempt = this.#nextAttempt(customKeyStoreId);
    this.#connect(customKeyStoreId, attempt).catch(async (error: unknown) => {
      if (!this.#isCurrent(customKeyStoreId, attempt)) return;
      const code: ConnectionErrorCode = error instanceof ConnectFailed ? error.code : 'INTERNAL_ERROR';
      this.#ports.logger.warn(
        { err: error, customKeyStoreId, code },
        'a custom key store could not be connected',
      );
      await this.#setConnection(customKeyStoreId, 'FAILED', code);
    });
  }

  /** Logs out in the background; the row already says DISCONNECTING. */
  beginDisconnecting(customKeyStoreId: string): void {
    const attempt = this.#nextAttempt(customKeyStoreId);
    const row = this.#rows.get(customKeyStoreId);
    const cluster = row === undefined ? undefined : this.#ports.clusters.live(row.cluster_id);
    this.#stores.delete(customKeyStoreId);
    void (async () => {
      await cluster?.closeSession();
      if (this.#isCurrent(customKeyStoreId, attempt)) {
        await this.#setConnection(customKeyStoreId, 'DISCONNECTED', null);
      }
    })().catch((error: unknown) => this.#ports.logger.error({ err: error }, 'a disconnection failed'));
  }

  async #connect(customKeyStoreId: string, attempt: number): Promise<void> {
    const row = this.#rows.get(customKeyStoreId) as CustomKeyStoreRow;
    const cluster = this.#ports.clusters.live(row.cluster_id);
    if (cluster === undefined) throw new ConnectFailed('CLUSTER_NOT_FOUND');
    if (!this.#ports.subnetsExist(row.cluster_id)) throw new ConnectFailed('SUBNET_NOT_FOUND');
    const session = this.#session(customKeyStoreId);
    cluster.loginPauses.endAll(customKeyStoreId);
    await connectCluster(cluster, session);
    if (!this.#isCurrent(customKeyStoreId, attempt)) return;
    const before = this.#rows.get(customKeyStoreId) as CustomKeyStoreRow;
    if (before.next_password_sealed === null) {
      const from = await session.wanted();
      const next = await this.#ports.passwords.seal(customKeyStoreId, newPassword());
      await this.#change(customKeyStoreId, { next_password_sealed: next });
      await rotatePassword(cluster, session, from);
    }
    if (!this.#isCurrent(customKeyStoreId, attempt)) return;
    this.#open(row);
    await this.#setConnection(customKeyStoreId, 'CONNECTED', null);
  }

  /** After a restart: the password is in place, KMS only logs in again. */
  #resume(row: CustomKeyStoreRow): void {
    const cluster = this.#ports.clusters.live(row.cluster_id);
    if (cluster === undefined) return;
    this.#open(row);
    cluster.openSession(this.#session(row.custom_key_store_id));
    for (const link of cluster.reachable) {
      cluster.admit(link).catch((error: unknown) => {
        this.#ports.logger.warn({ err: error, hsmId: link.member.hsmId }, 'a login failed');
      });
    }
  }

  #open(row: CustomKeyStoreRow): void {
    const cluster = this.#ports.clusters.live(row.cluster_id);
    const recoveryHsmId = this.#ports.clusters.find(row.cluster_id)?.recovery_hsm_id;
    if (cluster === undefined || recoveryHsmId === undefined || recoveryHsmId === null) return;
    this.#stores.set(row.custom_key_store_id, new HsmClusterKeyStore(cluster, recoveryHsmId));
  }

  #session(customKeyStoreId: string): ClusterSession {
    const { passwords, clusters } = this.#ports;
    const accepted = new Set<string>();
    const row = (): CustomKeyStoreRow => this.#rows.get(customKeyStoreId) as CustomKeyStoreRow;
    const wanted = (): Buffer => row().next_password_sealed ?? row().password_sealed;
    return {
      owner: customKeyStoreId,
      wanted: () => passwords.unseal(customKeyStoreId, wanted()),
      passwords: async () => {
        const { password_sealed: current, next_password_sealed: next } = row();
        const candidates = next === null ? [current] : [next, current];
        return Promise.all(candidates.map((sealed) => passwords.unseal(customKeyStoreId, sealed)));
      },
      accepted: async (hsmId) => {
        const next = row().next_password_sealed;
        if (next === null) return;
        accepted.add(hsmId);
        const members = clusters.hsmsOf(row().cluster_id).filter((hsm) => hsm.state === 'ACTIVE');
        if (!members.every((hsm) => accepted.has(hsm.hsm_id))) return;
        await this.#change(customKeyStoreId, { password_sealed: next, next_password_sealed: null });
      },
    };
  }

  #nextAttempt(customKeyStoreId: string): number {
    const attempt = (this.#attempts.get(customKeyStoreId) ?? 0) + 1;
    this.#attempts.set(customKeyStoreId, attempt);
    return attempt;
  }

  #isCurrent(customKeyStoreId: string, attempt: number): boolean {
    return this.#attempts.get(customKeyStoreId) === attempt && this.#rows.has(customKeyStoreId);
  }

  async #setConnection(
    customKeyStoreId: string,
    state: CustomKeyStoreRow['connection_state'],
    errorCode: ConnectionErrorCode | null,
  ): Promise<void> {
    await this.#change(customKeyStoreId, { connection_state: state, connection_error_code: errorCode });
    this.#ports.logger.info({ customKeyStoreId, state, errorCode }, 'custom key store');
  }

  async #change(customKeyStoreId: string, changes: Partial<Omit<CustomKeyStoreRow, 'mac'>>): Promise<void> {
    const row = this.#rows.get(customKeyStoreId);
    if (row === undefined) return;
    const changed = this.#ports.mac.seal('custom_key_stores', { ...row, ...changes });
    this.remember(changed);
    await replaceStore(this.#ports.db, changed);
  }
}
