/**
 * Small secrets of the server (access key secrets, crypto user passwords) sealed under the newest domain key, and the
 * keys of the server's row codes. A sealed secret is a box (sealed-box.ts) with the head
 *
 *     version 1 | domain key version 4
 */
import { RpcError } from '../rpc/frames.ts';
import type { DomainKeys } from './domain-keys.ts';
import { CryptoProcessErrorCode } from './messages.ts';
import { KEY_BYTES, deriveKey } from '../seal/primitives.ts';
import type { FillRandom } from './randomness.ts';
import { openBox, sealBox } from './sealed-box.ts';

const VERSION = 1;
const HEAD_BYTES = 5;
const SECRET_LABEL = 'claviger/secret/1';
const ROW_KEY_LABEL = 'claviger/row-key/1';

/** @param purpose UTF-8; different purposes have different keys */
export function sealSecret(
  domainKeys: DomainKeys,
  purpose: Buffer,
  aad: Buffer,
  secret: Buffer,
  fillRandom: FillRandom,
): Buffer {
  const domainKey = domainKeys.newest();
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(VERSION, 0);
  head.writeUInt32BE(domainKey.version, 1);
  return sealBox(domainKey.key, { label: SECRET_LABEL, context: purpose }, head, aad, secret, fillRandom);
}

/** @throws RpcError INVALID_SEALED_BYTES (never says which part), DOMAIN_KEY_UNKNOWN */
export function openSecret(domainKeys: DomainKeys, purpose: Buffer, aad: Buffer, sealed: Buffer): Buffer {
  if (sealed.length < HEAD_BYTES || sealed.readUInt8(0) !== VERSION) throw invalidSealedBytes();
  const domainKey = domainKeys.byVersion(sealed.readUInt32BE(1));
  const secret = openBox(domainKey.key, { label: SECRET_LABEL, context: purpose }, HEAD_BYTES, aad, sealed);
  if (secret === undefined) throw invalidSealedBytes();
  return secret;
}

/** 32 bytes, from the first domain key: rows keep their codes when domain keys rotate. The caller wipes it. */
export function deriveRowKey(domainKeys: DomainKeys, purpose: Buffer): Buffer {
  return deriveKey(domainKeys.first().key, ROW_KEY_LABEL, purpose, KEY_BYTES);
}

function invalidSealedBytes(): RpcError {
  return new RpcError(CryptoProcessErrorCode.invalidSealedBytes, 'the sealed bytes are not valid');
}
