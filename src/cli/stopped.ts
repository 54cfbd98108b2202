/** Commands that change what a running Claviger uses wait for nobody: they refuse while one runs. */
import { lockFile } from '../native/addon.ts';
import type { DataFolder } from '../supervisor/installation.ts';

/**
 * Keeps Claviger from being started on the data folder until this process ends.
 * @throws Error while it runs, or when the lock file cannot be opened
 */
export function requireStopped(folder: DataFolder): void {
  try {
    lockFile(folder.lock);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
    throw new Error('Claviger runs for this data folder: stop it first', { cause: error });
  }
}
