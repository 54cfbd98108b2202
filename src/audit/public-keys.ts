/** `keys.json` beside the journals: the public keys that check what is signed there, so that verification needs no server. */
import { createHash, createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from './segment-file.ts';

export const KEYS_NAME = 'keys.json';

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
  const path = join(dir, KEYS_NAME);
  const aside = `${path}.${process.pid}.new`; // other processes of the node write it too
  const file = await open(aside, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify({ keys }, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(aside, path);
  await syncFolder(dirname(path));
}

/**
 * Fingerprint to key; none when there is no such file. A key that stands under a fingerprint which is not its own is left out: whoever
 * wrote down a fingerprint wrote down a key.
 * @throws SyntaxError when the file is damaged
 */
export async function readPublicKeys(
  dir: string,
  purpose: PublicAuditKey['purpose'],
): Promise<Map<string, KeyObject>> {
  const text = await readFile(join(dir, KEYS_NAME), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return '{"keys":[]}';
  });
  const { keys } = JSON.parse(text) as { keys: PublicAuditKey[] };
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
