/** The messages of key import: making a wrapping key, and unwrapping key material with it. */
import { Reader, field32, u16, u8 } from '../rpc/codec.ts';
import { CHECK_BYTES, KEY_TYPES } from './messages.ts';
import type { GeneratedKey, KeyType } from './messages.ts';

/** Wrapping algorithms, with the byte that names them. AWS: API_GetParametersForImport, WrappingAlgorithm. */
export const WRAPPING_ALGORITHMS = {
  RSAES_OAEP_SHA_1: 1,
  RSAES_OAEP_SHA_256: 2,
  RSA_AES_KEY_WRAP_SHA_1: 3,
  RSA_AES_KEY_WRAP_SHA_256: 4,
} as const;
export type WrappingAlgorithm = keyof typeof WRAPPING_ALGORITHMS;

/** Bytes of a material id: it is 64 hex digits in the API. */
export const MATERIAL_ID_BYTES = 32;

export interface WrappingKey {
  /** DER SubjectPublicKeyInfo. */
  publicKey: Buffer;
  /** The private key, sealed. */
  sealed: Buffer;
}

export interface ImportKeyRequest {
  /** From `makeWrappingKey`, and the `aad` that it was made with. */
  sealed: Buffer;
  aad: Buffer;
  algorithm: WrappingAlgorithm;
  /** The key material as the caller wrapped it. */
  wrapped: Buffer;
  type: KeyType;
  /** The material id is a function of this and the material. */
  keyId: string;
  /** The EKT's associated data is this and the material id in hex. */
  ektAadPrefix: Buffer;
}

export interface ImportedKey extends GeneratedKey {
  /** 32 bytes. */
  materialId: Buffer;
}

export function encodeMakeWrappingKey(modulusBits: number, aad: Buffer): Buffer {
  return Buffer.concat([u16(modulusBits), aad]);
}

export function decodeMakeWrappingKey(payload: Buffer): { modulusBits: number; aad: Buffer } {
  const reader = new Reader(payload);
  return { modulusBits: reader.u16(), aad: reader.rest() };
}

export function encodeWrappingKey({ publicKey, sealed }: WrappingKey): Buffer {
  return Buffer.concat([field32(publicKey), sealed]);
}

export function decodeWrappingKey(payload: Buffer): WrappingKey {
  const reader = new Reader(payload);
  return { publicKey: Buffer.from(reader.field32()), sealed: Buffer.from(reader.rest()) };
}

export function encodeImportKey(request: ImportKeyRequest): Buffer {
  return Buffer.concat([
    u8(WRAPPING_ALGORITHMS[request.algorithm]),
    u8(KEY_TYPES[request.type]),
    field32(request.sealed),
    field32(request.aad),
    field32(request.wrapped),
    field32(Buffer.from(request.keyId)),
    request.ektAadPrefix,
  ]);
}

export function decodeImportKey(payload: Buffer): {
  algorithmCode: number;
  typeCode: number;
  sealed: Buffer;
  aad: Buffer;
  wrapped: Buffer;
  keyId: Buffer;
  ektAadPrefix: Buffer;
} {
  const reader = new Reader(payload);
  return {
    algorithmCode: reader.u8(),
    typeCode: reader.u8(),
    sealed: reader.field32(),
    aad: reader.field32(),
    wrapped: reader.field32(),
    keyId: reader.field32(),
    ektAadPrefix: reader.rest(),
  };
}

export function encodeImportedKey({ materialId, check, ekt, publicKey }: ImportedKey): Buffer {
  return Buffer.concat([materialId, check, field32(publicKey ?? Buffer.alloc(0)), ekt]);
}

export function decodeImportedKey(payload: Buffer): ImportedKey {
  const reader = new Reader(payload);
  const materialId = Buffer.from(reader.bytes(MATERIAL_ID_BYTES));
  const check = Buffer.from(reader.bytes(CHECK_BYTES));
  const publicKey = Buffer.from(reader.field32());
  const ekt = Buffer.from(reader.rest());
  return { materialId, check, ekt, publicKey: publicKey.length === 0 ? undefined : publicKey };
}
