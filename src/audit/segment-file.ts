/** The few file system calls that a journal's durability rests on; an argument of the journal, so that tests can break them. */
import { close, constants, open, write } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { syncFolder } from '../files/promises.ts';

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

/** With O_DSYNC a write ends when its bytes are on stable storage (open(2)): one way through a thread, and not two as with fdatasync. */
const { O_APPEND, O_CREAT, O_DSYNC, O_EXCL, O_WRONLY } = constants;
const NEW_AND_DURABLE = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_DSYNC;

/**
 * A segment file on a local file system. A file whose synchronous write failed may have lost pages that a later one
 * reports as written (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020): so a journal
 * goes on in a new file, never in the same one.
 */
export const createSegmentFile: CreateSegment = async (path) => {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  const file = await openFile(path, NEW_AND_DURABLE, 0o600);
  try {
    await syncFolder(dirname(path));
  } catch (error) {
    await closeFile(file);
    throw error;
  }
  return {
    commit: (bytes) => writeAll(file, bytes),
    close: () => closeFile(file),
  };
};

function writeAll(file: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    write(file, bytes, (error, written) => {
      if (error !== null) reject(error);
      else if (written === bytes.length) resolve();
      else writeAll(file, bytes.subarray(written)).then(resolve, reject); // a nearly full disk takes a part
    });
  });
}
