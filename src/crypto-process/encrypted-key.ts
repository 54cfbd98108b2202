/**
 * The encrypted key (EKT): key material as it rests in the server's database (docs/formats.md). A box (sealed-box.ts)
 * with the head
 *
 *     version 1 | key type 1 | domain key version 4 | length of the key 2
 *
 * so that the kind of key is known before it is opened, and other kinds than AES-256 fit (as PKCS#8) without a new version.
 */
import { createHash } from 'node:crypto';
import { RpcError } from '../rpc/frames.ts';
import { CHECK_BYTES, CryptoProcessErrorCode } from './messages.ts';
import type { DomainKeys } from './domain-keys.ts';
import type { FillRandom } from './randomness.ts';
import { BOX_OVERHEAD_BYTES, openBox, sealBox } from './sealed-box.ts';

const VERSION = 1;
const HEAD_BYTES = 8;
const PURPOSE = { label: 'claviger/ekt/1', context: Buffer.alloc(0) } as const;

export interface KeyMaterial {
  /** One of KEY_TYPES' values. */
  typeCode: number;
  /** The holder wipes it. */
  bytes: Buffer;
}

/** Encrypts a key under the newest domain key. */
export function sealKey(
  domainKeys: DomainKeys,
  key: KeyMaterial,
  aad: Buffer,
  fillRandom: FillRandom,
): Buffer {
  const domainKey = domainKeys.newest();
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(VERSION, 0);
  head.writeUInt8(key.typeCode, 1);
  head.writeUInt32BE(domainKey.version, 2);
  head.writeUInt16BE(key.bytes.length, 6);
  return sealBox(domainKey.key, PURPOSE, head, aad, key.bytes, fillRandom);
}

/**
 * @throws RpcError INVALID_ENCRYPTED_KEY (never says which part), DOMAIN_KEY_UNKNOWN
 */
export function openKey(domainKeys: DomainKeys, ekt: Buffer, aad: Buffer): KeyMaterial {
  if (ekt.length < HEAD_BYTES || ekt.readUInt8(0) !== VERSION) throw invalidEncryptedKey();
  const length = ekt.readUInt16BE(6);
  if (ekt.length !== HEAD_BYTES + BOX_OVERHEAD_BYTES + length) throw invalidEncryptedKey();
  const domainKey = domainKeys.byVersion(ekt.readUInt32BE(2));
  const bytes = openBox(domainKey.key, PURPOSE, HEAD_BYTES, aad, ekt);
  if (bytes === undefined) throw invalidEncryptedKey();
  return { typeCode: ekt.readUInt8(1), bytes };
}

/** The key's check value: names this very EKT, so that a swapped one is noticed before the key is used. */
export function checkValue(ekt: Buffer): Buffer {
  return createHash('sha256').update(ekt).digest().subarray(0, CHECK_BYTES);
}

function invalidEncryptedKey(): RpcError {
  return new RpcError(CryptoProcessErrorCode.invalidEncryptedKey, 'the encrypted key is not valid');
}
