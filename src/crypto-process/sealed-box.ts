/**
 * Encryption under a domain key, for what rests in the server's database. Layout of a box:
 *
 *     head … | nonce 16 | iv 12 | ciphertext | tag 16
 *
 * The head (its layout belongs to the caller) and the nonce and iv are authenticated together with the associated data.
 * Each box has a key of its own, derived from the domain key and its nonce.
 */
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

/** How much longer a box is than its head and its plaintext. */
export const BOX_OVERHEAD_BYTES = NONCE_BYTES + IV_BYTES + TAG_BYTES;

/** What a box's key is for: boxes of different purposes never open as each other. */
export interface BoxPurpose {
  /** KDF label. */
  label: string;
  /** Follows the nonce in the KDF's context. */
  context: Buffer;
}

export function sealBox(
  domainKey: Buffer,
  purpose: BoxPurpose,
  head: Buffer,
  aad: Buffer,
  plaintext: Buffer,
  fillRandom: FillRandom,
): Buffer {
  const box = Buffer.alloc(head.length + BOX_OVERHEAD_BYTES + plaintext.length);
  const ivAt = head.length + NONCE_BYTES;
  const bodyAt = ivAt + IV_BYTES;
  head.copy(box, 0);
  fillRandom(box, head.length, bodyAt);
  const key = boxKey(domainKey, purpose, box.subarray(head.length, ivAt));
  const fullAad = Buffer.concat([box.subarray(0, bodyAt), aad]);
  encryptInto(box, bodyAt, key, box.subarray(ivAt, bodyAt), fullAad, plaintext);
  key.fill(0);
  return box;
}

/**
 * @param headLength bytes of the head, which the caller has already read
 * @returns the plaintext, or undefined when anything differs from what was sealed
 */
export function openBox(
  domainKey: Buffer,
  purpose: BoxPurpose,
  headLength: number,
  aad: Buffer,
  box: Buffer,
): Buffer | undefined {
  const ivAt = headLength + NONCE_BYTES;
  const bodyAt = ivAt + IV_BYTES;
  if (box.length < headLength + BOX_OVERHEAD_BYTES) return undefined;
  const key = boxKey(domainKey, purpose, box.subarray(headLength, ivAt));
  const fullAad = Buffer.concat([box.subarray(0, bodyAt), aad]);
  const plaintext = decrypt(key, box.subarray(ivAt, bodyAt), fullAad, box.subarray(bodyAt));
  key.fill(0);
  return plaintext;
}

function boxKey(domainKey: Buffer, purpose: BoxPurpose, nonce: Buffer): Buffer {
  return deriveKey(domainKey, purpose.label, Buffer.concat([nonce, purpose.context]), KEY_BYTES);
}
