/**
 * Secrets that two parties come to share: ECDH (SP 800-56A rev. 3, section 5.7.1.2; the cofactor of the NIST curves is 1) and
 * ML-KEM (FIPS 203). No key derivation follows: the caller gets the raw value, as from AWS KMS.
 */
import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';
import { CryptoErrorCode } from '../rpc/crypto-messages.ts';
import { RpcError } from '../rpc/frames.ts';
import type { PublicKey } from './asymmetric-messages.ts';
import { KEY_SHAPES } from './key-shapes.ts';
import type { KeyShape, PeerForm } from './key-shapes.ts';
import { rawPublicKey, withExpandedKey } from './lattice-keys.ts';
import { CryptoProcessErrorCode } from './messages.ts';
import type { KeyType } from './messages.ts';
import type { FillRandom } from './randomness.ts';

const KEM_RANDOM_BYTES = 32;

/**
 * The X coordinate of the shared point, as long as the curve's field.
 * @param peer DER SubjectPublicKeyInfo of the other party, on the same named curve
 * @throws RpcError INVALID_PUBLIC_KEY (never says why); RangeError when the key agrees with nobody
 */
export function deriveSharedSecret(type: KeyType, pkcs8: Buffer, peer: Buffer): Buffer {
  const shape = KEY_SHAPES[type];
  if (shape.kind !== 'ec' || shape.peers.length === 0)
    throw new RangeError(`a key of type ${type} does no ECDH`);
  if (!shape.peers.some((form) => hasNamedForm(peer, form))) throw invalidPublicKey();
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  try {
    // OpenSSL checks that the point is on the curve when it reads it (SP 800-56A rev. 3, section 5.6.2.3.4)
    const publicKey = createPublicKey({ key: peer, format: 'der', type: 'spki' });
    return diffieHellman({ privateKey, publicKey });
  } catch {
    throw invalidPublicKey();
  }
}

/** A point behind the one algorithm identifier that the curve has, and nothing after it. */
function hasNamedForm(spki: Buffer, { head, pointBytes, tags }: PeerForm): boolean {
  const point = spki.subarray(head.length);
  const named = spki.subarray(0, head.length).equals(head);
  return named && point.length === pointBytes && tags.includes(point[0] as number);
}

/** @returns the shared secret (32 bytes) and its ciphertext */
export function encapsulate(
  { type, spki }: PublicKey,
  fillRandom: FillRandom,
): { sharedSecret: Uint8Array; ciphertext: Uint8Array } {
  const shape = kemShape(type);
  const random = Buffer.alloc(KEM_RANDOM_BYTES);
  fillRandom(random, 0, KEM_RANDOM_BYTES);
  const { sharedSecret, cipherText } = shape.scheme.encapsulate(rawPublicKey(shape, spki), random);
  random.fill(0);
  return { sharedSecret, ciphertext: cipherText };
}

/**
 * A ciphertext of the right length always gives a secret: for one that was not made for this key it is pseudo-random
 * (implicit rejection, FIPS 203, algorithm 18).
 * @throws RpcError INVALID_CIPHERTEXT for a wrong length
 */
export function decapsulate(type: KeyType, seed: Buffer, ciphertext: Buffer): Uint8Array {
  const shape = kemShape(type);
  if (ciphertext.length !== shape.scheme.lengths.cipherText) {
    throw new RpcError(CryptoErrorCode.invalidCiphertext, 'the ciphertext is not valid');
  }
  return withExpandedKey(shape, seed, (secretKey) => shape.scheme.decapsulate(ciphertext, secretKey));
}

function kemShape(type: KeyType): Extract<KeyShape, { kind: 'ml-kem' }> {
  const shape = KEY_SHAPES[type];
  if (shape.kind !== 'ml-kem') throw new RangeError(`a key of type ${type} encapsulates nothing`);
  return shape;
}

function invalidPublicKey(): RpcError {
  return new RpcError(CryptoProcessErrorCode.invalidPublicKey, 'the public key is not valid');
}
