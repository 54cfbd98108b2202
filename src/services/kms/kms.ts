/** What every KMS operation works with. Made once by the server (server/assemble.ts). */
import type { AuditTrail } from '../../audit/trail.ts';
import type { KeyStore } from '../../keystores/key-store.ts';
import type { BuiltinKeyStore } from '../../keystores/builtin/builtin-key-store.ts';
import type { Logger } from '../../logging/logger.ts';
import type { RowMac } from '../../storage/row-mac.ts';
import type { Database } from '../../storage/store.ts';
import type { Clusters } from '../cloudhsm/clusters.ts';
import type { CustomKeyStores, PasswordSeal } from './custom-key-stores.ts';
import type { KeyCatalog } from './key-catalog.ts';
import type { KmsKey } from './key.ts';
import type { Limits } from './limits.ts';

export interface Kms {
  readonly db: Database;
  readonly mac: RowMac;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly catalog: KeyCatalog;
  readonly customKeyStores: CustomKeyStores;
  readonly clusters: Clusters;
  readonly passwords: PasswordSeal;
  readonly builtin: BuiltinKeyStore;
  readonly audit: AuditTrail;
  readonly limits: Limits;
  /** The Regions that are served here, the home Region first. */
  readonly regions: readonly string[];
  readonly logger: Logger;
  /** The store that holds the key. @throws ApiError KMSInvalidStateException when it is not connected */
  keyStoreOf(key: KmsKey): KeyStore;
}
