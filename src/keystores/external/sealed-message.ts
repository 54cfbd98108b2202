/** The outer part of a ciphertext of an external key store: what the proxy encrypted, in its parts (docs/formats.md, suite 3). */
import { IV_BYTES, MAX_MESSAGE_BYTES, MAX_METADATA_BYTES, TAG_BYTES } from '../../xks/protocol.ts';
import type { ProxyCiphertext } from '../../xks/protocol.ts';
import { CiphertextRejected } from '../key-store.ts';

const VERSION = 1;
const HEAD_BYTES = 3;

export function encodeSealed({ metadata, iv, tag, ciphertext }: ProxyCiphertext): Buffer {
  return Buffer.concat([Buffer.from([VERSION, metadata.length, iv.length]), metadata, iv, tag, ciphertext]);
}

/** @throws CiphertextRejected for bytes that `encodeSealed` does not make */
export function decodeSealed(sealed: Buffer): ProxyCiphertext {
  const [version, metadataBytes = 0, ivBytes = 0] = sealed;
  const ivAt = HEAD_BYTES + metadataBytes;
  const tagAt = ivAt + ivBytes;
  const ciphertextAt = tagAt + TAG_BYTES;
  const ciphertextBytes = sealed.length - ciphertextAt;
  const wellFormed =
    version === VERSION &&
    metadataBytes <= MAX_METADATA_BYTES &&
    IV_BYTES.includes(ivBytes) &&
    ciphertextBytes > 0 &&
    ciphertextBytes <= MAX_MESSAGE_BYTES;
  if (!wellFormed) throw new CiphertextRejected();
  return {
    metadata: sealed.subarray(HEAD_BYTES, ivAt),
    iv: sealed.subarray(ivAt, tagAt),
    tag: sealed.subarray(tagAt, ciphertextAt),
    ciphertext: sealed.subarray(ciphertextAt),
  };
}
