/** KeyMetadata as the API shows it. AWS: API_KeyMetadata; which members exist for which kind of key is recorded there. */
import type { KeyMetadata } from '../../aws/generated/kms.ts';
import { algorithmsOf, keySpecRow } from './key-specs.ts';
import type { KmsKey } from './key.ts';
import type { Kms } from './kms.ts';
import { multiRegionConfiguration } from './multi-region.ts';

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
    XksKeyConfiguration: key.externalKeyId === null ? undefined : { Id: key.externalKeyId },
    KeyManager: key.manager,
    CustomerMasterKeySpec: spec as KeyMetadata['CustomerMasterKeySpec'],
    KeySpec: spec,
    ...(algorithmsOf(key) as Partial<KeyMetadata>),
    MultiRegion: key.multiRegion !== null,
    MultiRegionConfiguration: multiRegionConfiguration(key),
    PendingDeletionWindowInDays:
      state === 'PendingReplicaDeletion' ? (key.row.pending_window_days ?? undefined) : undefined,
    // shown also while imported material is not there; the id of an HMAC or asymmetric key's material never is
    CurrentKeyMaterialId:
      keySpecRow(key.spec)?.kind === 'symmetric' && key.customKeyStoreId === null
        ? (key.row.current_material_id ?? undefined)
        : undefined,
    ExpirationModel: key.imported?.expirationModel,
    ValidTo: key.imported?.validTo === undefined ? undefined : new Date(key.imported.validTo),
  };
}
