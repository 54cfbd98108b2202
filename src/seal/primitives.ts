/**
 * All raw symmetric cryptography of the built-in key store and its seals: one key derivation function, one authenticated
 * cipher. Nothing here knows what the bytes mean, and no other file of these two rooms calls createHmac, createCipheriv or
 * createDecipheriv.
 */
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';

export const KEY_BYTES = 32;
export const NONCE_BYTES = 16;
export const IV_BYTES = 12;
export const TAG_BYTES = 16;

const CIPHER = 'aes-256-gcm';

/** Without it node:crypto accepts tags of 4 bytes on decryption, which can be guessed. */
const TAG_LENGTH = { authTagLength: TAG_BYTES } as const;

const HMAC_BYTES = 32;

/**
 * NIST SP 800-108r1, KDF in counter mode with HMAC-SHA256: block i is HMAC(key, [i] ‖ label ‖ 0x00 ‖ context ‖ [L]), with
 * i and L (the output's length in bits) as 32-bit big-endian integers. L is inside, so outputs of different lengths share
 * no prefix.
 *
 * @param label ASCII without a zero byte: says what the derived key is for
 * @param context one fixed layout per label
 * @param length bytes wanted; the result is the caller's to wipe
 */
export function deriveKey(key: Buffer, label: string, context: Buffer, length: number): Buffer {
  const blocks = Math.ceil(length / HMAC_BYTES);
  const output = Buffer.allocUnsafeSlow(blocks * HMAC_BYTES); // not pooled: nothing else lies in the same memory
  const message = Buffer.allocUnsafe(4 + label.length + 1 + context.length + 4);
  message.write(label, 4, 'latin1');
  message[4 + label.length] = 0;
  context.copy(message, 5 + label.length);
  message.writeUInt32BE(length * 8, message.length - 4);
  for (let i = 0; i < blocks; i += 1) {
    message.writeUInt32BE(i + 1, 0);
    const block = createHmac('sha256', key).update(message).digest();
    block.copy(output, i * HMAC_BYTES);
    block.fill(0);
  }
  return output.subarray(0, length);
}

/**
 * AES-256-GCM into the end of `target`: ciphertext at `offset`, tag after it.
 * The caller sees to it that (key, iv) never repeats; every key here is derived for one message from a random nonce.
 */
export function encryptInto(
  target: Buffer,
  offset: number,
  key: Buffer,
  iv: Buffer,
  aad: Buffer,
  plaintext: Buffer,
): void {
  const cipher = createCipheriv(CIPHER, key, iv, TAG_LENGTH);
  cipher.setAAD(aad);
  cipher.update(plaintext).copy(target, offset);
  cipher.final();
  cipher.getAuthTag().copy(target, offset + plaintext.length);
}

/**
 * Opens AES-256-GCM: `sealed` is ciphertext ‖ tag (16 bytes).
 * @returns the plaintext, or undefined when key, iv, associated data, ciphertext or tag is not the one that was used;
 *   nothing of an unauthentic plaintext leaves this function
 */
export function decrypt(key: Buffer, iv: Buffer, aad: Buffer, sealed: Buffer): Buffer | undefined {
  const end = sealed.length - TAG_BYTES;
  if (end < 0) return undefined;
  const decipher = createDecipheriv(CIPHER, key, iv, TAG_LENGTH);
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(end));
  const plaintext = decipher.update(sealed.subarray(0, end));
  try {
    decipher.final();
    return plaintext;
  } catch {
    plaintext.fill(0);
    return undefined;
  }
}
