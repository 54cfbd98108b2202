/** What connecting a custom key store means; each type of store has its own (cluster-stores.ts, external-stores.ts). */
import type { KeyStore } from '../../keystores/key-store.ts';
import type { CustomKeyStoreRow } from '../../storage/schema.ts';

export interface StoreConnections<R extends CustomKeyStoreRow, S extends KeyStore> {
  /** The store while it is connected. */
  find(customKeyStoreId: string): S | undefined;
  /**
   * Connects it for the first time.
   * @param isWanted false once the store was disconnected again meanwhile: then nothing is left open
   * @throws ConnectFailed
   */
  connect(row: R, isWanted: () => boolean): Promise<void>;
  /** On record it is connected: takes its connection up here, or takes over what was changed about it. */
  resume(row: R): Promise<void>;
  /** Ends the connection that this process has, without waiting for it. */
  leave(customKeyStoreId: string): void;
  /** The same, and waits for it. */
  disconnect(row: R): Promise<void>;
}
