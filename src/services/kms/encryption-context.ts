/**
 * The encryption context as bytes: pairs sorted by their names' UTF-8 bytes, every name and value with a u32 length before
 * it. Never joined by delimiters, or {"a":"b|c"} and {"a|b":"c"} would be one (docs/formats.md).
 */
import { validation } from './errors.ts';

export type EncryptionContext = Record<string, string>;

/** What an external key store's proxy accepts (AWS XKS proxy API); one limit for all stores. */
const MAX_CONTEXT_BYTES = 8192;

const NOTHING = Buffer.alloc(0);

/** An absent and an empty context are one. */
export function encodeEncryptionContext(context: EncryptionContext | undefined): Buffer {
  if (context === undefined) return NOTHING;
  const names = Object.keys(context);
  if (names.length === 0) return NOTHING;
  const pairs = names.map((name): [Buffer, Buffer] => [
    Buffer.from(name),
    Buffer.from(context[name] as string),
  ]);
  if (pairs.length > 1) pairs.sort(([a], [b]) => Buffer.compare(a, b));
  let length = 0;
  for (const [name, value] of pairs) length += 8 + name.length + value.length;
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (const pair of pairs) {
    for (const part of pair) {
      at = bytes.writeUInt32BE(part.length, at);
      at += part.copy(bytes, at);
    }
  }
  return bytes;
}

/** No more bytes than this, without encoding it: a UTF-16 unit is at most three bytes of UTF-8. */
function atMostBytes(context: EncryptionContext): number {
  let bytes = 0;
  for (const name in context) bytes += 8 + 3 * (name.length + (context[name] as string).length);
  return bytes;
}

/** @throws ApiError ValidationException */
export function requireContextFits(context: EncryptionContext): void {
  if (atMostBytes(context) <= MAX_CONTEXT_BYTES) return;
  if (encodeEncryptionContext(context).length > MAX_CONTEXT_BYTES)
    throw validation(`The encryption context is longer than ${MAX_CONTEXT_BYTES} bytes.`);
}
