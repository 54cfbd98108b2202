/**
 * The recovery kit: the operator's folder that opens the key store when the system HSM or the host secret is lost.
 *
 *     share-1.txt share-2.txt share-3.txt   a 32-byte seed in three shares (Shamir over GF(2^8)), any two give it back
 *     recovery-key.enc                      the recovery private key, AES-256-GCM under the seed
 *     recovery-public.pem                   its public half: all that the crypto process gets
 *     README.txt                            what to do with them
 *
 * Made and used by ceremonies of the operator, never by the crypto process.
 */
import { createHash, createPrivateKey, generateKeyPair, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { combine, split } from 'shamir-secret-sharing';
import { makePrivateFolder, replaceFile, syncFolder } from '../files/durable.ts';
import { IV_BYTES, KEY_BYTES, TAG_BYTES, decrypt, encryptInto } from './primitives.ts';
import { README } from './recovery-kit-readme.ts';
import { RECOVERY_KEY_BITS, recoveryPublicKey } from './recovery-seal.ts';
import { SealError } from './seal.ts';

const SHARES = 3;
const THRESHOLD = 2;
const SHARE_FORMAT = 'claviger-recovery-share-1';
const KEY_FORMAT = 'claviger-recovery-key/1';
const KIT_ID_BYTES = 8;

export interface RecoveryKitPaths {
  folder: string;
  /** Three files; any two of them open the kit. */
  shares: readonly string[];
  encryptedKey: string;
  publicKey: string;
}

/** recovery-key.enc */
interface EncryptedRecoveryKey {
  format: typeof KEY_FORMAT;
  kitId: string;
  iv: string;
  /** Ciphertext and tag of the PKCS#8 private key, base64. */
  sealed: string;
}

export function recoveryKitPaths(operatorDir: string): RecoveryKitPaths {
  const folder = join(operatorDir, 'recovery-kit');
  return {
    folder,
    shares: Array.from({ length: SHARES }, (_, i) => join(folder, `share-${i + 1}.txt`)),
    encryptedKey: join(folder, 'recovery-key.enc'),
    publicKey: join(folder, 'recovery-public.pem'),
  };
}

/**
 * The ceremony that makes the kit, all of it or nothing. It takes about a second (an RSA-3072 key).
 * @throws SealError RECOVERY_KIT_EXISTS
 */
export async function createRecoveryKit(
  operatorDir: string,
): Promise<RecoveryKitPaths & { fingerprint: string }> {
  const paths = recoveryKitPaths(operatorDir);
  if (existsSync(paths.folder))
    throw new SealError('RECOVERY_KIT_EXISTS', `${paths.folder} is there already`);
  const aside = `${paths.folder}.new`;
  rmSync(aside, { recursive: true, force: true });
  makePrivateFolder(aside);

  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: RECOVERY_KEY_BITS,
  });
  const kitId = randomBytes(KIT_ID_BYTES).toString('hex');
  const seed = new Uint8Array(randomBytes(KEY_BYTES)); // the library takes no Buffer
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
  const write = (name: string, content: string): void => replaceFile(join(aside, name), content);
  try {
    write('recovery-key.enc', encryptRecoveryKey(kitId, Buffer.from(seed.buffer), pkcs8));
    const shares = await split(seed, SHARES, THRESHOLD);
    shares.forEach((share, i) => {
      write(`share-${i + 1}.txt`, formatShare(kitId, i + 1, Buffer.from(share)));
      share.fill(0);
    });
  } finally {
    seed.fill(0);
    pkcs8.fill(0);
  }
  const pem = publicKey.export({ format: 'pem', type: 'spki' }) as string;
  const { fingerprint } = recoveryPublicKey(Buffer.from(pem));
  write('recovery-public.pem', pem);
  write('README.txt', README(kitId, fingerprint));
  renameSync(aside, paths.folder);
  syncFolder(operatorDir);
  return { ...paths, fingerprint };
}

/** What opens a kit: the contents of two share files and of recovery-key.enc. */
export interface RecoveryKitContents {
  shares: readonly string[];
  encryptedKey: string;
}

/** Reads the kit's key file and the given share files (two of them, wherever they were kept). */
export function readRecoveryKit(
  encryptedKeyFile: string,
  shareFiles: readonly string[],
): RecoveryKitContents {
  return {
    shares: shareFiles.map((path) => readFileSync(path, 'utf8')),
    encryptedKey: readFileSync(encryptedKeyFile, 'utf8'),
  };
}

