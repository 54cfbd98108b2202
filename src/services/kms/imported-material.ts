/**
 * What a key with imported material (Origin EXTERNAL) is worth, from its material rows. Material that is or was current
 * belongs to the key for good; the key can be used only while all of it is there.
 * AWS: "Importing key material for AWS KMS keys", "Expiration of imported key material".
 */
import type { KeyMaterialRow } from '../../storage/schema.ts';

export type ExpirationModel = 'KEY_MATERIAL_EXPIRES' | 'KEY_MATERIAL_DOES_NOT_EXPIRE';

export interface ImportSummary {
  /** All permanent material is there: the key is not pending import. */
  readonly complete: boolean;
  /** Of the material that is there; undefined while there is none. */
  readonly expirationModel: ExpirationModel | undefined;
  /** The earliest end among permanent material. Milliseconds since 1970. */
  readonly validTo: number | undefined;
}

export function isImported(row: KeyMaterialRow): boolean {
  return row.encrypted_key !== null;
}

/** Material that waits for its first rotation is not permanent: it may be thrown away again. */
export function isPermanent(row: KeyMaterialRow): boolean {
  return (row.pending ?? null) === null;
}

export function importSummary(rows: readonly KeyMaterialRow[]): ImportSummary {
  const permanent = rows.filter(isPermanent);
  const there = permanent.filter(isImported);
  const ends = there.flatMap((row) => row.valid_to ?? []);
  const endless = there.length > 0 ? 'KEY_MATERIAL_DOES_NOT_EXPIRE' : undefined;
  return {
    complete: there.length > 0 && there.length === permanent.length,
    expirationModel: ends.length > 0 ? 'KEY_MATERIAL_EXPIRES' : endless,
    validTo: ends.length > 0 ? Math.min(...ends) : undefined,
  };
}
