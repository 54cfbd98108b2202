/** The writers whose journals a folder holds. */
import { readdir } from 'node:fs/promises';

/** Names of the writers' folders, sorted; none when the folder does not exist yet. */
export async function listWriters(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return [];
  });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}
