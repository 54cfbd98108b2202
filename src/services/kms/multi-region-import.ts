/**
 * Imported material of multi-Region keys. It is never copied: its owner imports the same material into each Region. What is
 * copied is which material there is to be. AWS: "Importing key material into multi-Region keys".
 */
import { FIRST_MATERIAL, insertMaterial, removeMaterial, replaceMaterial } from '../../storage/keys.ts';
import type { KeyMaterialRow, PendingMaterial } from '../../storage/schema.ts';
import type { DatabaseTransaction } from '../../storage/store.ts';
import { isImported, isPermanent } from './imported-material.ts';
import type { KeyRows } from './key-catalog.ts';
import type { Kms } from './kms.ts';

/** Gives a replica a row, still without material, for each one that its primary key knows, and takes others away. */
export async function expectMaterials(
  kms: Kms,
  tx: DatabaseTransaction,
  primary: KeyRows,
  replica: KeyRows,
): Promise<void> {
  const { key_arn } = replica.key;
  for (const { mac: _mac, ...material } of primary.materials) {
    const { pending, rotation_type, rotated_at } = material;
    const own = replica.materials.find((row) => row.material_id === material.material_id);
    const expected = { ...material, ...FIRST_MATERIAL, key_arn, encrypted_key: null, key_check: null };
    const row = { ...(own ?? expected), pending, rotation_type, rotated_at };
    const sealed = kms.mac.seal('key_materials', row);
    if (own === undefined) await insertMaterial(tx, sealed);
    else await replaceMaterial(tx, sealed);
  }
  const known = new Set(primary.materials.map((row) => row.material_id));
  for (const { material_id } of replica.materials) {
    if (!known.has(material_id)) await removeMaterial(tx, key_arn, material_id);
  }
}

/**
 * Pending material can be rotated to once it is imported into every related key.
 * @param arns of all related keys
 */
export async function settlePending(
  kms: Kms,
  tx: DatabaseTransaction,
  arns: readonly string[],
): Promise<void> {
  const rows: KeyMaterialRow[] = [];
  for (const arn of arns) {
    const materials = (await kms.catalog.rows(tx, arn))?.materials ?? [];
    rows.push(...materials.filter((row) => !isPermanent(row)));
  }
  const pending: PendingMaterial = rows.every(isImported)
    ? 'PENDING_ROTATION'
    : 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION';
  for (const row of rows) {
    if (row.pending !== pending)
      await replaceMaterial(tx, kms.mac.seal('key_materials', { ...row, pending }));
  }
}
