/**
 * Payloads of the verbs for signatures, MACs, RSA encryption, key agreement and encapsulation. Algorithms travel under
 * their KMS names. Verbs that need only a public key carry it and name no key.
 */
import { Reader, u16, u8 } from '../rpc/codec.ts';
import { KEY_TYPES } from './messages.ts';
import type { KeyType } from './messages.ts';

/** SigningAlgorithmSpec of the API without SM2DSA (China only). */
export type SigningAlgorithm =
  | `RSASSA_${'PSS' | 'PKCS1_V1_5'}_SHA_${'256' | '384' | '512'}`
  | `ECDSA_SHA_${'256' | '384' | '512'}`
  | 'ED25519_SHA_512'
  | 'ED25519_PH_SHA_512'
  | 'ML_DSA_SHAKE_256';
/** What the message is: itself, its hash, or ML-DSA's message representative. */
export type MessageType = 'RAW' | 'DIGEST' | 'EXTERNAL_MU';
export type OaepAlgorithm = 'RSAES_OAEP_SHA_1' | 'RSAES_OAEP_SHA_256';

/** A public key: DER SubjectPublicKeyInfo, and which kind it is of. */
export interface PublicKey {
  type: KeyType;
  spki: Buffer;
}

export interface SigningInput {
  algorithm: SigningAlgorithm;
  messageType: MessageType;
  message: Buffer;
}

const NAMES = new Map<number, KeyType>(
  (Object.keys(KEY_TYPES) as KeyType[]).map((name) => [KEY_TYPES[name], name]),
);

/** @throws RangeError for a code that no key type has */
export function keyTypeOf(code: number): KeyType {
  const name = NAMES.get(code);
  if (name === undefined) throw new RangeError(`key type ${code} is unknown`);
  return name;
}

export function encodeSigningInput({ algorithm, messageType, message }: SigningInput): Buffer {
  return Buffer.concat([text(algorithm), text(messageType), message]);
}

export function decodeSigningInput(input: Buffer): SigningInput {
  return readSigningInput(new Reader(input));
}

export function encodeVerify(key: PublicKey, signature: Buffer, input: SigningInput): Buffer {
  return Buffer.concat([encodePublicKey(key), field16(signature), encodeSigningInput(input)]);
}

export function decodeVerify(payload: Buffer): { key: PublicKey; signature: Buffer; input: SigningInput } {
  const reader = new Reader(payload);
  return { key: readPublicKey(reader), signature: reader.field16(), input: readSigningInput(reader) };
}

/** `message`: the plaintext, or the ciphertext. */
export function encodeOaepInput(algorithm: OaepAlgorithm, message: Buffer): Buffer {
  return Buffer.concat([text(algorithm), message]);
}

export function decodeOaepInput(input: Buffer): { algorithm: OaepAlgorithm; message: Buffer } {
  return readOaepInput(new Reader(input));
}

export function encodeAsymmetricEncrypt(key: PublicKey, algorithm: OaepAlgorithm, plaintext: Buffer): Buffer {
  return Buffer.concat([encodePublicKey(key), encodeOaepInput(algorithm, plaintext)]);
}

export function decodeAsymmetricEncrypt(payload: Buffer): {
  key: PublicKey;
  algorithm: OaepAlgorithm;
  message: Buffer;
} {
  const reader = new Reader(payload);
  return { key: readPublicKey(reader), ...readOaepInput(reader) };
}

export function encodeVerifyMacInput(mac: Buffer, message: Buffer): Buffer {
  return Buffer.concat([field16(mac), message]);
}

export function decodeVerifyMacInput(input: Buffer): { mac: Buffer; message: Buffer } {
  const reader = new Reader(input);
  return { mac: reader.field16(), message: reader.rest() };
}

/** Encapsulate's whole payload; the answer is the shared secret (32 bytes), then the ciphertext. */
export function encodePublicKey({ type, spki }: PublicKey): Buffer {
  return Buffer.concat([u8(KEY_TYPES[type]), field16(spki)]);
}

export function decodePublicKey(payload: Buffer): PublicKey {
  return readPublicKey(new Reader(payload));
}

export function encodeKeyPairInput(type: KeyType, withPlaintext: boolean): Buffer {
  return Buffer.from([KEY_TYPES[type], withPlaintext ? 1 : 0]);
}

export function decodeKeyPairInput(input: Buffer): { type: KeyType; withPlaintext: boolean } {
  const reader = new Reader(input);
  return { type: keyTypeOf(reader.u8()), withPlaintext: reader.u8() === 1 };
}

export interface DataKeyPair {
  /** DER SubjectPublicKeyInfo. */
  publicKey: Buffer;
  /** DER PKCS#8; empty when no plaintext was asked for. */
  privateKey: Buffer;
  /** The store's part of the private key's ciphertext. */
  sealed: Buffer;
}

export function encodeDataKeyPair({ publicKey, privateKey, sealed }: DataKeyPair): Buffer {
  return Buffer.concat([field16(publicKey), field16(privateKey), sealed]);
}

export function decodeDataKeyPair(payload: Buffer): DataKeyPair {
  const reader = new Reader(payload);
  return { publicKey: reader.field16(), privateKey: reader.field16(), sealed: reader.rest() };
}

function readPublicKey(reader: Reader): PublicKey {
  return { type: keyTypeOf(reader.u8()), spki: reader.field16() };
}

function readSigningInput(reader: Reader): SigningInput {
  return {
    algorithm: reader.field16().toString('latin1') as SigningAlgorithm,
    messageType: reader.field16().toString('latin1') as MessageType,
    message: reader.rest(),
  };
}

function readOaepInput(reader: Reader): { algorithm: OaepAlgorithm; message: Buffer } {
  return {
    algorithm: reader.field16().toString('latin1') as OaepAlgorithm,
    message: reader.rest(),
  };
}

function text(name: string): Buffer {
  return field16(Buffer.from(name, 'latin1'));
}

function field16(bytes: Buffer): Buffer {
  return Buffer.concat([u16(bytes.length), bytes]);
}
