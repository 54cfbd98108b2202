/**
 * Encrypting under RSA keys: what Encrypt, Decrypt and ReEncrypt do with them. The ciphertext is RSA's own and nothing more,
 * so it names no key, and there is nothing that an encryption context could be bound to. AWS: API_Encrypt.
 */
import type { OaepAlgorithm } from '../../keystores/builtin/asymmetric-keys.ts';
import { asymmetricKeys, publicKeyOf, useOf } from './asymmetric.ts';
import type { Call } from './call.ts';
import type { EncryptionContext } from './encryption-context.ts';
import { validation } from './errors.ts';
import { keySpecRow } from './key-specs.ts';
import type { KmsKey } from './key.ts';
import type { OperationName } from './operation.ts';

const HASH_BYTES: Record<OaepAlgorithm, number> = { RSAES_OAEP_SHA_1: 20, RSAES_OAEP_SHA_256: 32 };

export function isOaep(algorithm: string | undefined): algorithm is OaepAlgorithm {
  return algorithm !== undefined && algorithm in HASH_BYTES;
}

/** @throws ApiError ValidationException */
export function refuseContext(algorithm: string, context: EncryptionContext | undefined): void {
  if (context === undefined || Object.keys(context).length === 0) return;
  throw validation(`EncryptionContext is not supported with algorithm ${algorithm}.`);
}

/** The plaintext must fit into one block: k - 2·hLen - 2 bytes (RFC 8017, section 7.1.1). @throws ApiError ValidationException */
export function requirePlaintextFits(key: KmsKey, algorithm: OaepAlgorithm, plaintext: Buffer): void {
  const most = (keySpecRow(key.spec)?.modulusBytes ?? 0) - 2 * HASH_BYTES[algorithm] - 2;
  if (plaintext.length <= most) return;
  throw validation(
    `Algorithm ${algorithm} and key spec ${key.spec} cannot encrypt data larger than ${most} bytes.`,
  );
}

export function encryptOaep<N extends OperationName>(
  call: Call<N>,
  key: KmsKey,
  algorithm: OaepAlgorithm,
  plaintext: Buffer,
): Promise<Buffer> {
  return asymmetricKeys(call).encrypt(publicKeyOf(key), algorithm, plaintext);
}

/** @throws CiphertextRejected */
export function decryptOaep<N extends OperationName>(
  call: Call<N>,
  key: KmsKey,
  algorithm: OaepAlgorithm,
  ciphertext: Buffer,
): Promise<Buffer> {
  return asymmetricKeys(call).decrypt(useOf(call, key), algorithm, ciphertext);
}
