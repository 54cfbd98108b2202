/** KeyMetadata as the API shows it. AWS: API_KeyMetadata; which members exist for which kind of key is recorded there. */
import type { KeyMetadata } from '../../aws/generated/kms.ts';
import { algorithmsOf } from './key-specs.ts';
import type { KmsKey } from './key.ts';
import type { Kms } from './kms.ts';
import { multiRegionConfiguration } from './multi-region.ts';
import { apiMaterialId } from './symmetric.ts';

export function keyMetadata(kms: Kms, key: KmsKey): KeyMetadata {
  const state = kms.customKeyStores.keyState(key);
  const spec = key.spec as KeyMetadata['KeySpec'];
  return {
    AWSAccountId: key.accountId,
    KeyId: key.keyId,
    Arn: key.arn,
    CreationDate: new Date(key.createdAt),
    Enabled: state === 'Enabled',
    Description: key.description,
    KeyUsage: key.usage,
    KeyState: state,
    DeletionDate:
      state === 'PendingDeletion' && key.deletionDate !== null ? new Date(key.deletionDate) : undefined,
    Origin: key.origin,
    CustomKeyStoreId: key.customKeyStoreId ?? undefined,
    CloudHsmClusterId: kms.customKeyStores.clusterIdOf(key),
    KeyManager: key.manager,
    CustomerMasterKeySpec: spec as KeyMetadata['CustomerMasterKeySpec'],
    KeySpec: spec,
    ...(algorithmsOf(key) as Partial<KeyMetadata>),
    MultiRegion: key.multiRegion !== null,
    MultiRegionConfiguration: multiRegionConfiguration(key),
    PendingDeletionWindowInDays:
      state === 'PendingReplicaDeletion' ? (key.row.pending_window_days ?? undefined) : undefined,
    CurrentKeyMaterialId: apiMaterialId(key, key.material),
  };
}
