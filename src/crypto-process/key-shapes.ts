/** What each key type is, as data: one row per type. Sizes and algorithms: AWS, "Key spec reference". */
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import { ml_kem1024, ml_kem512, ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import type { HashName } from '../native/addon.ts';
import type { KeyType } from './messages.ts';

type MlDsa = typeof ml_dsa44;
type MlKem = typeof ml_kem512;

export type KeyShape =
  | { kind: 'aes'; bytes: number }
  | { kind: 'hmac'; bytes: number; hash: HashName | 'sha224' }
  | { kind: 'rsa'; modulusBits: number }
  /** `peers`: the forms in which the other party's public key may come; none where there is no key agreement. */
  | { kind: 'ec'; curve: string; peers: readonly PeerForm[] }
  | { kind: 'ed25519' }
  /** `oid`: the last arc of 2.16.840.1.101.3.4.3 (RFC 9881). */
  | { kind: 'ml-dsa'; scheme: MlDsa; oid: number }
  /** `oid`: the last arc of 2.16.840.1.101.3.4.4 (RFC 9935). */
  | { kind: 'ml-kem'; scheme: MlKem; oid: number };

/** One form of a public key on a curve. */
export interface PeerForm {
  /** What its SubjectPublicKeyInfo begins with. */
  head: Buffer;
  /** Length of the point that follows, and the first bytes that it may have (SEC 1, section 2.3.3). */
  pointBytes: number;
  tags: readonly number[];
}

const uncompressed = (pointBytes: number, head: string): PeerForm => ({
  head: Buffer.from(head, 'hex'),
  pointBytes,
  tags: [4],
});
const compressed = (pointBytes: number, head: string): PeerForm => ({
  head: Buffer.from(head, 'hex'),
  pointBytes,
  tags: [2, 3],
});

/**
 * Algorithm identifier id-ecPublicKey with a named curve (RFC 5480) and the head of the BIT STRING: for the uncompressed
 * and for the compressed point. Nothing else is taken, so explicit curve parameters (CVE-2020-0601) have no way in.
 */
const P256_PEERS = [
  uncompressed(65, '3059301306072a8648ce3d020106082a8648ce3d030107034200'),
  compressed(33, '3039301306072a8648ce3d020106082a8648ce3d030107032200'),
];
const P384_PEERS = [
  uncompressed(97, '3076301006072a8648ce3d020106052b81040022036200'),
  compressed(49, '3046301006072a8648ce3d020106052b81040022033200'),
];
const P521_PEERS = [
  uncompressed(133, '30819b301006072a8648ce3d020106052b8104002303818600'),
  compressed(67, '3058301006072a8648ce3d020106052b81040023034400'),
];

export const KEY_SHAPES: Readonly<Record<KeyType, KeyShape>> = {
  AES_256: { kind: 'aes', bytes: 32 },
  RSA_2048: { kind: 'rsa', modulusBits: 2048 },
  RSA_3072: { kind: 'rsa', modulusBits: 3072 },
  RSA_4096: { kind: 'rsa', modulusBits: 4096 },
  ECC_NIST_P256: { kind: 'ec', curve: 'P-256', peers: P256_PEERS },
  ECC_NIST_P384: { kind: 'ec', curve: 'P-384', peers: P384_PEERS },
  ECC_NIST_P521: { kind: 'ec', curve: 'P-521', peers: P521_PEERS },
  ECC_SECG_P256K1: { kind: 'ec', curve: 'secp256k1', peers: [] },
  ECC_NIST_EDWARDS25519: { kind: 'ed25519' },
  HMAC_224: { kind: 'hmac', bytes: 28, hash: 'sha224' },
  HMAC_256: { kind: 'hmac', bytes: 32, hash: 'sha256' },
  HMAC_384: { kind: 'hmac', bytes: 48, hash: 'sha384' },
  HMAC_512: { kind: 'hmac', bytes: 64, hash: 'sha512' },
  ML_DSA_44: { kind: 'ml-dsa', scheme: ml_dsa44, oid: 17 },
  ML_DSA_65: { kind: 'ml-dsa', scheme: ml_dsa65, oid: 18 },
  ML_DSA_87: { kind: 'ml-dsa', scheme: ml_dsa87, oid: 19 },
  ML_KEM_512: { kind: 'ml-kem', scheme: ml_kem512, oid: 1 },
  ML_KEM_768: { kind: 'ml-kem', scheme: ml_kem768, oid: 2 },
  ML_KEM_1024: { kind: 'ml-kem', scheme: ml_kem1024, oid: 3 },
};
