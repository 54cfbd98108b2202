/**
 * What may be imported as which key type, in which form it is kept, and the proof that it is a key of that type.
 * AWS: "Importing key material step 3: Encrypt the key material" (formats), "Key spec reference" (lengths of HMAC keys).
 */
import { createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { RpcError } from '../rpc/frames.ts';
import { CryptoProcessErrorCode } from './messages.ts';
import type { KeyType } from './messages.ts';

/** Shortest and longest raw material: an HMAC key has the hash's length at least and its block at most (RFC 2104). */
const RAW_LENGTHS: Partial<Record<KeyType, readonly [number, number]>> = {
  AES_256: [32, 32],
  HMAC_224: [28, 64],
  HMAC_256: [32, 64],
  HMAC_384: [48, 128],
  HMAC_512: [64, 128],
};

/** F4; AWS takes no other. */
const RSA_EXPONENT = 65_537n;

/** What Node says of a private key (`asymmetricKeyDetails`) when it is of the type. */
const PRIVATE_KEYS: Partial<Record<KeyType, { type: string; modulusLength?: number; namedCurve?: string }>> =
  {
    RSA_2048: { type: 'rsa', modulusLength: 2048 },
    RSA_3072: { type: 'rsa', modulusLength: 3072 },
    RSA_4096: { type: 'rsa', modulusLength: 4096 },
    ECC_NIST_P256: { type: 'ec', namedCurve: 'prime256v1' },
    ECC_NIST_P384: { type: 'ec', namedCurve: 'secp384r1' },
    ECC_NIST_P521: { type: 'ec', namedCurve: 'secp521r1' },
    ECC_SECG_P256K1: { type: 'ec', namedCurve: 'secp256k1' },
    ECC_NIST_EDWARDS25519: { type: 'ed25519' },
  };

export interface AcceptedMaterial {
  /** As KEY_TYPES says; the holder wipes it. */
  bytes: Buffer;
  /** DER SubjectPublicKeyInfo; undefined for AES and HMAC. */
  publicKey: Buffer | undefined;
}

/**
 * The material in the form in which its EKT holds it.
 * @param unwrapped is wiped unless it is given back
 * @throws RpcError INVALID_KEY_MATERIAL
 */
export function acceptedMaterial(type: KeyType, unwrapped: Buffer): AcceptedMaterial {
  const lengths = RAW_LENGTHS[type];
  if (lengths !== undefined && unwrapped.length >= lengths[0] && unwrapped.length <= lengths[1]) {
    return { bytes: unwrapped, publicKey: undefined };
  }
  try {
    return acceptedPrivateKey(type, unwrapped);
  } catch {
    throw new RpcError(CryptoProcessErrorCode.invalidKeyMaterial, 'the material is no key of this type');
  } finally {
    unwrapped.fill(0);
  }
}

/** Written anew from what was understood: the same key has the same bytes, and so the same material id. */
function acceptedPrivateKey(type: KeyType, pkcs8: Buffer): AcceptedMaterial {
  const wanted = PRIVATE_KEYS[type];
  if (wanted === undefined) throw new Error('no private key is imported as this type');
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const details = privateKey.asymmetricKeyDetails ?? {};
  if (privateKey.asymmetricKeyType !== wanted.type) throw new Error('another kind of key');
  // a curve that is written out instead of named has no name here, and is refused (CVE-2020-0601)
  if (details.namedCurve !== wanted.namedCurve) throw new Error('another curve');
  if (details.modulusLength !== wanted.modulusLength) throw new Error('another size');
  if (wanted.type === 'rsa' && details.publicExponent !== RSA_EXPONENT) throw new Error('another exponent');
  const publicKey = createPublicKey(privateKey);
  requirePair(privateKey, publicKey);
  return {
    bytes: privateKey.export({ format: 'der', type: 'pkcs8' }),
    publicKey: publicKey.export({ format: 'der', type: 'spki' }),
  };
}

/** A file may carry a public half, or primes, that do not belong to its private key (FIPS 140-3 IG 10.3.A). */
function requirePair(privateKey: KeyObject, publicKey: KeyObject): void {
  const digest = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  const message = randomBytes(32);
  if (!verify(digest, message, publicKey, sign(digest, message, privateKey))) throw new Error('not a pair');
}
