/**
 * The recovery seal: domain keys wrapped under an RSA public key with OAEP (RFC 8017, SHA-256 and MGF1-SHA-256, label
 * `claviger-domain-key/<version>`). The process has the public half only; the private half is in the operator's recovery
 * kit (recovery-kit.ts) and opens with two of three shares.
 */
import { constants, createHash, createPublicKey, privateDecrypt, publicEncrypt } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { DOMAIN_KEY_BYTES, SealError } from './seal.ts';
import type { OpeningSeal, Seal } from './seal.ts';

/** NIST SP 800-57 part 1: 3072 bits stand for 128 bits of strength. */
export const RECOVERY_KEY_BITS = 3072;

/** The public key as it rests beside the domain keys. */
export interface RecoveryPublicKey {
  key: KeyObject;
  /** DER SubjectPublicKeyInfo. */
  spki: Buffer;
  /** Hex SHA-256 of `spki`: what people compare. */
  fingerprint: string;
}

/**
 * @param encoded PEM or DER SubjectPublicKeyInfo
 * @throws SealError RECOVERY_PUBLIC_KEY when it is no RSA key of at least 3072 bits
 */
export function recoveryPublicKey(encoded: Buffer): RecoveryPublicKey {
  let key: KeyObject;
  try {
    key = encoded.includes('-----BEGIN')
      ? createPublicKey(encoded)
      : createPublicKey({ key: encoded, format: 'der', type: 'spki' });
  } catch {
    throw new SealError('RECOVERY_PUBLIC_KEY', 'the recovery public key cannot be read');
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType !== 'rsa' || bits < RECOVERY_KEY_BITS) {
    throw new SealError(
      'RECOVERY_PUBLIC_KEY',
      `the recovery key must be RSA of at least ${RECOVERY_KEY_BITS} bits`,
    );
  }
  const spki = key.export({ format: 'der', type: 'spki' });
  return { key, spki, fingerprint: createHash('sha256').update(spki).digest('hex') };
}

/** The half of the seal that the process has: it can close, not open. */
export function recoverySeal({ key }: RecoveryPublicKey): Seal {
  return { wrap: (domainKey, version) => publicEncrypt({ key, ...oaep(version) }, domainKey) };
}

/** The half that a ceremony has for a moment. */
export function recoveryOpener(privateKey: KeyObject): OpeningSeal {
  const publicHalf = createPublicKey(privateKey);
  return {
    wrap: (domainKey, version) => publicEncrypt({ key: publicHalf, ...oaep(version) }, domainKey),
    unwrap(wrapped, version) {
      let domainKey: Buffer | undefined;
      try {
        domainKey = privateDecrypt({ key: privateKey, ...oaep(version) }, wrapped);
      } catch {
        // told below
      }
      if (domainKey?.length === DOMAIN_KEY_BYTES) return domainKey;
      throw new SealError('WRAPPED_KEY_INVALID', `the recovery key does not open domain key ${version}`);
    },
  };
}

function oaep(version: number) {
  return {
    padding: constants.RSA_PKCS1_OAEP_PADDING,
    oaepHash: 'sha256',
    oaepLabel: Buffer.from(`claviger-domain-key/${version}`),
  };
}
