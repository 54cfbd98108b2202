import { cloudTrailDate } from '../../../audit/event.ts';
import { ImportRefused } from '../../../keystores/key-store.ts';
import type { ImportedKey } from '../../../keystores/builtin/builtin-key-store.ts';
import { FIRST_MATERIAL, insertMaterial, replaceKey, replaceMaterial } from '../../../storage/keys.ts';
import type { KeyMaterialRow } from '../../../storage/schema.ts';
import type { Call } from '../call.ts';
import { expiredImportToken, incorrectKeyMaterial, invalidImportToken } from '../errors.ts';
import { parseImportToken } from '../import-token.ts';
import { placeOfImport, requireExpiration, requireExternal } from '../import-rules.ts';
import { importSummary } from '../imported-material.ts';
import { keyTypeOf } from '../key-specs.ts';
import { changeMaterials } from '../material-changes.ts';
import { written } from '../condition-context.ts';
import { operation } from '../operation.ts';

/**
 * Puts key material that its owner made and wrapped into a key of origin EXTERNAL. It is unwrapped and encrypted in the
 * crypto process; this process sees it wrapped only. AWS: API_ImportKeyMaterial.
 */
export const importKeyMaterial = operation('ImportKeyMaterial', {
  action: 'kms:ImportKeyMaterial',
  readOnly: false,
  key: { from: 'KeyId', forms: 'id' },
  context: ({ ExpirationModel, ValidTo }) => ({
    'kms:ExpirationModel': ExpirationModel,
    'kms:ValidTo': ValidTo && written(Math.floor(ValidTo.getTime() / 1000)),
  }),
  audit: (input) => ({
    keyId: input.KeyId,
    validTo: input.ValidTo === undefined ? undefined : cloudTrailDate(input.ValidTo),
    expirationModel: input.ExpirationModel ?? 'KEY_MATERIAL_EXPIRES',
    importType: input.ImportType,
    keyMaterialDescription: input.KeyMaterialDescription,
    keyMaterialId: input.KeyMaterialId,
  }),
  validate: ({ key, input, now }) => {
    requireExternal(key);
    requireExpiration(input, now);
  },

  async handle(call) {
    const { key, kms, input } = call;
    const imported = await unwrap(call);
    const row = materialRow(call, imported);
    await changeMaterials(
      call,
      () => ({ keyId: key.arn, keyMaterialId: imported.materialId }),
      async (tx, { key: keyRow, materials }) => {
        const place = placeOfImport(key, materials, input, imported.materialId);
        const previous = materials.find((m) => m.material_id === imported.materialId);
        const next: Omit<KeyMaterialRow, 'mac'> = {
          ...(previous ?? { ...FIRST_MATERIAL, pending: place === 'pending' ? 'PENDING_ROTATION' : null }),
          ...row,
          created_at: previous?.created_at ?? row.created_at,
          description: row.description ?? previous?.description ?? null,
        };
        const sealed = kms.mac.seal('key_materials', next);
        if (previous === undefined) await insertMaterial(tx, sealed);
        else await replaceMaterial(tx, sealed);
        const others = materials.filter((m) => m !== previous);
        const completes = !importSummary(materials).complete && importSummary([...others, sealed]).complete;
        await replaceKey(
          tx,
          kms.mac.seal('kms_keys', {
            ...keyRow,
            current_material_id: place === 'first' ? imported.materialId : keyRow.current_material_id,
            enabled: completes ? 1 : keyRow.enabled, // a key that comes out of PendingImport is enabled
          }),
        );
      },
    );
    return { KeyId: key.arn, KeyMaterialId: imported.materialId };
  },
});

/** @throws ApiError of the token and of the material; CiphertextRejected when it does not unwrap */
async function unwrap(call: Call<'ImportKeyMaterial'>): Promise<ImportedKey> {
  const { key, kms, input, now } = call;
  const token = parseImportToken(input.ImportToken, key.arn);
  if (token === undefined) throw invalidImportToken();
  if (token.claims.validTo <= now) throw expiredImportToken();
  try {
    return await kms.builtin.importKey({
      sealedWrappingKey: token.sealedWrappingKey,
      boundTo: token.boundTo,
      algorithm: token.claims.algorithm,
      wrapped: input.EncryptedKeyMaterial,
      type: keyTypeOf(key.spec),
      keyId: key.keyId,
      keyArn: key.arn,
    });
  } catch (error) {
    if (!(error instanceof ImportRefused)) throw error;
    if (error.reason === 'token') throw invalidImportToken();
    throw incorrectKeyMaterial(`The key material is not valid for key spec ${key.spec}.`);
  }
}

/** What the import decides of the row. */
function materialRow(
  call: Call<'ImportKeyMaterial'>,
  { materialId, encryptedKey, check, publicKey }: ImportedKey,
): Omit<KeyMaterialRow, 'mac' | 'pending' | 'rotation_type' | 'rotated_at'> {
  const { key, input, now } = call;
  return {
    material_id: materialId,
    key_arn: key.arn,
    encrypted_key: encryptedKey,
    key_check: check.toString('hex'),
    key_handle: null,
    escrow: null,
    public_key: publicKey,
    created_at: now,
    description: input.KeyMaterialDescription ?? null,
    ...requireExpiration(input, now),
  };
}
