/** Files that are whole or not there, whatever stops the machine: written aside, synced, renamed, folder synced. */
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

/** Replaces the file atomically and durably. */
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
