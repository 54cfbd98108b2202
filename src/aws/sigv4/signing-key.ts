/**
 * Signing keys: four HMACs from the secret, so they are kept. A kept key is used only with the secret that it was derived
 * from, and whoever looks a secret up decides first whether the access key may still be used.
 */
import { createHmac, hash } from 'node:crypto';

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/**
 * A signing key as HMAC uses it (RFC 2104): the key xored with the inner and the outer pad, each one block of SHA-256. Two
 * one-shot hashes over these cost half of what a createHmac object costs.
 */
export interface SigningKey {
  inner: Buffer;
  /** With room behind it for the inner hash. */
  outer: Buffer;
}

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;

function padded(key: Buffer, pad: number, room = 0): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES + room, pad);
  for (const [at, byte] of key.entries()) block[at] = byte ^ pad;
  return block;
}

/** AWS General Reference, "Derive a signing key". */
export function deriveSigningKey(secret: string, date: string, region: string, service: string): SigningKey {
  let key: Buffer = Buffer.from(`AWS4${secret}`);
  for (const part of [date, region, service, 'aws4_request']) {
    const next = hmac(key, part);
    key.fill(0);
    key = next;
  }
  const signingKey = { inner: padded(key, 0x36), outer: padded(key, 0x5c, DIGEST_BYTES) };
  key.fill(0);
  return signingKey;
}

export interface SigningKeys {
  /** @param credential access key id/date/region/service/aws4_request: the name under which the key is kept */
  get(credential: string, secret: string, date: string, region: string, service: string): SigningKey;
}

/** A store of at most `limit` keys; the oldest goes first. */
export function createSigningKeys(limit: number): SigningKeys {
  const kept = new Map<string, { secret: string; key: SigningKey }>();
  return {
    get(credential, secret, date, region, service) {
      const found = kept.get(credential);
      if (found !== undefined && found.secret === secret) return found.key;
      const key = deriveSigningKey(secret, date, region, service);
      kept.delete(credential);
      if (kept.size >= limit) kept.delete(kept.keys().next().value as string);
      kept.set(credential, { secret, key });
      return key;
    },
  };
}

/** The signature in lower-case hex: a hash as text costs half of what it costs as a Buffer. */
export function sign({ inner, outer }: SigningKey, text: string): string {
  const message = Buffer.allocUnsafe(BLOCK_BYTES + Buffer.byteLength(text));
  inner.copy(message);
  message.write(text, BLOCK_BYTES);
  outer.write(hash('sha256', message, 'hex'), BLOCK_BYTES, 'hex');
  return hash('sha256', outer, 'hex');
}
