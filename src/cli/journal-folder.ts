/** Where the commands of `claviger audit` find the journal. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { dataFolder } from '../supervisor/installation.ts';

/**
 * The folder with the journal. One that is not there, or has nothing in it, is no whole and unaltered trail: somebody named
 * another folder, or took everything away.
 * @throws Error
 */
export function journalFolder(data: string): string {
  const folder = join(dataFolder(data).server, 'audit');
  if (existsSync(folder) && readdirSync(folder).length > 0) return folder;
  throw new Error(`there is no audit trail in ${folder} (--data names the data folder)`);
}
