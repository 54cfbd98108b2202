/**
 * The custom key stores as KMS runs them: their rows in memory, and the session of each that is connected. Operations
 * change them through here; keys find their store and their state here.
 */
import type { ApiError } from '../../aws/errors.ts';
import { ConnectFailed } from '../../keystores/key-store.ts';
import type { ConnectionErrorCode, KeyStore } from '../../keystores/key-store.ts';
import type { HsmClusterKeyStore } from '../../keystores/hsm-cluster/hsm-cluster-key-store.ts';
import type { Logger } from '../../logging/logger.ts';
import {
  findStore,
  isClusterStore,
  isExternalStore,
  listStores,
  replaceStore,
} from '../../storage/custom-key-stores.ts';
import type { Duty } from '../../storage/leases.ts';
import type { RowMac } from '../../storage/row-mac.ts';
import type { CustomKeyStoreRow } from '../../storage/schema.ts';
import { inTransaction } from '../../storage/store.ts';
import type { Database } from '../../storage/store.ts';
import type { Clusters } from '../cloudhsm/clusters.ts';
import { haveCommonHistory } from './custom-key-store-rules.ts';
import { ClusterStores } from './cluster-stores.ts';
import {
  clusterInvalidConfiguration,
  storeInvalidState,
  storeNotFound,
  unavailable,
  unsupported,
  validation,
} from './errors.ts';
import type { ExternalStores } from './external-stores.ts';
import { keyStateOf } from './key-states.ts';
import type { KeyState } from './key-states.ts';
import type { KmsKey } from './key.ts';
import type { Scope } from './key-identifiers.ts';

/** Sealing of what KMS logs in with; the crypto process does it. */
export interface SecretSeal {
  seal(customKeyStoreId: string, secret: string): Promise<Buffer>;
  unseal(customKeyStoreId: string, sealed: Buffer): Promise<string>;
}

export interface CustomKeyStorePorts {
  db: Database;
  mac: RowMac;
  logger: Logger;
  clusters: Clusters;
  /** Passwords of `kmsuser`. */
  passwords: SecretSeal;
  /** Whether all subnets of the cluster are there. */
  subnetsExist: (clusterId: string) => boolean;
  external: ExternalStores;
  /** Who connects stores and changes passwords: one process of the installation. The others log in where it did. */
  duty: Duty;
}

