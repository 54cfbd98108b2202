/** The few file system calls that a journal's durability rests on; an argument of the journal, so that tests can break them. */
import { close, fdatasync, ftruncate, open, write } from 'node:fs';
import { open as openHandle, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

/** A segment that is being written. After a rejected commit it must not be used again, only closed. */
export interface SegmentFile {
  /** Resolves when all the bytes, behind those of earlier commits, are on stable storage. Never called concurrently. */
  commit(bytes: Buffer): Promise<void>;
  close(): Promise<void>;
}

/** Creates a new file, replacing one of that name, such that its name is durable too. */
export type CreateSegment = (path: string) => Promise<SegmentFile>;

const openFile = promisify(open);
const closeFile = promisify(close);
const sync = promisify(fdatasync);
const truncate = promisify(ftruncate);

/**
 * Room that is written ahead of the records, as zeros: a commit then overwrites bytes that are there, and fdatasync need not
 * write a new file size, which takes half its time and CPU (docs/performance.md). Readers take what follows the last line
 * feed for nothing.
 */
const ROOM = Buffer.alloc(256 * 1024);

/**
 * A segment file on a local file system. A file whose fdatasync failed may have lost pages that a second fdatasync
 * reports as written (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020): so a journal
 * goes on in a new file, never in the same one.
 */
export const createSegmentFile: CreateSegment = async (path) => {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  const file = await openFile(path, 'wx', 0o600);
  try {
    await syncFolder(dirname(path));
  } catch (error) {
    await closeFile(file);
    throw error;
  }
  let end = 0;
  let allocated = 0;
  return {
    commit: async (bytes) => {
      if (end + bytes.length > allocated) {
        allocated = Math.max(allocated, end);
        allocated += await makeRoom(file, allocated);
      }
      await writeAll(file, bytes, end);
      await sync(file);
      end += bytes.length;
    },
    close: async () => {
      await truncate(file, end).catch(() => undefined); // zeros at the end harm nobody
      await closeFile(file);
    },
  };
};

/** Best effort: on a full disk the records themselves may still fit. @returns bytes of room that were made */
async function makeRoom(file: number, from: number): Promise<number> {
  try {
    await writeAll(file, ROOM, from);
    return ROOM.length;
  } catch {
    await truncate(file, from).catch(() => undefined); // the disk is full: what is left is for records and the head file
    return 0;
  }
}

function writeAll(file: number, bytes: Buffer, position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    write(file, bytes, 0, bytes.length, position, (error, written) => {
      if (error !== null) reject(error);
      else if (written === bytes.length) resolve();
      else writeAll(file, bytes.subarray(written), position + written).then(resolve, reject); // a nearly full disk takes a part
    });
  });
}

/** Makes the names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await openHandle(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
