/** Key material that KMS makes itself, in the built-in key store. */
import { randomBytes } from 'node:crypto';
import { FIRST_MATERIAL } from '../../storage/keys.ts';
import type { KeyMaterialRow } from '../../storage/schema.ts';
import { keyTypeOf } from './key-specs.ts';
import type { Kms } from './kms.ts';

/** New material for a key; no row has it yet. @throws KeyStoreUnavailable */
export async function newMaterial(
  kms: Kms,
  keyArn: string,
  keySpec = 'SYMMETRIC_DEFAULT',
): Promise<Omit<KeyMaterialRow, 'mac'>> {
  const materialId = randomBytes(32).toString('hex');
  const created = await kms.compartments.generation(keySpec, () =>
    kms.builtin.createKey(materialId, keyArn, keyTypeOf(keySpec)),
  );
  return {
    material_id: materialId,
    key_arn: keyArn,
    encrypted_key: created.encryptedKey,
    key_check: created.check.toString('hex'),
    key_handle: null,
    escrow: null,
    public_key: created.publicKey,
    created_at: kms.clock(),
    ...FIRST_MATERIAL,
  };
}
