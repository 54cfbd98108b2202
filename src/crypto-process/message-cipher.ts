/**
 * Encryption of messages under a loaded key (HBK), and the layout of the store's part of a ciphertext (docs/formats.md):
 *
 *     nonce 16 | iv 12 | commitment 32 | ciphertext | tag 16
 *
 * As AWS KMS does it (AWS KMS Cryptographic Details, "Symmetric encryption operations"): each message has a key of its
 * own, derived from the HBK and a random 128-bit nonce, so no key comes near GCM's limit of 2^32 random IVs (SP 800-38D).
 * The second half of the derived bytes commits to the key: GCM alone would open one ciphertext under two keys.
 */
import { timingSafeEqual } from 'node:crypto';
import { CryptoErrorCode } from '../rpc/crypto-messages.ts';
import { RpcError } from '../rpc/frames.ts';
import {
  IV_BYTES,
  KEY_BYTES,
  NONCE_BYTES,
  TAG_BYTES,
  decrypt,
  deriveKey,
  encryptInto,
} from '../seal/primitives.ts';
import type { FillRandom } from './randomness.ts';

const LABEL = 'claviger/message/1';
const COMMITMENT_BYTES = 32;
const COMMITMENT_AT = NONCE_BYTES + IV_BYTES;
const HEADER_BYTES = COMMITMENT_AT + COMMITMENT_BYTES;

/** How much longer the store's part is than its plaintext. */
export const OVERHEAD_BYTES = HEADER_BYTES + TAG_BYTES;

/** Writes the store's part for `plaintext` into `target` at `offset`; it takes plaintext.length + OVERHEAD_BYTES. */
export function encryptMessage(
  target: Buffer,
  offset: number,
  key: Buffer,
  aad: Buffer,
  plaintext: Buffer,
  fillRandom: FillRandom,
): void {
  fillRandom(target, offset, offset + COMMITMENT_AT);
  const nonce = target.subarray(offset, offset + NONCE_BYTES);
  const iv = target.subarray(offset + NONCE_BYTES, offset + COMMITMENT_AT);
  const derived = deriveKey(key, LABEL, nonce, KEY_BYTES + COMMITMENT_BYTES);
  derived.copy(target, offset + COMMITMENT_AT, KEY_BYTES);
  encryptInto(target, offset + HEADER_BYTES, derived.subarray(0, KEY_BYTES), iv, aad, plaintext);
  derived.fill(0);
}

/**
 * @returns the plaintext
 * @throws RpcError INVALID_CIPHERTEXT, whichever part is wrong
 */
export function decryptMessage(key: Buffer, aad: Buffer, storePart: Buffer): Buffer {
  if (storePart.length < OVERHEAD_BYTES) throw invalidCiphertext();
  const nonce = storePart.subarray(0, NONCE_BYTES);
  const iv = storePart.subarray(NONCE_BYTES, COMMITMENT_AT);
  const commitment = storePart.subarray(COMMITMENT_AT, HEADER_BYTES);
  const derived = deriveKey(key, LABEL, nonce, KEY_BYTES + COMMITMENT_BYTES);
  const committed = timingSafeEqual(derived.subarray(KEY_BYTES), commitment);
  const plaintext = committed
    ? decrypt(derived.subarray(0, KEY_BYTES), iv, aad, storePart.subarray(HEADER_BYTES))
    : undefined;
  derived.fill(0);
  if (plaintext === undefined) throw invalidCiphertext();
  return plaintext;
}

function invalidCiphertext(): RpcError {
  return new RpcError(CryptoErrorCode.invalidCiphertext, 'the ciphertext is not valid');
}
