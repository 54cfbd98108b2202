/** A KMS key as the server holds it in memory: what its rows say, checked, with what every request needs worked out once. */
import type { KeyMaterial } from '../../keystores/key-store.ts';
import type { KeyMaterialRow, KmsKeyRow, StoredKeyState } from '../../storage/schema.ts';
import { importSummary } from './imported-material.ts';
import type { ImportSummary } from './imported-material.ts';
import type { KeyUsage } from './key-specs.ts';
import { decodeMultiRegion } from './multi-region.ts';
import type { MultiRegion } from './multi-region.ts';

export type Origin = 'AWS_KMS' | 'AWS_CLOUDHSM' | 'EXTERNAL' | 'EXTERNAL_KEY_STORE';

/** Immutable: a change makes a new one (key-catalog.ts). */
export interface KmsKey {
  readonly arn: string;
  readonly accountId: string;
  readonly region: string;
  readonly keyId: string;
  readonly spec: string;
  readonly usage: KeyUsage;
  readonly origin: Origin;
  readonly manager: 'AWS' | 'CUSTOMER';
  readonly state: StoredKeyState;
  readonly enabled: boolean;
  readonly description: string;
  readonly policy: string;
  readonly customKeyStoreId: string | null;
  /** The external key's id (XksKeyId); null for keys of other stores. */
  readonly externalKeyId: string | null;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly deletionDate: number | null;
  /** null: a single-Region key. */
  readonly multiRegion: MultiRegion | null;
  /** What new ciphertexts are made with; null while there is none. */
  readonly material: KeyMaterial | null;
  /** All materials that are there, for older ciphertexts. */
  readonly materials: readonly KeyMaterial[];
  /** Keys with imported material only. */
  readonly imported: ImportSummary | null;
  /** The row as it is stored: what an update starts from. */
  readonly row: KmsKeyRow;
}

export function materialFromRow(row: KeyMaterialRow): KeyMaterial {
  const check = Buffer.from(row.key_check ?? '', 'hex');
  return {
    id: row.material_id,
    // Material that is imported again, or shared with a related key, is encrypted anew under the same id: built-in
    // material goes by the check value, which names the encrypted key itself.
    ref: row.encrypted_key === null ? Buffer.from(row.material_id.slice(0, 32), 'hex') : check,
    check,
    encryptedKey: row.encrypted_key,
    handle: row.key_handle,
    publicKey: row.public_key,
  };
}

export function keyFromRows(row: KmsKeyRow, materialRows: readonly KeyMaterialRow[]): KmsKey {
  const materials = materialRows.filter((m) => m.key_check !== null).map(materialFromRow);
  return {
    arn: row.key_arn,
    accountId: row.account_id,
    region: row.region,
    keyId: row.key_id,
    spec: row.key_spec,
    usage: row.key_usage as KeyUsage,
    origin: row.origin as Origin,
    manager: row.key_manager as 'AWS' | 'CUSTOMER',
    state: row.state,
    enabled: row.enabled === 1,
    description: row.description,
    policy: row.policy,
    customKeyStoreId: row.custom_key_store_id,
    externalKeyId: row.xks_key_id,
    createdAt: row.created_at,
    deletionDate: row.deletion_date,
    multiRegion: row.multi_region === null ? null : decodeMultiRegion(row.multi_region),
    material: materials.find((m) => m.id === row.current_material_id) ?? null,
    materials,
    imported: row.origin === 'EXTERNAL' ? importSummary(materialRows) : null,
    row,
  };
}
