/**
 * Which partitions own keys. The officer may not delete such a user, but cannot see its private objects (PKCS#11 2.40
 * section 2.4), so the process keeps a mark per token: set before the first key is made, taken away after the last is gone.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { removeFile, replaceFile } from '../files/durable.ts';
import { HSM_FILES } from './folder.ts';

/** @param serial the token's serial number */
function markFile(serial: string): string {
  return join(HSM_FILES.keyOwners, Buffer.from(serial).toString('hex'));
}

export function ownsKeys(serial: string): boolean {
  return existsSync(markFile(serial));
}

export function markKeyOwner(serial: string, owner: boolean): void {
  if (owner === ownsKeys(serial)) return;
  if (owner) replaceFile(markFile(serial), '');
  else removeFile(markFile(serial));
}
