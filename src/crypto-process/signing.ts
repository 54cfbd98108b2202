/**
 * Signatures of KMS's algorithms: RSASSA-PSS and PKCS#1 v1.5 (RFC 8017), ECDSA in DER (FIPS 186-5), Ed25519 and Ed25519ph
 * (RFC 8032), ML-DSA with an empty context (FIPS 204). RAW and DIGEST of RSA and ECDSA take one way: the digest is made
 * here or comes along.
 */
import { createHash, createPrivateKey, sign as nodeSign, verify as nodeVerify } from 'node:crypto';
import { ed25519ph } from '@noble/curves/ed25519.js';
import { signDigest, verifyDigest } from '../native/addon.ts';
import type { HashName, SignaturePadding } from '../native/addon.ts';
import type { PublicKey, SigningAlgorithm, SigningInput } from './asymmetric-messages.ts';
import { KEY_SHAPES } from './key-shapes.ts';
import type { KeyShape } from './key-shapes.ts';
import { rawPublicKey, withExpandedKey } from './lattice-keys.ts';
import type { KeyType } from './messages.ts';
import type { FillRandom } from './randomness.ts';

interface DigestRule {
  kind: 'rsa' | 'ec';
  hash: HashName;
  padding: SignaturePadding;
}

const DIGEST_RULES: Partial<Record<SigningAlgorithm, DigestRule>> = {
  RSASSA_PSS_SHA_256: { kind: 'rsa', hash: 'sha256', padding: 'pss' },
  RSASSA_PSS_SHA_384: { kind: 'rsa', hash: 'sha384', padding: 'pss' },
  RSASSA_PSS_SHA_512: { kind: 'rsa', hash: 'sha512', padding: 'pss' },
  RSASSA_PKCS1_V1_5_SHA_256: { kind: 'rsa', hash: 'sha256', padding: 'pkcs1' },
  RSASSA_PKCS1_V1_5_SHA_384: { kind: 'rsa', hash: 'sha384', padding: 'pkcs1' },
  RSASSA_PKCS1_V1_5_SHA_512: { kind: 'rsa', hash: 'sha512', padding: 'pkcs1' },
  ECDSA_SHA_256: { kind: 'ec', hash: 'sha256', padding: 'none' },
  ECDSA_SHA_384: { kind: 'ec', hash: 'sha384', padding: 'none' },
  ECDSA_SHA_512: { kind: 'ec', hash: 'sha512', padding: 'none' },
};

const ED25519_BYTES = 32;
/** Randomness of a hedged ML-DSA signature (FIPS 204, algorithm 2). */
const ML_DSA_RANDOM_BYTES = 32;

/** @param bytes as KEY_TYPES says of the type. @throws RangeError when algorithm or message does not fit the key */
export async function signMessage(
  type: KeyType,
  bytes: Buffer,
  { algorithm, messageType, message }: SigningInput,
  fillRandom: FillRandom,
): Promise<Buffer> {
  const shape = KEY_SHAPES[type];
  const rule = digestRule(shape, algorithm);
  if (rule !== undefined) {
    return signDigest(bytes, rule.hash, rule.padding, digestOf(rule.hash, messageType, message));
  }
  if (shape.kind === 'ed25519' && algorithm === 'ED25519_SHA_512' && messageType === 'RAW') {
    return nodeSign(null, message, { key: bytes, format: 'der', type: 'pkcs8' });
  }
  if (shape.kind === 'ed25519' && algorithm === 'ED25519_PH_SHA_512' && messageType === 'DIGEST') {
    return signPrehashed(bytes, message);
  }
  if (shape.kind === 'ml-dsa' && algorithm === 'ML_DSA_SHAKE_256' && messageType !== 'DIGEST') {
    return signLattice(shape, bytes, messageType, message, fillRandom);
  }
  throw misfit(type, algorithm, messageType);
}

