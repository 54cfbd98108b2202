/** Whether an attestation document is to be believed, and who its recipient is then. */
import { X509Certificate, createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { encode } from 'cborg';
import { chainVerifier } from './certificate-chain.ts';
import { AttestationRejected, parseAttestationDocument } from './document.ts';
import type { AttestationDocument, AttestedPlatform } from './document.ts';

/** What a verified document says. */
export interface AttestedRecipient {
  platform: AttestedPlatform;
  moduleId: string;
  pcrs: ReadonlyMap<number, Buffer>;
  /** RSA of 2048 to 4096 bits: only the attested code has the private key. */
  publicKey: KeyObject;
}

/** @param now milliseconds since 1970 @throws AttestationRejected */
export type VerifyAttestation = (document: Buffer, now: number) => AttestedRecipient;

const MODULUS_BITS = { min: 2048, max: 4096 };

/** @param maxAgeMs how far a document's time may be from ours, in either direction */
export function attestationVerifier(roots: readonly X509Certificate[], maxAgeMs: number): VerifyAttestation {
  const keyOfChain = chainVerifier(roots);
  return (bytes, now) => {
    if (roots.length === 0) {
      throw new AttestationRejected('no root certificate for attestation is configured (attestation.roots)');
    }
    const document = parseAttestationDocument(bytes);
    if (Math.abs(now - document.timestamp) > maxAgeMs) throw new AttestationRejected('it is expired');
    const signer = keyOfChain(document.caBundle, document.certificate, now);
    if (!isSigned(document, signer)) throw new AttestationRejected('its signature is wrong');
    const { platform, moduleId, pcrs } = document;
    return { platform, moduleId, pcrs, publicKey: recipientKey(document.publicKey) };
  };
}

/** Sig_structure of RFC 9052, section 4.4, without external data. */
function isSigned({ signed, signature }: AttestationDocument, key: KeyObject): boolean {
  const structure = encode(['Signature1', signed.protectedHeader, Buffer.alloc(0), signed.payload]);
  return verify('sha384', structure, { key, dsaEncoding: 'ieee-p1363' }, signature);
}

/** @throws AttestationRejected */
function recipientKey(spki: Buffer | undefined): KeyObject {
  if (spki === undefined || spki.length === 0) throw new AttestationRejected('it has no public key');
  const key = readKey(spki);
  const bits = key?.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key?.asymmetricKeyType !== 'rsa' || bits < MODULUS_BITS.min || bits > MODULUS_BITS.max) {
    throw new AttestationRejected('its public key is not an RSA key of 2048 to 4096 bits in DER');
  }
  return key;
}

/** undefined unless the bytes are one SubjectPublicKeyInfo and nothing after it. */
function readKey(spki: Buffer): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    return key.export({ format: 'der', type: 'spki' }).equals(spki) ? key : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The certificates of PEM files, each with one.
 * @throws Error naming the file that cannot be used
 */
export function readTrustRoots(files: readonly string[]): X509Certificate[] {
  return files.map((file) => {
    try {
      return new X509Certificate(readFileSync(file));
    } catch (error) {
      throw new Error(`attestation.roots: ${file} is not a certificate: ${(error as Error).message}`, {
        cause: error,
      });
    }
  });
}
