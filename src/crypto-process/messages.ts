/**
 * What the crypto process answers beside the cryptographic verbs (src/rpc/crypto-messages.ts): making and loading keys,
 * sealing small secrets of the server, and the life of its domain keys. Formats: docs/formats.md, "Built-in key store".
 */
import { Reader, field32, u16, u8 } from '../rpc/codec.ts';
import { REF_BYTES } from '../rpc/crypto-messages.ts';

export const CryptoProcessVerb = {
  GenerateKey: 128,
  LoadKey: 129,
  ForgetKey: 130,
  MakeWrappingKey: 131,
  ImportKey: 132,
  Seal: 136,
  Unseal: 137,
  DeriveRowKey: 138,
  Describe: 144,
  RotateDomainKey: 145,
  ConfirmRecovery: 146,
  Sign: 160,
  Verify: 161,
  AsymmetricEncrypt: 162,
  AsymmetricDecrypt: 163,
  GenerateMac: 164,
  VerifyMac: 165,
  DeriveSharedSecret: 166,
  Encapsulate: 167,
  Decapsulate: 168,
  GenerateDataKeyPair: 169,
} as const;

/** Codes of RpcError that only this process answers with. */
export const CryptoProcessErrorCode = {
  /** The request's fields are not what the verb takes: a defect of the caller. */
  invalidRequest: 'INVALID_REQUEST',
  /** The encrypted key (EKT) or its associated data is not what was sealed here; never says which part. */
  invalidEncryptedKey: 'INVALID_ENCRYPTED_KEY',
  /** Sealed bytes, purpose or associated data are not what was sealed here; never says which part. */
  invalidSealedBytes: 'INVALID_SEALED_BYTES',
  /** The domain key that this was sealed under is not in this process's file. */
  domainKeyUnknown: 'DOMAIN_KEY_UNKNOWN',
  /** The sealed wrapping key is not one of ours, or not for these parameters; never says which part. */
  invalidImportToken: 'INVALID_IMPORT_TOKEN',
  /** What was unwrapped is no key of the type that was asked for. */
  invalidKeyMaterial: 'INVALID_KEY_MATERIAL',
  /** No key is made before the recovery seal was proven (`--require-recovery-proof`). */
  recoveryNotProven: 'RECOVERY_NOT_PROVEN',
  /** The answer to ConfirmRecovery's challenge is wrong: the recovery kit did not open this folder's domain keys. */
  recoveryProofWrong: 'RECOVERY_PROOF_WRONG',
  /** The other party's public key is none of the key's curve. */
  invalidPublicKey: 'INVALID_PUBLIC_KEY',
} as const;

/**
 * Kinds of key that an EKT carries, with the byte that names them in it. AES and HMAC: the key's bytes. RSA and ECC: DER
 * PKCS#8 (RFC 5208). ML-DSA: the 32-byte seed (FIPS 204, algorithm 6). ML-KEM: the 64-byte seed d ‖ z (FIPS 203, section 3.3).
 */
export const KEY_TYPES = {
  AES_256: 1,
  RSA_2048: 16,
  RSA_3072: 17,
  RSA_4096: 18,
  ECC_NIST_P256: 24,
  ECC_NIST_P384: 25,
  ECC_NIST_P521: 26,
  ECC_SECG_P256K1: 27,
  ECC_NIST_EDWARDS25519: 28,
  HMAC_224: 32,
  HMAC_256: 33,
  HMAC_384: 34,
  HMAC_512: 35,
  ML_DSA_44: 40,
  ML_DSA_65: 41,
  ML_DSA_87: 42,
  ML_KEM_512: 48,
  ML_KEM_768: 49,
  ML_KEM_1024: 50,
} as const;
export type KeyType = keyof typeof KEY_TYPES;

/** Bytes of a key's check value: the first 16 of SHA-256(EKT). */
export const CHECK_BYTES = REF_BYTES;

/** Longest answer of Random and longest data key, in bytes (AWS: NumberOfBytes 1 to 1024). */
export const MAX_RANDOM_BYTES = 1024;

/** What a key is generated as, and what its EKT is bound to. */
export interface GenerateKeyRequest {
  type: KeyType;
  /** Key ARN, material id, spec, usage, origin … in one canonical form: the caller gives the same bytes at LoadKey. */
  aad: Buffer;
}

/** Key material at rest: useless without the domain key and the same `aad`. */
export interface EncryptedKey {
  ekt: Buffer;
  aad: Buffer;
}

export interface GeneratedKey {
  ekt: Buffer;
  /** 16 bytes; the use verbs carry it (KeyUse.check). */
  check: Buffer;
  /** DER SubjectPublicKeyInfo; only asymmetric keys have one. */
  publicKey?: Buffer | undefined;
}

/** State of the process, for health and for the operator. */
export interface CryptoProcessDescription {
  pid: number;
  /** Number of the newest domain key. */
  domainKeyVersion: number;
  /** ISO 8601. */
  domainKeyCreatedAt: string;
  /** ISO 8601, or null as long as nobody proved that the recovery kit opens the domain keys. */
  recoveryProvenAt: string | null;
  /** Hex SHA-256 of the recovery public key (SubjectPublicKeyInfo). */
  recoveryKeyFingerprint: string;
  loadedKeys: number;
}

export function encodeGenerateKey(request: GenerateKeyRequest): Buffer {
  return Buffer.concat([u8(KEY_TYPES[request.type]), request.aad]);
}

export function decodeGenerateKey(payload: Buffer): { typeCode: number; aad: Buffer } {
  const reader = new Reader(payload);
  return { typeCode: reader.u8(), aad: reader.rest() };
}

export function encodeGeneratedKey(key: GeneratedKey): Buffer {
  return Buffer.concat([key.check, field32(key.ekt), key.publicKey ?? Buffer.alloc(0)]);
}

export function decodeGeneratedKey(payload: Buffer): GeneratedKey {
  const reader = new Reader(payload);
  const key = { check: Buffer.from(reader.bytes(CHECK_BYTES)), ekt: Buffer.from(reader.field32()) };
  const publicKey = reader.rest();
  return publicKey.length === 0 ? key : { ...key, publicKey: Buffer.from(publicKey) };
}

export function encodeLoadKey(keyRef: Buffer, key: EncryptedKey): Buffer {
  return Buffer.concat([keyRef, field32(key.ekt), key.aad]);
}

export function decodeLoadKey(payload: Buffer): EncryptedKey & { keyRef: Buffer } {
  const reader = new Reader(payload);
  return { keyRef: reader.bytes(REF_BYTES), ekt: reader.field32(), aad: reader.rest() };
}

/** Seal: `input` is the secret. Unseal: `input` is what Seal answered. */
export function encodeSealRequest(purpose: string, aad: Buffer, input: Buffer): Buffer {
  const name = Buffer.from(purpose, 'utf8');
  return Buffer.concat([u16(name.length), name, field32(aad), input]);
}

export function decodeSealRequest(payload: Buffer): { purpose: Buffer; aad: Buffer; input: Buffer } {
  const reader = new Reader(payload);
  return { purpose: reader.field16(), aad: reader.field32(), input: reader.rest() };
}
