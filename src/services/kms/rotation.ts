/**
 * Rotation: which keys rotate, and how new material becomes current. Only the current material changes; every older one
 * stays for its ciphertexts. AWS: "Rotate AWS KMS keys"; NIST SP 800-57 part 1, 5.3.5 (cryptoperiods).
 */
import { insertMaterial, replaceKey, replaceMaterial } from '../../storage/keys.ts';
import type { KeyMaterialRow, KmsKeyRow } from '../../storage/schema.ts';
import type { DatabaseTransaction } from '../../storage/store.ts';
import type { CommittedEvent } from '../api/call.ts';
import {
  externalOrigin,
  originNotValid,
  rotationIsNear,
  rotationLimitReached,
  unsupported,
} from './errors.ts';
import { keySpecRow } from './key-specs.ts';
import type { KmsKey } from './key.ts';
import type { Kms } from './kms.ts';
import { requirePrimary } from './multi-region.ts';
import { keyServiceEvent } from './service-events.ts';

export const DEFAULT_PERIOD_DAYS = 365;
const DAY_MS = 86_400_000;
/** An automatic rotation that is due within this time keeps one on demand away. AWS: API_RotateKeyOnDemand. */
const NEAR_MS = 20 * 60_000;

export type RotationType = NonNullable<KeyMaterialRow['rotation_type']>;

/** @throws ApiError UnsupportedOperationException: asymmetric and HMAC keys (AWS gives no words), custom key stores */
export function requireRotatable(key: KmsKey): void {
  if (keySpecRow(key.spec)?.kind !== 'symmetric') throw unsupported();
  if (key.customKeyStoreId !== null) throw originNotValid(key.arn, key.origin);
}

/** @throws ApiError UnsupportedOperationException: as above, and replicas, which rotate with their primary key */
export function requireRotatedHere(key: KmsKey): void {
  requireRotatable(key);
  if (key.multiRegion !== null) requirePrimary(key);
}

/** @throws ApiError UnsupportedOperationException: as above, and imported material, of which KMS cannot make more */
export function requireAutomaticallyRotatable(key: KmsKey): void {
  requireRotatedHere(key);
  if (key.origin === 'EXTERNAL') throw externalOrigin(key.arn);
}

/** @throws ApiError LimitExceededException, ConflictException */
export function requireOnDemandAllowed(kms: Kms, key: KmsKeyRow): void {
  if ((key.on_demand_rotations ?? 0) >= kms.limits.onDemandRotationsPerKey)
    throw rotationLimitReached(key.key_arn);
  if (key.next_rotation_at !== null && key.next_rotation_at - kms.clock() <= NEAR_MS)
    throw rotationIsNear(key.key_arn);
}

export function nextRotation(from: number, periodDays: number): number {
  return from + periodDays * DAY_MS;
}

/** Makes material (new, or pending rotation) the key's current one. */
export async function makeCurrent(
  kms: Kms,
  tx: DatabaseTransaction,
  key: KmsKeyRow,
  material: Omit<KeyMaterialRow, 'mac'>,
  type: RotationType,
): Promise<void> {
  const now = kms.clock();
  const row = kms.mac.seal('key_materials', {
    ...material,
    pending: null,
    rotation_type: type,
    rotated_at: now,
  });
  if (material.pending === null) await insertMaterial(tx, row);
  else await replaceMaterial(tx, row);
  const counted =
    type === 'ON_DEMAND'
      ? { on_demand_rotations: (key.on_demand_rotations ?? 0) + 1 }
      : { next_rotation_at: nextRotation(now, key.rotation_period_days ?? DEFAULT_PERIOD_DAYS) };
  await replaceKey(
    tx,
    kms.mac.seal('kms_keys', { ...key, ...counted, current_material_id: material.material_id }),
  );
}

export function rotationEvent(kms: Kms, key: KmsKey, rotationType: RotationType): CommittedEvent {
  return keyServiceEvent(kms, key, 'RotateKey', { rotationType, keyId: key.keyId });
}
