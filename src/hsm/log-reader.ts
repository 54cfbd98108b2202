/** Reading ranges of the HSM's own log while it is written: as entries for people's tools, as text for delivery. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { HsmLogEntry } from '../rpc/hsm-messages.ts';
import { parseLine } from '../hsm-log/line.ts';
import { linesOf, listSegments, segmentStart } from '../hsm-log/segments.ts';

/** Entries per answer at most. */
const MAX_ENTRIES = 5000;
/** Bytes per answer at most; a frame of the RPC takes a few times as many. */
const MAX_TEXT_BYTES = 512 * 1024;
const SEARCH_BYTES = 1024 * 1024;
/** Longer than any line. */
const LINE_BYTES = 4096;

/** Where a reader stopped, so that the next call of one who reads on need not search. */
interface Place {
  segment: string;
  sequence: number;
  offset: number;
}

/** @returns entries from sequence `from` on, at most `limit`; none when the log ends before */
export type LogReader = (from: number, limit: number) => Promise<HsmLogEntry[]>;

export function createLogReader(dir: string): LogReader {
  let known: Place | undefined;
  return async (from, limit) => {
    const wanted = Math.min(limit, MAX_ENTRIES);
    const segments = listSegments(dir);
    const found: HsmLogEntry[] = [];
    for (let at = segments.findLastIndex((name) => segmentStart(name) <= from); ; at++) {
      const segment = segments[at];
      if (segment === undefined || found.length >= wanted) return found;
      const resume = known?.segment === segment && known.sequence <= from ? known : undefined;
      let offset = resume?.offset ?? 0;
      let sequence = resume?.sequence ?? segmentStart(segment);
      for await (const line of linesOf(join(dir, segment), offset)) {
        if (found.length >= wanted) break;
        const entry = sequence < from ? undefined : parseLine(line);
        if (sequence >= from && entry === undefined) break; // a line that is being written
        if (entry !== undefined) found.push(entry);
        offset += line.length + 1;
        sequence += 1;
      }
      known = { segment, sequence, offset };
    }
  };
}

/**
 * @param from sequence number of the first line wanted
 * @param end sequence number before which to stop
 * @returns whole lines of one segment
 */
export type LogTextReader = (from: number, end: number, maxBytes: number) => Promise<string>;

/** Reads raw bytes and counts line feeds, nothing more: the HSM has better things to do than to parse its own log. */
export function createLogTextReader(dir: string): LogTextReader {
  let known: Place | undefined;
  return async (from, end, maxBytes) => {
    const segment = listSegments(dir).findLast((name) => segmentStart(name) <= from);
    if (segment === undefined || from >= end) return '';
    const file = await open(join(dir, segment), 'r');
    const readAt = async (offset: number, size: number): Promise<Buffer> => {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(size), 0, size, offset);
      return buffer.subarray(0, bytesRead);
    };
    try {
      const resume = known?.segment === segment && known.sequence <= from ? known : undefined;
      let { offset, sequence } = resume ?? { offset: 0, sequence: segmentStart(segment) };
      while (sequence < from) {
        const { bytes, lines } = wholeLines(await readAt(offset, SEARCH_BYTES), from - sequence);
        if (lines === 0) return '';
        offset += bytes;
        sequence += lines;
      }
      const size = Math.max(LINE_BYTES, Math.min(maxBytes, MAX_TEXT_BYTES));
      const chunk = await readAt(offset, size);
      const { bytes, lines } = wholeLines(chunk, end - from);
      known = { segment, sequence: from + lines, offset: offset + bytes };
      return chunk.toString('latin1', 0, bytes);
    } finally {
      await file.close();
    }
  };
}

/** How many whole lines `chunk` begins with, at most `most`, and how many bytes they take. */
function wholeLines(chunk: Buffer, most: number): { bytes: number; lines: number } {
  let bytes = 0;
  let lines = 0;
  while (lines < most) {
    const end = chunk.indexOf(0x0a, bytes);
    if (end < 0) break;
    bytes = end + 1;
    lines += 1;
  }
  return { bytes, lines };
}
