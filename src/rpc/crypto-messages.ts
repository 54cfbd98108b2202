/**
 * The cryptographic verbs that every process which holds keys answers alike: the HSM process and the crypto process of
 * the built-in key store. One call is one whole KMS operation, so that a request costs one round trip.
 *
 * A key is named by `keyRef` (16 bytes: CKA_ID in an HSM, material id in the crypto process) and `check` (16 bytes: its
 * key check value). The process compares `check` with what it computes itself before the key's first use, and answers
 * KEY_CHECK_FAILED when they differ: a damaged or swapped key is never used.
 */
import { Reader, u16 } from './codec.ts';

export const CryptoVerb = {
  Encrypt: 1,
  Decrypt: 2,
  GenerateDataKey: 3,
  GenerateDataKeyWithoutPlaintext: 4,
  Random: 5,
  /** HSMs only, as the next two: `input` is empty, the answer is a new derivation key, wrapped under the key (40 bytes). */
  GenerateDerivationKey: 6,
  /** `input` is the wrapped derivation key, then the plaintext. The answer: salt (16), nonce (12), ciphertext, tag (16). */
  EncryptDerived: 7,
  /** `input` is the wrapped derivation key, then what EncryptDerived answered. */
  DecryptDerived: 8,
} as const;

/** Codes that the cryptographic verbs answer with (RpcError.code). */
export const CryptoErrorCode = {
  /** No key with this reference is here. */
  keyNotFound: 'KEY_NOT_FOUND',
  /** The key that is here is not the one that was recorded. */
  keyCheckFailed: 'KEY_CHECK_FAILED',
  /** The ciphertext or its associated data is not what the key sealed; never says which part. */
  invalidCiphertext: 'INVALID_CIPHERTEXT',
  /** The key has not wrapped this derivation key. */
  derivationKeyInvalid: 'DERIVATION_KEY_INVALID',
  /** Nobody is logged in on this connection. */
  notLoggedIn: 'NOT_LOGGED_IN',
} as const;

/** Byte length of key references, check values and request ids. */
export const REF_BYTES = 16;

/** What all verbs that use a key carry. */
export interface KeyUse {
  /** 16 bytes. */
  keyRef: Buffer;
  /** 16 bytes. */
  check: Buffer;
  /** The KMS request id as 16 bytes: it goes into the HSM's own log. */
  requestId: Buffer;
  /** Additional authenticated data: ciphertext header and encryption context. */
  aad: Buffer;
}

/** Encrypt: `input` is the plaintext. Decrypt: `input` is the store's part of the ciphertext. `rest` is sent behind `input`. */
export function encodeKeyUse(use: KeyUse, input: Buffer, rest?: Buffer): Buffer {
  const end = 50 + use.aad.length + input.length;
  const payload = Buffer.allocUnsafe(end + (rest?.length ?? 0));
  use.keyRef.copy(payload, 0);
  use.check.copy(payload, 16);
  use.requestId.copy(payload, 32);
  payload.writeUInt16BE(use.aad.length, 48);
  use.aad.copy(payload, 50);
  input.copy(payload, 50 + use.aad.length);
  rest?.copy(payload, end);
  return payload;
}

export function decodeKeyUse(payload: Buffer): KeyUse & { input: Buffer } {
  const reader = new Reader(payload);
  return {
    keyRef: reader.bytes(REF_BYTES),
    check: reader.bytes(REF_BYTES),
    requestId: reader.bytes(REF_BYTES),
    aad: reader.field16(),
    input: reader.rest(),
  };
}

/**
 * GenerateDataKey: `input` of the key use is the length of the data key, 1 to 1024 bytes, as u16. The answer is the data
 * key, then the store's part of its ciphertext; without plaintext, only the latter.
 */
export function encodeDataKeyLength(bytes: number): Buffer {
  return u16(bytes);
}

export function encodeRandom(requestId: Buffer, bytes: number): Buffer {
  return Buffer.concat([requestId, u16(bytes)]);
}

export function decodeRandom(payload: Buffer): { requestId: Buffer; bytes: number } {
  const reader = new Reader(payload);
  return { requestId: reader.bytes(REF_BYTES), bytes: reader.u16() };
}
