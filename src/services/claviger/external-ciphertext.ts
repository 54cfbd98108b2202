/**
 * What a proxy of an external key store answers for an encryption, in the parts that the protocol has for it
 * (docs/formats.md, "Ciphertext of an external key"). The protocol binds metadata to the message by giving them to the key manager; here
 * the salt makes the key, and the version is in the associated data.
 */
import { DERIVED_SEAL } from '../../keystores/key-store.ts';

export interface ExternalCiphertext {
  Ciphertext: Buffer;
  CiphertextMetadata: Buffer;
  InitializationVector: Buffer;
  AuthenticationTag: Buffer;
}

const { saltBytes, nonceBytes, tagBytes } = DERIVED_SEAL;
const VERSION = Buffer.from([1]);
const NOTHING = Buffer.alloc(0);

/** @param sealed salt, nonce, ciphertext, tag (keystores/key-store.ts, KeyDerivation) */
export function toExternal(sealed: Buffer): ExternalCiphertext {
  const bodyAt = saltBytes + nonceBytes;
  const tagAt = sealed.length - tagBytes;
  return {
    Ciphertext: sealed.subarray(bodyAt, tagAt),
    CiphertextMetadata: Buffer.concat([VERSION, sealed.subarray(0, saltBytes)]),
    InitializationVector: sealed.subarray(saltBytes, bodyAt),
    AuthenticationTag: sealed.subarray(tagAt),
  };
}

/** @returns undefined when it is none of ours */
export function fromExternal(message: ExternalCiphertext): Buffer | undefined {
  const { CiphertextMetadata: metadata, InitializationVector: nonce, AuthenticationTag: tag } = message;
  const fits =
    metadata.length === VERSION.length + saltBytes &&
    metadata.subarray(0, VERSION.length).equals(VERSION) &&
    nonce.length === nonceBytes &&
    tag.length === tagBytes;
  return fits
    ? Buffer.concat([metadata.subarray(VERSION.length), nonce, message.Ciphertext, tag])
    : undefined;
}

/** What is authenticated beside the message. @param data as the proxy got it */
export function externalAssociatedData(data: Buffer = NOTHING): Buffer {
  return Buffer.concat([VERSION, data]);
}
