/**
 * src/files: files that are whole or not there, whatever stops the machine: written aside, synced, renamed, folder synced
 * (rename(2) is atomic, but durable only once its folder is synced). Here all is synchronous, for steps that nothing may come
 * between; promises.ts has what others need not wait for. What must not be here: what the files are about.
 */
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Creates or replaces the file as a whole: after a crash it has the old bytes or the new ones. */
export function replaceFile(path: string, content: Buffer | string, mode = 0o600): void {
  const aside = `${path}.new`;
  writeSynced(aside, content, mode);
  renameSync(aside, path);
  syncFolder(dirname(path));
}

/**
 * Creates the file with its content at once: whoever opens it finds all of it.
 * @returns false when the file was there already (it is left alone)
 */
export function createFile(path: string, content: Buffer, mode = 0o600): boolean {
  const aside = `${path}.${process.pid}.new`;
  writeSynced(aside, content, mode);
  try {
    linkSync(aside, path); // unlike rename, it fails when the name is taken
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    unlinkSync(aside);
  }
  syncFolder(dirname(path));
  return true;
}

/** Removes a file that may be missing. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  syncFolder(dirname(path));
}

/** Makes what was written to the file survive a loss of power. */
export function syncFile(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes creations, renames and removals in the folder survive a loss of power. */
export function syncFolder(path: string): void {
  syncFile(path);
}

/** A folder that only its owner may enter, made with its parents when missing. */
export function makePrivateFolder(path: string): void {
  if (mkdirSync(path, { recursive: true, mode: 0o700 }) !== undefined) syncFolder(dirname(path));
}

function writeSynced(path: string, content: Buffer | string, mode: number): void {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(content, 'utf8');
  const file = openSync(path, 'w', mode);
  try {
    let at = 0;
    while (at < bytes.length) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
