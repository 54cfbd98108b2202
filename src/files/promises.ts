/** As durable.ts, without anybody having to wait. */
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

interface ReplaceOptions {
  /** Whatever the umask says; 0600, or less by the umask, when undefined. */
  mode?: number;
  /** Ends the name of the draft: another one for each writer where there may be several at once. */
  draft?: string;
}

/** Creates or replaces the file as a whole: after a crash it has the old bytes or the new ones. On return it is on disk. */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  { mode, draft = 'new' }: ReplaceOptions = {},
): Promise<void> {
  const aside = `${path}.${draft}`;
  try {
    const file = await open(aside, 'w', mode ?? 0o600);
    try {
      if (mode !== undefined) await file.chmod(mode);
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined); // what failed first is what is told
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes creations, renames and removals in the folder survive a loss of power. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
