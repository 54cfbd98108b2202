/**
 * Taking imported material away, because its owner says so or its time is over. Permanent material leaves its row behind,
 * so that only the same can be imported again; material that is pending rotation goes for good.
 */
import { KeyStoreUnavailable } from '../../keystores/key-store.ts';
import { removeMaterial, replaceMaterial } from '../../storage/keys.ts';
import type { KeyMaterialRow } from '../../storage/schema.ts';
import type { DatabaseTransaction } from '../../storage/store.ts';
import { isImported, isPermanent } from './imported-material.ts';
import { materialFromRow } from './key.ts';
import type { KmsKey } from './key.ts';
import type { Kms } from './kms.ts';

export async function takeAway(kms: Kms, tx: DatabaseTransaction, row: KeyMaterialRow): Promise<void> {
  if (!isPermanent(row)) await removeMaterial(tx, row.key_arn, row.material_id);
  else {
    const { mac: _old, ...rest } = row;
    const emptied = { encrypted_key: null, key_check: null, expiration_model: null, valid_to: null };
    await replaceMaterial(tx, kms.mac.seal('key_materials', { ...rest, ...emptied }));
  }
}

/** The crypto process wipes what it has of them; call it once the transaction is committed. */
export async function wipe(kms: Kms, rows: readonly KeyMaterialRow[]): Promise<void> {
  for (const row of rows.filter(isImported)) await kms.builtin.forgetMaterial(materialFromRow(row));
}

/** The same for all material of a key that is deleted. A crypto process that is away has nothing any more. */
export async function wipeKey(kms: Kms, { materials }: KmsKey): Promise<void> {
  const inBuiltin = materials.filter(({ encryptedKey }) => encryptedKey !== null);
  await Promise.all(
    inBuiltin.map(async (material) =>
      kms.builtin.forgetMaterial(material).catch((error: unknown) => {
        if (!(error instanceof KeyStoreUnavailable)) throw error;
      }),
    ),
  );
}
