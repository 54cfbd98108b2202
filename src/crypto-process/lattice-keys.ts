/**
 * ML-DSA and ML-KEM keys in DER, which Node 20 does not write: SubjectPublicKeyInfo and PKCS#8 in the seed form (RFC 9881
 * for ML-DSA, RFC 9935 for ML-KEM), and the expanded private key made from the seed for as long as one use takes.
 */
import type { KeyShape } from './key-shapes.ts';

type LatticeShape = Extract<KeyShape, { kind: 'ml-dsa' | 'ml-kem' }>;

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
/** `seed [0] IMPLICIT OCTET STRING` of the CHOICE in both RFCs. */
const SEED = 0x80;
/** OBJECT IDENTIFIER 2.16.840.1.101.3.4, one arc of two numbers to follow. */
const NIST_ALGORITHMS = Buffer.from('060960864801650304', 'hex');
const ARC = { 'ml-dsa': 3, 'ml-kem': 4 } as const;

/** The public key of a seed, as DER SubjectPublicKeyInfo. */
export function latticePublicKey(shape: LatticeShape, seed: Buffer): Buffer {
  const { publicKey, secretKey } = shape.scheme.keygen(seed);
  secretKey.fill(0);
  return tlv(SEQUENCE, algorithmIdentifier(shape), tlv(BIT_STRING, Buffer.of(0), publicKey));
}

/** The raw public key at the end of a SubjectPublicKeyInfo that `latticePublicKey` made. */
export function rawPublicKey(shape: LatticeShape, spki: Buffer): Buffer {
  return spki.subarray(spki.length - (shape.scheme.lengths.publicKey ?? 0));
}

/** DER PKCS#8 that holds the seed. The caller wipes it. */
export function latticePrivateKey(shape: LatticeShape, seed: Buffer): Buffer {
  const inner = tlv(SEED, seed);
  const octets = tlv(OCTET_STRING, inner);
  const pkcs8 = tlv(SEQUENCE, tlv(INTEGER, Buffer.of(0)), algorithmIdentifier(shape), octets);
  inner.fill(0);
  octets.fill(0);
  return pkcs8;
}

/** Runs `use` with the expanded private key, and wipes it. */
export function withExpandedKey<T>(shape: LatticeShape, seed: Buffer, use: (secretKey: Uint8Array) => T): T {
  const { secretKey } = shape.scheme.keygen(seed);
  try {
    return use(secretKey);
  } finally {
    secretKey.fill(0);
  }
}

function algorithmIdentifier({ kind, oid }: LatticeShape): Buffer {
  return tlv(SEQUENCE, NIST_ALGORITHMS, Buffer.of(ARC[kind], oid)); // no parameters, as both RFCs demand
}

function tlv(tag: number, ...parts: Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), ...parts]);
}
