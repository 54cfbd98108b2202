/** Where a writer goes on after a restart, and what a crash left behind. */
import { open, readFile, readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { readHead } from './head.ts';
import { genesis, headerPrevious, parseRecord, segmentFirst } from './line.ts';
import type { Position } from './line.ts';

/** File names of a writer's segments, oldest first; none when the folder does not exist. */
export async function listSegments(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return [];
  });
  return names.filter((name) => segmentFirst(name) !== undefined).sort();
}

/**
 * The position after the last record that a writer's folder holds.
 *
 * A line without its end, which a crash in the middle of a write leaves, is cut off: its append was never acknowledged.
 * All whole lines stay, damaged ones too: they may have been acknowledged, and verifyJournal is to find what is wrong with
 * them. When the head file knows more than the segments hold, the tail was lost; the numbers go on after the head, so
 * that the gap stays visible.
 *
 * @throws the file system's errors: without the old segments no chain can be continued
 */
export async function recover(folder: string, writer: string): Promise<Position> {
  const head = await readHead(folder);
  const names = await listSegments(folder);
  let before = Number.POSITIVE_INFINITY;
  let position = genesis(writer);
  for (const name of names.reverse()) {
    const found = await lastOf(join(folder, name), segmentFirst(name) as number, before);
    if (found !== undefined) {
      position = found;
      break;
    }
    before = segmentFirst(name) as number; // not even a header was written: the one before says where it was to start
  }
  return head !== undefined && head.seq > position.seq ? head : position;
}

/** The last position below `before` that a segment knows of, or undefined when it holds neither record nor header. */
async function lastOf(path: string, first: number, before: number): Promise<Position | undefined> {
  const bytes = await readFile(path);
  const wholeLines = bytes.lastIndexOf(0x0a) + 1;
  if (wholeLines < bytes.length && before === Number.POSITIVE_INFINITY) await truncate(path, wholeLines);
  await syncFile(path); // a crash may have come between write and sync; what is now counted on must be durable
  let end = wholeLines - 1;
  while (end > 0) {
    const start = bytes.lastIndexOf(0x0a, end - 1) + 1;
    const line = bytes.subarray(start, end);
    const record = parseRecord(line);
    if (record !== undefined && record.seq < before) return { seq: record.seq, chain: record.chain };
    if (start === 0) {
      const previous = headerPrevious(line);
      return previous === undefined || first > before ? undefined : { seq: first - 1, chain: previous };
    }
    end = start - 1;
  }
  return undefined;
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}
