/** New keys of every type, and the public key that belongs to a private one. */
import { createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { KEY_SHAPES } from './key-shapes.ts';
import { latticePublicKey } from './lattice-keys.ts';
import type { KeyType } from './messages.ts';
import type { FillRandom } from './randomness.ts';

export interface NewKey {
  /** As KEY_TYPES says; in memory of its own, the holder wipes it. */
  bytes: Buffer;
  /** DER SubjectPublicKeyInfo; undefined for AES and HMAC. */
  publicKey: Buffer | undefined;
}

/** F4, as AWS KMS (and FIPS 186-5, section 5.1, e > 2^16). */
const RSA_EXPONENT = 65_537;
/** Of libuv's four threads: two stay free for signatures while primes are looked for. */
const MAX_RSA_SEARCHES = 2;

const generate = promisify(generateKeyPair);

let searches = 0;
const waiting: (() => void)[] = [];

/** Makes a key; RSA primes are looked for on another thread, so that other requests go on. */
export async function generateKeyBytes(type: KeyType, fillRandom: FillRandom): Promise<NewKey> {
  const shape = KEY_SHAPES[type];
  switch (shape.kind) {
    case 'rsa':
      return generateRsaKey(shape.modulusBits);
    case 'ec':
      return encoded(await generate('ec', { namedCurve: shape.curve }));
    case 'ed25519':
      return encoded(await generate('ed25519'));
    case 'ml-dsa':
    case 'ml-kem': {
      const bytes = randomBytes(shape.scheme.lengths.seed ?? 0, fillRandom);
      return { bytes, publicKey: latticePublicKey(shape, bytes) };
    }
    case 'aes':
    case 'hmac':
      return { bytes: randomBytes(shape.bytes, fillRandom), publicKey: undefined };
  }
}

/** A pair of which both halves are there: PKCS #8 and SubjectPublicKeyInfo, DER. */
type NewKeyPair = NewKey & { publicKey: Buffer };

/** An RSA key pair. Primes are looked for on another thread, when few others look for some. */
export function generateRsaKey(modulusBits: number): Promise<NewKeyPair> {
  return inTurn(async () =>
    encoded(await generate('rsa', { modulusLength: modulusBits, publicExponent: RSA_EXPONENT })),
  );
}

/**
 * The public key of private key bytes: what a new key is proven with, and what an imported one is shown by.
 * @throws Error when the bytes are no key of this type
 */
export function publicKeyOf(type: KeyType, bytes: Buffer): Buffer | undefined {
  const shape = KEY_SHAPES[type];
  if (shape.kind === 'aes' || shape.kind === 'hmac') return undefined;
  if (shape.kind === 'ml-dsa' || shape.kind === 'ml-kem') return latticePublicKey(shape, bytes);
  const privateKey = createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' });
  return createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
}

function randomBytes(length: number, fillRandom: FillRandom): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length); // out of the memory that small buffers share
  fillRandom(bytes, 0, length);
  return bytes;
}

function encoded(pair: { publicKey: KeyObject; privateKey: KeyObject }): NewKeyPair {
  const der = pair.privateKey.export({ type: 'pkcs8', format: 'der' });
  const bytes = Buffer.allocUnsafeSlow(der.length);
  der.copy(bytes);
  der.fill(0);
  return { bytes, publicKey: pair.publicKey.export({ type: 'spki', format: 'der' }) };
}

async function inTurn<T>(search: () => Promise<T>): Promise<T> {
  if (searches >= MAX_RSA_SEARCHES) await new Promise<void>((resolve) => waiting.push(resolve));
  else searches += 1;
  try {
    return await search();
  } finally {
    const next = waiting.shift();
    if (next === undefined) searches -= 1;
    else next(); // the place is handed on
  }
}