export class CustomKeyStores {
  readonly #ports: CustomKeyStorePorts;
  readonly #rows = new Map<string, CustomKeyStoreRow>();
  readonly #clusters: ClusterStores;
  readonly external: ExternalStores;
  /** Raised when a store's connection is begun or ended, so that an older attempt knows that it was overtaken. */
  readonly #attempts = new Map<string, number>();
  /** Stores that are being connected or disconnected by this process. */
  readonly #underWay = new Map<string, 'CONNECTING' | 'DISCONNECTING'>();
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(ports: CustomKeyStorePorts) {
    this.#ports = ports;
    this.external = ports.external;
    this.#clusters = new ClusterStores({
      ...ports,
      reread: (id) => this.#reread(id),
      change: (id, changes) => this.#change(id, changes),
    });
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
    else if (isClusterStore(row)) await this.#clusters.resume(row);
    else if (isExternalStore(row)) await this.external.resume(row);
    if (row !== undefined) this.pursue(row);
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
    this.#end(customKeyStoreId);
  }

  #end(customKeyStoreId: string): void {
    this.#clusters.leave(customKeyStoreId);
    this.external.leave(customKeyStoreId);
  }

  /** The state of a key as the API shows it. */
  keyState(key: Pick<KmsKey, 'state' | 'enabled' | 'imported' | 'customKeyStoreId'>): KeyState {
    const row = key.customKeyStoreId === null ? undefined : this.#rows.get(key.customKeyStoreId);
    return keyStateOf(key, row?.connection_state);
  }

  clusterIdOf(key: KmsKey): string | undefined {
    const row = key.customKeyStoreId === null ? undefined : this.#rows.get(key.customKeyStoreId);
    return row?.cluster_id ?? undefined;
  }

  /**
   * Clusters that a store's keys are in or have been in: its own, and those with the same backup history, among which it may have been
   * moved. Undefined for a store that is not there (any more), or has none.
   */
  clustersOf(customKeyStoreId: string): readonly string[] | undefined {
    const id = this.#rows.get(customKeyStoreId)?.cluster_id ?? undefined;
    const own = id === undefined ? undefined : this.#ports.clusters.find(id);
    if (own === undefined) return undefined;
    const related = this.#ports.clusters.all().filter((cluster) => haveCommonHistory(cluster, own));
    return related.map(({ cluster_id }) => cluster_id);
  }

  /** Has the HSMs drop what they cached of a key that may no longer be used. */
  forgetKey(key: KmsKey): void {
    if (key.customKeyStoreId === null) return;
    const store = this.#clusters.find(key.customKeyStoreId);
    for (const material of key.materials) store?.forgetKey(material.id);
  }

  /** The store that holds a key. @throws ApiError KMSInvalidStateException */
  storeOf(key: KmsKey): KeyStore {
    const id = key.customKeyStoreId ?? '';
    const store = this.#clusters.find(id) ?? this.external.find(id);
    if (store === undefined) throw unavailable(key.arn);
    return store;
  }

  /**
   * A store whose HSMs give random bytes.
   * @throws ApiError CustomKeyStoreNotFoundException, UnsupportedOperationException, CustomKeyStoreInvalidStateException
   */
  ofHsms(customKeyStoreId: string, scope: Scope): HsmClusterKeyStore {
    const row = this.require(customKeyStoreId, scope);
    if (isExternalStore(row))
      throw unsupported(`The custom key store ${customKeyStoreId} is an external key store.`);
    return connected(row, this.#clusters.find(customKeyStoreId));
  }

  /**
   * @throws ApiError CustomKeyStoreNotFoundException, ValidationException, CustomKeyStoreInvalidStateException, and
   *   CloudHsmClusterInvalidConfigurationException without two HSMs in two zones
   */
  forNewKey(customKeyStoreId: string, scope: Scope): HsmClusterKeyStore {
    const row = this.require(customKeyStoreId, scope);
    if (!isClusterStore(row)) throw wrongType(row, 'AWS_CLOUDHSM');
    const store = connected(row, this.#clusters.find(customKeyStoreId));
    const zones = new Set(store.cluster.serving.map((link) => link.member.availabilityZone));
    if (zones.size < 2) {
      throw clusterInvalidConfiguration(
        'The CloudHSM cluster must contain at least two active HSMs, each in a different Availability Zone.',
      );
    }
    return store;
  }

  /**
   * The store is an external one and connected.
   * @throws ApiError CustomKeyStoreNotFoundException, ValidationException, CustomKeyStoreInvalidStateException
   */
  requireExternal(customKeyStoreId: string, scope: Scope): void {
    const row = this.require(customKeyStoreId, scope);
    if (!isExternalStore(row)) throw wrongType(row, 'EXTERNAL_KEY_STORE');
    connected(row, this.external.find(customKeyStoreId));
  }

  /** Takes up what could not be taken up before, lets go of what was disconnected just then, and asks proxies for their health. */
  async checkExternal(): Promise<void> {
    for (const row of this.#rows.values()) {
      if (!isExternalStore(row)) continue;
      if (row.connection_state === 'CONNECTED') await this.external.resume(row);
      else this.#leave(row.custom_key_store_id);
    }
    await this.external.checkHealth();
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
    void (async () => {
      if (row !== undefined && isClusterStore(row)) await this.#clusters.disconnect(row);
      if (row !== undefined && isExternalStore(row)) await this.external.disconnect(row);
      if (this.#isCurrent(customKeyStoreId, attempt)) {
        await this.#setConnection(customKeyStoreId, 'DISCONNECTED', null);
      }
    })()
      .catch((error: unknown) => this.#ports.logger.error({ err: error }, 'a disconnection failed'))
      .finally(() => this.#attemptEnded(customKeyStoreId, attempt));
  }

  /** Ends the session that this process has, and nothing else. */
  #leave(customKeyStoreId: string): void {
    if (!this.#underWay.has(customKeyStoreId)) this.#end(customKeyStoreId);
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
    const isWanted = (): boolean => this.#isCurrent(customKeyStoreId, attempt);
    const row = this.#rows.get(customKeyStoreId) as CustomKeyStoreRow;
    if (isClusterStore(row)) await this.#clusters.connect(row, isWanted);
    else if (isExternalStore(row)) await this.external.connect(row, isWanted);
    if (isWanted()) await this.#setConnection(customKeyStoreId, 'CONNECTED', null);
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

/** @throws ApiError CustomKeyStoreInvalidStateException */
function connected<S>(row: CustomKeyStoreRow, store: S | undefined): S {
  if (row.connection_state === 'CONNECTED' && store !== undefined) return store;
  throw storeInvalidState(`The custom key store ${row.custom_key_store_id} is not connected.`);
}

function wrongType(row: CustomKeyStoreRow, origin: string): ApiError {
  return validation(
    `The custom key store ${row.custom_key_store_id} is of type ${row.type}: it has no keys of origin ${origin}.`,
  );
}
