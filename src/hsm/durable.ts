/**
 * Files that survive power loss: written beside their place, synced, renamed, and their folder synced (rename(2) is atomic,
 * but durable only once its folder is). All synchronous: what is done here is part of one step that nothing may interleave.
 */
import { closeSync, fsyncSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Syncs a file's or a folder's content. */
export function sync(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Creates or replaces a file as a whole: after a crash it has the old bytes or the new ones. */
export function writeDurably(path: string, content: string | Buffer, mode = 0o600): void {
  const draft = `${path}.new`;
  const fd = openSync(draft, 'w', mode);
  try {
    const bytes = Buffer.from(content);
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(draft, path);
  sync(dirname(path));
}

/** Removes a file that may be missing. */
export function removeDurably(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  sync(dirname(path));
}
