/** What ImportKeyMaterial and GetParametersForImport accept. AWS: "Importing key material for AWS KMS keys". */
import type { GetParametersForImportRequest, ImportKeyMaterialRequest } from '../../aws/generated/kms.ts';
import type { KeyMaterialRow } from '../../storage/schema.ts';
import {
  incorrectKeyMaterial,
  originNotValid,
  otherMaterialPending,
  unsupported,
  validToMissing,
  validation,
} from './errors.ts';
import { isImportAlgorithm } from './import-token.ts';
import type { ImportAlgorithm } from './import-token.ts';
import { isPermanent } from './imported-material.ts';
import type { ExpirationModel } from './imported-material.ts';
import { keySpecRow } from './key-specs.ts';
import type { KmsKey } from './key.ts';
import { isPrimary } from './multi-region.ts';

const MAX_LIFE_MS = 365 * 86_400_000;
const MODULUS_BITS: Readonly<Record<string, number>> = { RSA_2048: 2048, RSA_3072: 3072, RSA_4096: 4096 };

/** Lattice keys are the only ones whose material AWS does not take. */
export function isImportable(keySpec: string): boolean {
  return !keySpec.startsWith('ML_');
}

/** @throws ApiError UnsupportedOperationException for keys whose material KMS or a key store made */
export function requireExternal(key: KmsKey): void {
  if (key.origin !== 'EXTERNAL') throw originNotValid(key.arn, key.origin);
}

/**
 * A wrapping that can hold the key's material: RSA private keys are longer than any OAEP message, and those of P-521 than
 * one of RSA_2048. SM2 belongs to the China Regions; PKCS #1 v1.5 padding was withdrawn by AWS in 2023.
 * @throws ApiError UnsupportedOperationException
 */
export function requireWrapping(
  keySpec: string,
  input: Pick<GetParametersForImportRequest, 'WrappingAlgorithm' | 'WrappingKeySpec'>,
): { algorithm: ImportAlgorithm; modulusBits: number } {
  const { WrappingAlgorithm: algorithm, WrappingKeySpec: wrappingSpec } = input;
  const modulusBits = MODULUS_BITS[wrappingSpec];
  const direct = algorithm.startsWith('RSAES_OAEP');
  const tooLong =
    direct && (keySpec.startsWith('RSA_') || (keySpec === 'ECC_NIST_P521' && wrappingSpec === 'RSA_2048'));
  if (!isImportAlgorithm(algorithm) || modulusBits === undefined || tooLong) {
    throw unsupported(
      `WrappingAlgorithm ${algorithm} with WrappingKeySpec ${wrappingSpec} is not supported for key spec ${keySpec}.`,
    );
  }
  return { algorithm, modulusBits };
}

/** @throws ApiError ValidationException */
export function requireExpiration(
  input: ImportKeyMaterialRequest,
  now: number,
): { expiration_model: ExpirationModel; valid_to: number | null } {
  const model = input.ExpirationModel ?? 'KEY_MATERIAL_EXPIRES';
  if (model === 'KEY_MATERIAL_DOES_NOT_EXPIRE') {
    if (input.ValidTo === undefined) return { expiration_model: model, valid_to: null };
    throw validation('A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE');
  }
  if (input.ValidTo === undefined) throw validToMissing();
  const validTo = input.ValidTo.getTime();
  if (validTo <= now) throw validation('The validTo date must be in the future.');
  if (validTo > now + MAX_LIFE_MS)
    throw validation('The validTo date must be at most 365 days in the future.');
  return { expiration_model: model, valid_to: validTo };
}

/** What becomes of material: the key's first, one that it has or had already, or one that waits for a rotation. */
export type ImportPlace = 'first' | 'again' | 'pending';

/**
 * @param rows the key's materials as they are now
 * @param materialId of what is being imported
 * @throws ApiError ValidationException, IncorrectKeyMaterialException, KMSInvalidStateException
 */
export function placeOfImport(
  key: KmsKey,
  rows: readonly KeyMaterialRow[],
  input: Pick<ImportKeyMaterialRequest, 'ImportType' | 'KeyMaterialId'>,
  materialId: string,
): ImportPlace {
  const known = rows.some((row) => row.material_id === materialId);
  const hasFirst = rows.some(isPermanent);
  const type = input.ImportType ?? (hasFirst ? 'EXISTING_KEY_MATERIAL' : 'NEW_KEY_MATERIAL');
  if (input.KeyMaterialId !== undefined && type === 'NEW_KEY_MATERIAL') {
    throw validation('KeyMaterialId cannot be specified when ImportType is NEW_KEY_MATERIAL.');
  }
  if (input.KeyMaterialId !== undefined && input.KeyMaterialId !== materialId) {
    throw incorrectKeyMaterial('The key material is not the one that KeyMaterialId names.');
  }
  if (type === 'EXISTING_KEY_MATERIAL') {
    if (known) return 'again';
    throw incorrectKeyMaterial('The key material was not imported into this KMS key before.');
  }
  if (key.multiRegion !== null && !isPrimary(key)) {
    throw incorrectKeyMaterial('New key material is imported into the primary key first.');
  }
  if (known) throw incorrectKeyMaterial('The key material is associated with this KMS key already.');
  if (!hasFirst) return 'first';
  if (keySpecRow(key.spec)?.kind !== 'symmetric') {
    throw incorrectKeyMaterial('Only the key material that was imported first can be imported again.');
  }
  const pending = rows.find((row) => !isPermanent(row));
  if (pending !== undefined) throw otherMaterialPending(key.arn, materialId, pending.material_id);
  return 'pending';
}
