/**
 * `keys.json` beside the journals: the public keys that check what is signed there, so that verification needs no server. In an anchor,
 * where files may only grow, each writer adds them to a file of its own, a line each.
 */
import { createHash, createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../files/promises.ts';
import { appendLine } from './checkpoints.ts';

export const KEYS_NAME = 'keys.json';
const ADDED_KEYS_END = '-keys.log';

export interface PublicAuditKey {
  /** 32 hex digits. */
  fingerprint: string;
  purpose: 'digest' | 'checkpoint';
  /** Digest keys: their Region. */
  region: string | null;
  /** DER SubjectPublicKeyInfo, base64. */
  publicKey: string;
  /** ISO 8601. */
  validFrom: string;
  validTo: string;
}

/**
 * What names a public key: the first half of the SHA-256 of its PKCS#1 form for digest keys, as ListPublicKeys shows it; else of SPKI.
 * @param spki DER
 */
export function fingerprintOf(purpose: PublicAuditKey['purpose'], spki: Buffer): string {
  const bytes =
    purpose === 'digest'
      ? createPublicKey({ key: spki, format: 'der', type: 'spki' }).export({ format: 'der', type: 'pkcs1' })
      : spki;
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32);
}

/** Replaces the file atomically. */
export async function writePublicKeys(dir: string, keys: readonly PublicAuditKey[]): Promise<void> {
  const draft = `${process.pid}.new`; // other processes of the node write it too
  await replaceFile(join(dir, KEYS_NAME), `${JSON.stringify({ keys }, null, 2)}\n`, { draft });
}

/** Adds those that the writer's file in an anchor does not have. */
export async function addPublicKeys(
  folder: string,
  writer: string,
  keys: readonly PublicAuditKey[],
): Promise<void> {
  const path = join(folder, `${writer}${ADDED_KEYS_END}`);
  const known = new Set(parseAddedKeys(await readText(path)).map(({ fingerprint }) => fingerprint));
  for (const key of keys) if (!known.has(key.fingerprint)) await appendLine(path, `${JSON.stringify(key)}\n`);
}

/** What follows the last line feed is no line, nor is what a crash left before one: the key was added again behind it. */
function parseAddedKeys(text: string | undefined): PublicAuditKey[] {
  const lines = (text ?? '').split('\n').slice(0, -1);
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as PublicAuditKey];
    } catch {
      return [];
    }
  });
}

/**
 * Fingerprint to key; none when there is no such file. A key that stands under a fingerprint which is not its own is left out: whoever
 * wrote down a fingerprint wrote down a key.
 * @throws SyntaxError when `keys.json` is damaged
 */
export async function readPublicKeys(
  dir: string,
  purpose: PublicAuditKey['purpose'],
): Promise<Map<string, KeyObject>> {
  const text = (await readText(join(dir, KEYS_NAME))) ?? '{"keys":[]}';
  const { keys } = JSON.parse(text) as { keys: PublicAuditKey[] };
  const names = (await unlessMissing(readdir(dir))) ?? [];
  for (const name of names.filter((file) => file.endsWith(ADDED_KEYS_END)))
    keys.push(...parseAddedKeys(await readText(join(dir, name))));
  return new Map(
    keys
      .filter((key) => key.purpose === purpose)
      .flatMap(({ fingerprint, publicKey }): [string, KeyObject][] => {
        const spki = Buffer.from(publicKey, 'base64');
        if (fingerprintOf(purpose, spki) !== fingerprint) return [];
        return [[fingerprint, createPublicKey({ key: spki, format: 'der', type: 'spki' })]];
      }),
  );
}

function readText(path: string): Promise<string | undefined> {
  return unlessMissing(readFile(path, 'utf8'));
}

async function unlessMissing<Value>(read: Promise<Value>): Promise<Value | undefined> {
  return read.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
}
