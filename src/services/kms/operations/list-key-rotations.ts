import type { RotationsListEntry } from '../../../aws/generated/kms.ts';
import { findKey } from '../../../storage/keys.ts';
import type { KeyMaterialRow } from '../../../storage/schema.ts';
import { isImported } from '../imported-material.ts';
import type { KmsKey } from '../key.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { page } from '../pagination.ts';
import { requireRotatable } from '../rotation.ts';

/**
 * The rotations of a key, oldest first; with ALL_KEY_MATERIAL also its first material and the one pending rotation.
 * AWS: API_ListKeyRotations.
 */
export const listKeyRotations = operation('ListKeyRotations', {
  action: 'kms:ListKeyRotations',
  readOnly: true,
  key: { from: 'KeyId', forms: 'id' },
  context: noConditions,
  audit: ({ KeyId, IncludeKeyMaterial, Limit, Marker }) => ({
    keyId: KeyId,
    includeKeyMaterial: IncludeKeyMaterial,
    limit: Limit,
    marker: Marker,
  }),
  validate: ({ key }) => requireRotatable(key),

  async handle({ input, key, kms }) {
    const all = input.IncludeKeyMaterial === 'ALL_KEY_MATERIAL';
    const { items, ...rest } = await page(
      input,
      { query: `ListKeyRotations ${key.arn} ${all}`, defaultLimit: 100, maxLimit: 1000 },
      async (after, limit) => {
        const materials = (await findKey(kms.db, key.arn))?.materials ?? [];
        return materials
          .filter((row) => all || row.rotated_at !== null)
          .filter((row) => placeOf(row) > after)
          .sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
          .slice(0, limit);
      },
      placeOf,
    );
    return { Rotations: items.map((row) => entryOf(key, row)), ...rest };
  },
});

/** Sorts the first material before all rotations, and the pending one after them. */
function placeOf(row: KeyMaterialRow): string {
  const time = row.pending === null ? (row.rotated_at ?? 0) : Number.MAX_SAFE_INTEGER;
  return `${String(time).padStart(16, '0')} ${row.material_id}`;
}

function entryOf(key: KmsKey, row: KeyMaterialRow): RotationsListEntry {
  const imported =
    key.origin === 'EXTERNAL'
      ? {
          ImportState: isImported(row) ? ('IMPORTED' as const) : ('PENDING_IMPORT' as const),
          KeyMaterialDescription: row.description ?? undefined,
          ExpirationModel: row.expiration_model ?? undefined,
          ValidTo: row.valid_to === null ? undefined : new Date(row.valid_to),
        }
      : {};
  return {
    KeyId: key.arn,
    KeyMaterialId: row.material_id,
    KeyMaterialState:
      row.pending ?? (row.material_id === key.row.current_material_id ? 'CURRENT' : 'NON_CURRENT'),
    ...imported,
    RotationDate: row.rotated_at === null ? undefined : new Date(row.rotated_at),
    RotationType: row.rotation_type ?? undefined,
  };
}
