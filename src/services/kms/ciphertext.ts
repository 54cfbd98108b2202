/**
 * The symmetric ciphertext that callers hold (docs/formats.md, "Ciphertext"):
 *
 *     version 1 | suite 1 | flags 1 | reserved 1 | key id 16 | material id prefix 4 | the key store's part
 *
 * The 24 header bytes and the encryption context are additional authenticated data, so that no part can be exchanged.
 */
import type { EncryptionContext } from './encryption-context.ts';
import { encodeEncryptionContext } from './encryption-context.ts';

export const CIPHERTEXT_VERSION = 1;
const HEADER_BYTES = 24;
/** Set when the key is a multi-Region key: its id is `mrk-` and 32 hex digits. */
const FLAG_MULTI_REGION = 1;

export interface CiphertextHeader {
  suite: number;
  /** As the API writes it: a UUID, or `mrk-…`. */
  keyId: string;
  /** First 8 hex digits of the material id. */
  materialPrefix: string;
}

export interface ParsedCiphertext extends CiphertextHeader {
  header: Buffer;
  /** The key store's part. */
  sealed: Buffer;
}

/** 16 bytes of a key id in either form. */
function keyIdBytes(keyId: string): Buffer {
  return Buffer.from(keyId.startsWith('mrk-') ? keyId.slice(4) : keyId.replaceAll('-', ''), 'hex');
}

function keyIdFrom(bytes: Buffer, multiRegion: boolean): string {
  const hex = bytes.toString('hex');
  if (multiRegion) return `mrk-${hex}`;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The 24 bytes before the key store's part. */
export function encodeHeader({ suite, keyId, materialPrefix }: CiphertextHeader): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = CIPHERTEXT_VERSION;
  header[1] = suite;
  header[2] = keyId.startsWith('mrk-') ? FLAG_MULTI_REGION : 0;
  keyIdBytes(keyId).copy(header, 4);
  header.write(materialPrefix, 20, 'hex');
  return header;
}

/** undefined for anything that is not a ciphertext of a known version; the suite is for the caller to know. */
export function parseCiphertext(blob: Buffer): ParsedCiphertext | undefined {
  if (blob.length <= HEADER_BYTES || blob[0] !== CIPHERTEXT_VERSION || blob[3] !== 0) return undefined;
  const flags = blob[2] as number;
  if ((flags & ~FLAG_MULTI_REGION) !== 0) return undefined;
  return {
    suite: blob[1] as number,
    keyId: keyIdFrom(blob.subarray(4, 20), flags === FLAG_MULTI_REGION),
    materialPrefix: blob.toString('hex', 20, 24),
    header: blob.subarray(0, HEADER_BYTES),
    sealed: blob.subarray(HEADER_BYTES),
  };
}

/** Additional authenticated data of one message. */
export function associatedData(header: Buffer, context: EncryptionContext | undefined): Buffer {
  return Buffer.concat([header, encodeEncryptionContext(context)]);
}
