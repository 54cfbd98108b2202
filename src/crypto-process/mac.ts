/** HMAC (FIPS 198-1) under KMS keys: tags of the hash's full length, one hash per key spec. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { KEY_SHAPES } from './key-shapes.ts';
import type { KeyType } from './messages.ts';

/** @throws RangeError when the key is no HMAC key */
export function computeMac(type: KeyType, key: Buffer, message: Buffer): Buffer {
  const shape = KEY_SHAPES[type];
  if (shape.kind !== 'hmac') throw new RangeError(`a key of type ${type} makes no MAC`);
  return createHmac(shape.hash, key).update(message).digest();
}

/** Compares in constant time; a truncated tag is wrong. */
export function verifyMac(type: KeyType, key: Buffer, message: Buffer, mac: Buffer): boolean {
  const right = computeMac(type, key, message);
  return right.length === mac.length && timingSafeEqual(right, mac);
}
