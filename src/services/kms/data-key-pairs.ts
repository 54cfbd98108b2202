/** Key pairs for use outside of KMS, their private keys sealed by a symmetric KMS key. AWS: API_GenerateDataKeyPair. */
import type { DataKeyPair } from '../../keystores/builtin/asymmetric-keys.ts';
import { asymmetricKeys } from './asymmetric.ts';
import type { Call } from './call.ts';
import { unsupported, wrongOrigin } from './errors.ts';
import type { EncryptionContext } from './encryption-context.ts';
import { keySpecRow, keyTypeOf } from './key-specs.ts';
import type { KmsKey } from './key.ts';
import { blobOf, requireEncryptionAlgorithm, sealing } from './symmetric.ts';

type DataKeyPairOperation = 'GenerateDataKeyPair' | 'GenerateDataKeyPairWithoutPlaintext';

/**
 * The key must be a symmetric one of the built-in key store, the pair's spec one that exists here.
 * @throws ApiError UnsupportedOperationException, InvalidKeyUsageException, ValidationException
 */
export function requireDataKeyPair(
  key: KmsKey,
  input: { KeyPairSpec: string; EncryptionContext?: EncryptionContext | undefined },
): void {
  if (key.customKeyStoreId !== null) throw wrongOrigin(key.arn, key.origin);
  requireEncryptionAlgorithm(key, undefined);
  if (keySpecRow(input.KeyPairSpec) === undefined) {
    throw unsupported(`KeyPairSpec ${input.KeyPairSpec} is not supported in this Region.`);
  }
}

/** @returns the pair, and the private key's ciphertext as Decrypt takes it */
export async function makeDataKeyPair<N extends DataKeyPairOperation>(
  call: Call<N>,
  withPlaintext: boolean,
): Promise<DataKeyPair & { blob: Buffer }> {
  const { key, input } = call;
  const message = sealing(call, key, input.EncryptionContext);
  const type = keyTypeOf(input.KeyPairSpec);
  const pair = await asymmetricKeys(call).generateDataKeyPair(message.use, type, withPlaintext);
  return { ...pair, blob: blobOf(message, pair.sealed) };
}
