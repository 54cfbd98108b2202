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
import { noteChange } from '../../storage/changes.ts';
import { findStore, listStores, replaceStore } from '../../storage/custom-key-stores.ts';
import type { Duty } from '../../storage/leases.ts';
import type { RowMac } from '../../storage/row-mac.ts';
import type { CustomKeyStoreRow } from '../../storage/schema.ts';
import { inTransaction } from '../../storage/store.ts';
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
  /** Who connects stores and changes passwords: one process of the installation. The others log in where it did. */
  duty: Duty;
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
  /** Stores that are being connected or disconnected by this process. */
  readonly #underWay = new Map<string, 'CONNECTING' | 'DISCONNECTING'>();
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(ports: CustomKeyStorePorts) {
    this.#ports = ports;
  }

  /** Reads all stores, and takes up the connections that were there when the server stopped. */
  async load(): Promise<void> {
    const known = new Set(this.#rows.keys());
    for (const { custom_key_store_id: id } of await listStores(this.#ports.db)) {
      known.delete(id);
      await this.follow(id);
    }
    for (const id of known) await this.follow(id);
  }

  /** Takes over what was committed about a store, whoever did it, and does what is to be done for it here. */
  async follow(customKeyStoreId: string): Promise<void> {
    const row = await this.#reread(customKeyStoreId);
    if (row === undefined || row.connection_state !== 'CONNECTED') this.#leave(customKeyStoreId);
    else if (!this.#stores.has(customKeyStoreId) || this.#isShutOut(row)) this.#resume(row);
    if (row !== undefined) this.pursue(row);
  }

  /** An HSM refused this process, and the one that changes passwords may have put that right. */
  #isShutOut(row: CustomKeyStoreRow): boolean {
    if (this.#ports.duty.held) return false;
    return this.#ports.clusters.live(row.cluster_id)?.links.some((link) => link.state === 'up') ?? false;
  }

  /** Goes on with what is under way for a store, if that is for this process to do. */
  pursue({ custom_key_store_id: id, connection_state: state }: CustomKeyStoreRow): void {
    if (!this.#ports.duty.held || this.#underWay.get(id) === state) return;
    if (state === 'CONNECTING') this.#beginConnecting(id);
    if (state === 'DISCONNECTING') this.#beginDisconnecting(id);
  }

  /** `pursue` for every store. */
  pursueAll(): void {
    for (const row of this.#rows.values()) this.pursue(row);
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

  /** The row says CONNECTING: whoever connects stores does so, in the background. Ends as CONNECTED or FAILED. */
  beginConnecting(row: CustomKeyStoreRow): void {
    this.pursue({ ...row, connection_state: 'CONNECTING' });
  }

  /** The row says DISCONNECTING: from now on nothing is done with its keys here. */
  beginDisconnecting(row: CustomKeyStoreRow): void {
    if (!this.#ports.duty.held) this.#leave(row.custom_key_store_id);
    this.pursue({ ...row, connection_state: 'DISCONNECTING' });
  }

  #beginConnecting(customKeyStoreId: string): void {
    const attempt = this.#nextAttempt(customKeyStoreId, 'CONNECTING');
    this.#connect(customKeyStoreId, attempt)
      .catch(async (error: unknown) => {
        if (!this.#isCurrent(customKeyStoreId, attempt)) return;
        const code: ConnectionErrorCode = error instanceof ConnectFailed ? error.code : 'INTERNAL_ERROR';
        this.#ports.logger.warn(
          { err: error, customKeyStoreId, code },
          'a custom key store could not be connected',
        );
        await this.#setConnection(customKeyStoreId, 'FAILED', code);
      })
      .catch((error: unknown) => this.#ports.logger.error({ err: error }, 'a connection was interrupted'))
      .finally(() => this.#attemptEnded(customKeyStoreId, attempt));
  }

  #beginDisconnecting(customKeyStoreId: string): void {
    const attempt = this.#nextAttempt(customKeyStoreId, 'DISCONNECTING');
    const row = this.#rows.get(customKeyStoreId);
    const cluster = row === undefined ? undefined : this.#ports.clusters.live(row.cluster_id);
    this.#stores.delete(customKeyStoreId);
    void (async () => {
      await cluster?.closeSession();
      if (this.#isCurrent(customKeyStoreId, attempt)) {
        await this.#setConnection(customKeyStoreId, 'DISCONNECTED', null);
      }
    })()
      .catch((error: unknown) => this.#ports.logger.error({ err: error }, 'a disconnection failed'))
      .finally(() => this.#attemptEnded(customKeyStoreId, attempt));
  }

  /** Ends the session that this process has, and nothing else. */
  #leave(customKeyStoreId: string): void {
    const store = this.#stores.get(customKeyStoreId);
    if (store === undefined || this.#underWay.has(customKeyStoreId)) return;
    this.#stores.delete(customKeyStoreId);
    store.cluster
      .closeSession()
      .catch((error: unknown) => this.#ports.logger.warn({ err: error }, 'a logout failed'));
  }

  /** A store's row as the database has it now, which memory takes over. @throws RowTampered */
  async #reread(customKeyStoreId: string): Promise<CustomKeyStoreRow | undefined> {
    const { db, mac } = this.#ports;
    for (;;) {
      const before = this.#rows.get(customKeyStoreId);
      const row = await findStore(db, customKeyStoreId);
      if (this.#rows.get(customKeyStoreId) !== before) continue; // changed here meanwhile: what was read may be old
      if (row === undefined) this.#rows.delete(customKeyStoreId);
      else this.remember(mac.check('custom_key_stores', row));
      return row;
    }
  }

  async #connect(customKeyStoreId: string, attempt: number): Promise<void> {
    const row = this.#rows.get(customKeyStoreId) as CustomKeyStoreRow;
    const cluster = this.#ports.clusters.live(row.cluster_id);
    if (cluster === undefined) throw new ConnectFailed('CLUSTER_NOT_FOUND');
    if (!this.#ports.subnetsExist(row.cluster_id)) throw new ConnectFailed('SUBNET_NOT_FOUND');
    const session = this.#session(customKeyStoreId);
    cluster.loginPauses.endAll(customKeyStoreId);
    await connectCluster(cluster, session, () => this.#isCurrent(customKeyStoreId, attempt));
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
    // a login that is under way goes on: it reads passwords anew each time
    if (cluster.session?.owner !== row.custom_key_store_id)
      cluster.openSession(this.#session(row.custom_key_store_id));
    cluster.takeInOthers();
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
    // read anew each time: a wrong password is worse than a question
    const read = async (): Promise<CustomKeyStoreRow> => {
      const row = await this.#reread(customKeyStoreId);
      if (row === undefined) throw new Error('the custom key store is gone');
      return row;
    };
    return {
      owner: customKeyStoreId,
      mayChange: () => this.#ports.duty.held,
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
        if (!this.#ports.duty.held) return;
        const { next_password_sealed: next, cluster_id: clusterId } = await read();
        await noteChange(this.#ports.db, 'key-store', customKeyStoreId); // others may be shut out until now
        // an HSM that logged KMS in while the change began has the one before, which must stay on record
        if (next === null || password !== (await passwords.unseal(customKeyStoreId, next))) return;
        accepted.add(hsmId);
        const members = clusters.hsmsOf(clusterId).filter((hsm) => hsm.state === 'ACTIVE');
        if (!members.every((hsm) => accepted.has(hsm.hsm_id))) return;
        await this.#change(customKeyStoreId, { password_sealed: next, next_password_sealed: null });
      },
    };
  }

  #nextAttempt(customKeyStoreId: string, towards: 'CONNECTING' | 'DISCONNECTING'): number {
    const attempt = (this.#attempts.get(customKeyStoreId) ?? 0) + 1;
    this.#attempts.set(customKeyStoreId, attempt);
    this.#underWay.set(customKeyStoreId, towards);
    return attempt;
  }

  #attemptEnded(customKeyStoreId: string, attempt: number): void {
    if (this.#attempts.get(customKeyStoreId) === attempt) this.#underWay.delete(customKeyStoreId);
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
    const { db, mac, duty } = this.#ports;
    const changed = await inTransaction(db, async (tx) => {
      await duty.require(tx);
      const row = await findStore(tx, customKeyStoreId);
      if (row === undefined) return undefined;
      const { mac: seen } = mac.check('custom_key_stores', row);
      const sealed = mac.seal('custom_key_stores', { ...row, ...changes });
      await replaceStore(tx, sealed, seen);
      return sealed;
    });
    if (changed !== undefined) this.remember(changed);
  }
}
