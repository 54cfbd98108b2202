/**
 * Signing keys: four HMACs from the secret, so they are kept. A kept key is used only with the secret that it was derived
 * from, and whoever looks a secret up decides first whether the access key may still be used.
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** AWS General Reference, "Derive a signing key". */
export function deriveSigningKey(secret: string, date: string, region: string, service: string): KeyObject {
  let key: Buffer = Buffer.from(`AWS4${secret}`);
  for (const part of [date, region, service, 'aws4_request']) {
    const next = hmac(key, part);
    key.fill(0);
    key = next;
  }
  const signingKey = createSecretKey(key);
  key.fill(0);
  return signingKey;
}

export interface SigningKeys {
  /** @param credential access key id/date/region/service/aws4_request: the name under which the key is kept */
  get(credential: string, secret: string, date: string, region: string, service: string): KeyObject;
}

/** A store of at most `limit` keys; the oldest goes first. */
export function createSigningKeys(limit: number): SigningKeys {
  const kept = new Map<string, { secret: string; key: KeyObject }>();
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

/** The signature as 32 bytes. */
export function sign(key: KeyObject, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
