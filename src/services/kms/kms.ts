/** What every KMS operation works with. Made once by the server (server/assemble.ts). */
import type { VerifyAttestation } from '../../attestation/verifier.ts';
import type { PrincipalDirectory } from '../../access/directory.ts';
import type { Limits } from '../../configuration/limits.ts';
import type { KeyStore } from '../../keystores/key-store.ts';
import type { BuiltinKeyStore } from '../../keystores/builtin/builtin-key-store.ts';
import type { RequestMeter } from '../../metering/meter.ts';
import type { RowMac } from '../../storage/row-mac.ts';
import type { ServicePorts } from '../api/call.ts';
import type { Clusters } from '../cloudhsm/clusters.ts';
import type { Compartments } from './compartments.ts';
import type { CustomKeyStores, SecretSeal } from './custom-key-stores.ts';
import type { Grants } from './grants.ts';
import type { KeyQuota } from './key-quota.ts';
import type { KeyCatalog } from './key-catalog.ts';
import type { BegunCreation } from './key-creation.ts';
import type { KmsKey } from './key.ts';
import type { LastUsages } from './last-usage.ts';
import type { RequestQuotas } from './request-quotas.ts';

export interface Kms extends ServicePorts {
  readonly mac: RowMac;
  readonly catalog: KeyCatalog;
  readonly grants: Grants;
  readonly lastUsages: LastUsages;
  readonly quotas: RequestQuotas;
  readonly keyQuota: KeyQuota;
  readonly directory: PrincipalDirectory;
  readonly customKeyStores: CustomKeyStores;
  readonly clusters: Clusters;
  readonly passwords: SecretSeal;
  readonly builtin: BuiltinKeyStore;
  readonly limits: Limits;
  readonly verifyAttestation: VerifyAttestation;
  readonly meter: RequestMeter;
  /** Failed creations that could not be given up, since the database was away: jobs/creation-sweeper.ts. */
  readonly cutOffCreations: Set<BegunCreation>;
  /** The Regions that are served here, the home Region first. */
  readonly regions: readonly string[];
  /** What keeps costly work from touching other calls. */
  readonly compartments: Compartments;
  /** The store that holds the key, in its compartment. @throws ApiError KMSInvalidStateException when it is not connected */
  keyStoreOf(key: KmsKey): KeyStore;
}
