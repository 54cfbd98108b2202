/** Copies folders whose files others are writing to, so that the copy is one that a crash could have left. */
import type { Stats } from 'node:fs';
import { chmod, chown, copyFile, lstat, mkdir, open, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';

export interface Copied {
  files: number;
  bytes: number;
}

/** Files that only grow. They come last: what stands beside them says how far they have come, and must not say more than they hold. */
const GROWING = /^(journal-\d+|\d{20})\.log$/;
/** Public keys are there before the first signature under them. */
const LAST = /^keys.*\.json$/;
/** Of processes that run, and of files that are being made. */
const PASSING = /^(\.?lock|.+\.(lock|new|draft)|listening\.json)$/;

/** What was copied does not belong together: it has to be copied again. */
export class ChangedMeanwhile extends Error {
  constructor(what: string) {
    super(`${what} while it was copied`);
    this.name = 'ChangedMeanwhile';
  }
}

/**
 * Copies a file or all that is below a folder, with owners and rights, each file synced.
 * @param skip whether a path (relative to `from`; '' is itself) is left out, with all below it
 * @throws ChangedMeanwhile when one of the files that grow was removed; others may go at any time
 */
export async function copyTree(
  from: string,
  to: string,
  skip: (path: string) => boolean = () => false,
): Promise<Copied> {
  const copied: Copied = { files: 0, bytes: 0 };
  const files: string[] = [];
  const walk = async (path: string): Promise<void> => {
    const stats = await ifThere(lstat(join(from, path)));
    if (stats === undefined || skip(path) || PASSING.test(basename(path))) return;
    if (stats.isFile()) files.push(path);
    if (!stats.isDirectory()) return;
    await mkdir(join(to, path), { recursive: true, mode: 0o700 });
    await giveTo(join(to, path), stats);
    for (const name of (await ifThere(readdir(join(from, path)))) ?? []) await walk(join(path, name));
  };
  await walk('');
  for (const path of files.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))) {
    const bytes = await copyOne(join(from, path), join(to, path));
    if (bytes === undefined && rank(path) > 0) throw new ChangedMeanwhile(`${path} was removed`);
    if (bytes === undefined) continue;
    copied.files += 1;
    copied.bytes += bytes;
  }
  return copied;
}

function rank(path: string): number {
  const name = basename(path);
  if (LAST.test(name)) return 2;
  return GROWING.test(name) ? 1 : 0;
}

/** @returns its length; undefined when it is not there any more */
async function copyOne(from: string, to: string): Promise<number | undefined> {
  const stats = await ifThere(lstat(from));
  if (stats === undefined || (await ifThere(copyFile(from, to).then(() => true))) === undefined)
    return undefined;
  await giveTo(to, stats);
  const file = await open(to, 'r');
  try {
    await file.sync();
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

/** Only root can give a file to somebody else; for others all files are theirs anyway. */
async function giveTo(path: string, { uid, gid, mode }: Stats): Promise<void> {
  if (process.getuid?.() === 0) await chown(path, uid, gid);
  await chmod(path, mode & 0o777);
}

async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