/**
 * Opens the recovery private key.
 * @throws SealError RECOVERY_SHARES_INVALID, RECOVERY_KEY_INVALID
 */
export async function openRecoveryKit(kit: RecoveryKitContents): Promise<KeyObject> {
  const encrypted = parseEncryptedKey(kit.encryptedKey);
  const shares = new Map(
    kit.shares.map((text) => parseShare(text, encrypted.kitId)).map((s) => [s.number, s.bytes]),
  );
  if (shares.size < THRESHOLD) {
    throw new SealError(
      'RECOVERY_SHARES_INVALID',
      `${THRESHOLD} different shares are needed, ${shares.size} given`,
    );
  }
  const seed = Buffer.from(await combine([...shares.values()].map((share) => new Uint8Array(share))));
  const sealed = Buffer.from(encrypted.sealed, 'base64');
  const pkcs8 = decrypt(seed, Buffer.from(encrypted.iv, 'base64'), keyAad(encrypted.kitId), sealed);
  for (const secret of [seed, ...shares.values()]) secret.fill(0);
  if (pkcs8 === undefined) {
    throw new SealError(
      'RECOVERY_KEY_INVALID',
      'the shares do not open recovery-key.enc: one of the files was altered',
    );
  }
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  pkcs8.fill(0);
  return key;
}

function keyAad(kitId: string): Buffer {
  return Buffer.from(`${KEY_FORMAT} ${kitId}`);
}

/** The seed encrypts this one message in its life, so it is the key itself. */
function encryptRecoveryKey(kitId: string, seed: Buffer, pkcs8: Buffer): string {
  const iv = randomBytes(IV_BYTES);
  const sealed = Buffer.alloc(pkcs8.length + TAG_BYTES);
  encryptInto(sealed, 0, seed, iv, keyAad(kitId), pkcs8);
  const file: EncryptedRecoveryKey = {
    format: KEY_FORMAT,
    kitId,
    iv: iv.toString('base64'),
    sealed: sealed.toString('base64'),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

function parseEncryptedKey(text: string): EncryptedRecoveryKey {
  try {
    const file = JSON.parse(text) as EncryptedRecoveryKey;
    const complete = [file.kitId, file.iv, file.sealed].every((field) => typeof field === 'string');
    if (file.format === KEY_FORMAT && complete && Buffer.from(file.iv, 'base64').length === IV_BYTES)
      return file;
  } catch {
    // told below
  }
  throw new SealError('RECOVERY_KEY_INVALID', 'recovery-key.enc cannot be read');
}

/** First 4 bytes of a SHA-256, so that a slip in a copied share is told as such. A share's hash says nothing of the seed. */
function shareChecksum(kitId: string, number: number, hex: string): string {
  return createHash('sha256').update(`${SHARE_FORMAT} ${kitId} ${number} ${hex}`).digest('hex').slice(0, 8);
}

function formatShare(kitId: string, number: number, share: Buffer): string {
  const hex = share.toString('hex');
  share.fill(0);
  return [
    `Claviger recovery share ${number} of ${SHARES}. Any ${THRESHOLD} shares open the recovery kit ${kitId}; one alone says nothing.`,
    'Keep it apart from the other shares. Lines that do not begin with "claviger-" are for people only.',
    `${SHARE_FORMAT} ${kitId} ${number} ${hex} ${shareChecksum(kitId, number, hex)}`,
    '',
  ].join('\n');
}

function parseShare(text: string, kitId: string): { number: number; bytes: Buffer } {
  const line = text.split(/\r?\n/).find((candidate) => candidate.startsWith(`${SHARE_FORMAT} `)) ?? '';
  const [, kit = '', number = '', hex = '', checksum = ''] = line.trim().split(/\s+/);
  if (!/^[1-9]$/.test(number) || !/^[0-9a-f]{66}$/.test(hex)) {
    throw new SealError('RECOVERY_SHARES_INVALID', 'a share cannot be read');
  }
  if (checksum !== shareChecksum(kit, Number(number), hex)) {
    throw new SealError(
      'RECOVERY_SHARES_INVALID',
      `share ${number} was copied wrongly: its check digits do not match`,
    );
  }
  if (kit !== kitId) {
    throw new SealError(
      'RECOVERY_SHARES_INVALID',
      `share ${number} belongs to the recovery kit ${kit}, not to ${kitId}`,
    );
  }
  return { number: Number(number), bytes: Buffer.from(hex, 'hex') };
}
