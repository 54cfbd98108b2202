/** The crypto process's folder: what lies where, and who owns it. */
import { closeSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { lockFile } from '../native/addon.ts';
import { makePrivateFolder, replaceFile } from '../files/durable.ts';
import { SealError } from '../seal/seal.ts';

export function domainKeysPath(dir: string): string {
  return join(dir, 'domain-keys');
}

export function systemHsmPath(dir: string): string {
  return join(dir, 'system-hsm');
}

/**
 * Remembers that domain keys were made here: when their file is missing at a later start, that is a loss to repair and not
 * a first start.
 */
export function markInUse(dir: string): void {
  if (!wasInUse(dir))
    replaceFile(join(dir, 'in-use'), 'This key store has domain keys. Do not remove this file.\n');
}

export function wasInUse(dir: string): boolean {
  return existsSync(join(dir, 'in-use'));
}

/**
 * Takes the folder (made 0700 when missing) for this process, until it ends or calls what this returns.
 * @throws SealError FOLDER_IN_USE
 */
export function lockFolder(dir: string): () => void {
  makePrivateFolder(dir);
  try {
    const descriptor = lockFile(join(dir, 'lock'));
    return () => closeSync(descriptor);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
    throw new SealError('FOLDER_IN_USE', `another process uses the folder ${dir}`);
  }
}
