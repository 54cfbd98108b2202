import type { KeyMaterialRow } from '../../../storage/schema.ts';
import { noSuchMaterial } from '../errors.ts';
import { requireExternal } from '../import-rules.ts';
import type { KeyRows } from '../key-catalog.ts';
import { changeMaterials } from '../material-changes.ts';
import { takeAway, wipe } from '../material-removal.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';

/**
 * Takes imported material out of a key: the current one, or the one that is named. What is not there is deleted without
 * effect. AWS: API_DeleteImportedKeyMaterial.
 */
export const deleteImportedKeyMaterial = operation('DeleteImportedKeyMaterial', {
  action: 'kms:DeleteImportedKeyMaterial',
  readOnly: false,
  key: { from: 'KeyId', forms: 'id' },
  context: noConditions,
  audit: ({ KeyId, KeyMaterialId }) => ({ keyId: KeyId, keyMaterialId: KeyMaterialId }),
  validate: ({ key }) => requireExternal(key),

  async handle(call) {
    const { key, kms } = call;
    const row = await changeMaterials<'DeleteImportedKeyMaterial', KeyMaterialRow | undefined>(
      call,
      (deleted) => ({ keyId: key.arn, keyMaterialId: deleted?.material_id }),
      async (tx, rows) => {
        const material = materialToDelete(rows, call.input.KeyMaterialId);
        if (material !== undefined) await takeAway(kms, tx, material);
        return material;
      },
    );
    if (row !== undefined) await wipe(kms, [row]);
    return { KeyId: key.arn, KeyMaterialId: row?.material_id };
  },
});

/** @throws ApiError NotFoundException */
function materialToDelete(rows: KeyRows, materialId: string | undefined): KeyMaterialRow | undefined {
  const wanted = materialId ?? rows.key.current_material_id;
  const material = rows.materials.find((row) => row.material_id === wanted);
  if (material === undefined && materialId !== undefined) throw noSuchMaterial(rows.key.key_arn, materialId);
  return material;
}
