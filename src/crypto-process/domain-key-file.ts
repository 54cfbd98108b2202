/**
 * The file in which the domain keys rest (docs/formats.md): two lines of text, replaced as a whole.
 *
 *     {"format":"claviger-domain-keys/1", …}        DomainKeyFile
 *     <64 hex digits>                               code over the bytes of the first line
 *
 * The code's key comes from the first domain key, so only who can open that key can write a file that this process takes:
 * nobody slips in a recovery key of his own, or takes a domain key away unnoticed.
 */
import { timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { replaceFile } from '../files/durable.ts';
import { KEY_BYTES, deriveKey } from '../seal/primitives.ts';
import { SealError } from '../seal/seal.ts';
import type { OpeningSeal } from '../seal/seal.ts';

const FORMAT = 'claviger-domain-keys/1';
const FILE_LABEL = 'claviger/domain-key-file/1';
const CHECK_LABEL = 'claviger/domain-key-check/1';
const CHECK_BYTES = 16;

export interface DomainKeyFile {
  format: typeof FORMAT;
  /** Hex id of the root key that `byRootKey` is wrapped under. */
  rootKeyId: string;
  /** DER SubjectPublicKeyInfo, base64: what `byRecoveryKey` is wrapped under. */
  recoveryPublicKey: string;
  /** ISO 8601; null until the recovery kit was seen to open these keys. */
  recoveryProvenAt: string | null;
  /** From version 1 upwards, without gaps. */
  keys: DomainKeyEntry[];
}

export interface DomainKeyEntry {
  version: number;
  /** ISO 8601. */
  createdAt: string;
  /** 32 hex digits, derived from the key, its version and creation time: shows that what was unwrapped is this key. */
  check: string;
  /** base64, by the token seal (40 bytes with AES key wrap). */
  byRootKey: string;
  /** base64, by the recovery seal. */
  byRecoveryKey: string;
}

/** A domain key in the clear. */
export interface DomainKey {
  version: number;
  createdAt: string;
  /** 32 bytes. */
  key: Buffer;
}

export function newDomainKeyFile(rootKeyId: string, recoverySpki: Buffer): DomainKeyFile {
  const recoveryPublicKey = recoverySpki.toString('base64');
  return { format: FORMAT, rootKeyId, recoveryPublicKey, recoveryProvenAt: null, keys: [] };
}

/** The check value of a domain key, 32 hex digits. */
export function domainKeyCheck({ version, createdAt, key }: DomainKey): string {
  return deriveKey(key, CHECK_LABEL, Buffer.from(`${version} ${createdAt}`), CHECK_BYTES).toString('hex');
}

/** @param firstKey domain key 1 */
export function writeDomainKeyFile(path: string, file: DomainKeyFile, firstKey: Buffer): void {
  const line = JSON.stringify(file);
  replaceFile(path, `${line}\n${fileCode(firstKey, line).toString('hex')}\n`);
}

/** The file's two lines; not to be believed before `openDomainKeys` has checked them. */
export interface ReadDomainKeyFile {
  file: DomainKeyFile;
  line: string;
  code: Buffer;
}

/** @returns undefined when there is no file. @throws SealError DOMAIN_KEYS_INVALID */
export function readDomainKeyFile(path: string): ReadDomainKeyFile | undefined {
  if (!existsSync(path)) return undefined;
  const [line = '', code = ''] = readFileSync(path, 'utf8').split('\n');
  try {
    const file = JSON.parse(line) as DomainKeyFile;
    const inOrder = file.keys.length > 0 && file.keys.every((entry, i) => entry.version === i + 1);
    if (file.format === FORMAT && inOrder) return { file, line, code: Buffer.from(code, 'hex') };
  } catch {
    // told below
  }
  throw new SealError('DOMAIN_KEYS_INVALID', `${path} is damaged: restore it from a backup`);
}

/**
 * Opens all domain keys with one of the two seals and checks each, and the file's code.
 * @throws SealError DOMAIN_KEYS_INVALID, WRAPPED_KEY_INVALID
 */
export function openDomainKeys(
  read: ReadDomainKeyFile,
  seal: OpeningSeal,
  by: 'byRootKey' | 'byRecoveryKey',
): DomainKey[] {
  const keys: DomainKey[] = [];
  try {
    for (const { version, createdAt, check, ...wrapped } of read.file.keys) {
      const domainKey = { version, createdAt, key: seal.unwrap(Buffer.from(wrapped[by], 'base64'), version) };
      keys.push(domainKey);
      if (domainKeyCheck(domainKey) !== check)
        throw altered(`domain key ${version} is not the one that was recorded`);
    }
    const code = fileCode((keys[0] as DomainKey).key, read.line);
    if (read.code.length !== code.length || !timingSafeEqual(read.code, code)) {
      throw altered('the file of the domain keys was altered');
    }
    return keys;
  } catch (error) {
    for (const { key } of keys) key.fill(0);
    throw error;
  }
}

function fileCode(firstKey: Buffer, line: string): Buffer {
  return deriveKey(firstKey, FILE_LABEL, Buffer.from(line), KEY_BYTES);
}

function altered(what: string): SealError {
  return new SealError('DOMAIN_KEYS_INVALID', `${what}: restore the file from a backup`);
}