/** Whether the signature is right. @throws RangeError when algorithm or message does not fit the key */
export async function verifyMessage(
  { type, spki }: PublicKey,
  signature: Buffer,
  { algorithm, messageType, message }: SigningInput,
): Promise<boolean> {
  const shape = KEY_SHAPES[type];
  const rule = digestRule(shape, algorithm);
  if (rule !== undefined) {
    const digest = digestOf(rule.hash, messageType, message);
    return verifyDigest(spki, rule.hash, rule.padding, digest, signature);
  }
  if (shape.kind === 'ed25519' && algorithm === 'ED25519_SHA_512' && messageType === 'RAW') {
    return nodeVerify(null, message, { key: spki, format: 'der', type: 'spki' }, signature);
  }
  if (shape.kind === 'ed25519' && algorithm === 'ED25519_PH_SHA_512' && messageType === 'DIGEST') {
    return verifyPrehashed(spki, signature, message);
  }
  if (shape.kind === 'ml-dsa' && algorithm === 'ML_DSA_SHAKE_256' && messageType !== 'DIGEST') {
    const { scheme } = shape;
    if (signature.length !== scheme.lengths.signature) return false;
    const publicKey = rawPublicKey(shape, spki);
    return messageType === 'EXTERNAL_MU'
      ? scheme.internal.verify(signature, message, publicKey, { externalMu: true })
      : scheme.verify(signature, message, publicKey);
  }
  throw misfit(type, algorithm, messageType);
}

/** undefined: the algorithm does not sign digests, or is none of this kind of key. */
function digestRule(shape: KeyShape, algorithm: SigningAlgorithm): DigestRule | undefined {
  const rule = DIGEST_RULES[algorithm];
  return rule?.kind === shape.kind ? rule : undefined;
}

/** @throws RangeError for a digest of another length than the hash has: ECDSA would take it */
function digestOf(hash: HashName, messageType: string, message: Buffer): Buffer {
  const length = Number(hash.slice(3)) / 8;
  if (messageType === 'RAW') return createHash(hash).update(message).digest();
  if (messageType === 'DIGEST' && message.length === length) return message;
  throw new RangeError(`a ${hash} digest has ${length} bytes`);
}

/**
 * Ed25519ph hashes what it gets with SHA-512 itself (RFC 8032, section 5.1); AWS KMS gives it the caller's digest, so that the
 * message of the signature is the digest. OpenSSL knows Ed25519ph from 3.2 on, Node 20 has 3.0.
 */
function signPrehashed(pkcs8: Buffer, digest: Buffer): Buffer {
  const canonical = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({
    type: 'pkcs8',
    format: 'der',
  });
  try {
    return asBuffer(ed25519ph.sign(digest, canonical.subarray(-ED25519_BYTES)));
  } finally {
    canonical.fill(0);
  }
}

function verifyPrehashed(spki: Buffer, signature: Buffer, digest: Buffer): boolean {
  if (signature.length !== 2 * ED25519_BYTES) return false;
  try {
    // zip215 would accept encodings that RFC 8032 does not
    return ed25519ph.verify(signature, digest, spki.subarray(-ED25519_BYTES), { zip215: false });
  } catch {
    return false; // a point that does not decode
  }
}

function signLattice(
  shape: Extract<KeyShape, { kind: 'ml-dsa' }>,
  seed: Buffer,
  messageType: 'RAW' | 'EXTERNAL_MU',
  message: Buffer,
  fillRandom: FillRandom,
): Buffer {
  const extraEntropy = Buffer.alloc(ML_DSA_RANDOM_BYTES);
  fillRandom(extraEntropy, 0, ML_DSA_RANDOM_BYTES);
  const { scheme } = shape;
  const signature = withExpandedKey(shape, seed, (secretKey) =>
    messageType === 'EXTERNAL_MU'
      ? scheme.internal.sign(message, secretKey, { externalMu: true, extraEntropy })
      : scheme.sign(message, secretKey, { extraEntropy }),
  );
  extraEntropy.fill(0);
  return asBuffer(signature);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function misfit(type: KeyType, algorithm: string, messageType: string): RangeError {
  return new RangeError(`a key of type ${type} does not do ${algorithm} of ${messageType}`);
}
