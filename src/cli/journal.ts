/** The journal of a data folder, for the commands that read it. */
import { join } from 'node:path';
import { listWriters } from '../audit/writers.ts';
import { dataFolder } from '../supervisor/installation.ts';

/**
 * @returns its folder
 * @throws Error when nothing was ever written there: of a mistyped folder, or of a journal that somebody removed, nobody may
 *   be told that it is whole
 */
export async function journalOf(data: string): Promise<string> {
  const journal = join(dataFolder(data).server, 'audit');
  if ((await listWriters(journal)).length === 0) throw new Error(`there is no journal in ${journal}`);
  return journal;
}
