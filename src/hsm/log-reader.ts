/** Reading the HSM's log: a range of it for delivery, and the proof that nothing in it was altered, removed or reordered. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { HsmLogEntry } from '../rpc/hsm-messages.ts';
import { listSegments, segmentName } from './log.ts';
import { FIRST_CHAIN, nextChain, parseLine, splitLine } from './log-format.ts';

export type LogVerdict =
  | { intact: true; entries: number; lastChain: string }
  | { intact: false; segment: string; line: number; reason: string };

/**
 * Reads the whole log and recomputes its chain. A log that was cut off at its end is intact as far as it goes: compare
 * `entries` and `lastChain` with what was known before.
 * @param dir the folder of the segments
 */
export async function verifyHsmLog(dir: string): Promise<LogVerdict> {
  let chain = FIRST_CHAIN;
  let sequence = 0;
  for (const segment of listSegments(dir)) {
    let line = 0;
    const broken = (reason: string): LogVerdict => ({ intact: false, segment, line, reason });
    if (segment !== segmentName(sequence)) return broken('entries before this segment are missing');
    for await (const text of lines(join(dir, segment))) {
      line += 1;
      const parts = splitLine(text);
      const entry = parseLine(text);
      if (parts === undefined || entry === undefined) return broken('not a log entry');
      if (entry.sequence !== sequence)
        return broken(`sequence ${entry.sequence} stands where ${sequence} should`);
      chain = nextChain(chain, parts.content);
      if (chain !== parts.chain) return broken('the chain value is not that of the entries up to here');
      sequence += 1;
    }
  }
  return { intact: true, entries: sequence, lastChain: chain };
}

async function* lines(path: string, start = 0): AsyncGenerator<string, void, undefined> {
  const input = createReadStream(path, { encoding: 'latin1', start });
  try {
    yield* createInterface({ input, crlfDelay: Infinity });
  } finally {
    input.destroy(); // closing the line reader does not
  }
}

/** Entries per answer at most. */
const MAX_ENTRIES = 5000;

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
    for (let at = segments.findLastIndex((name) => Number(name.slice(0, 20)) <= from); ; at++) {
      const segment = segments[at];
      if (segment === undefined || found.length >= wanted) return found;
      const resume = known?.segment === segment && known.sequence <= from ? known : undefined;
      let offset = resume?.offset ?? 0;
      let sequence = resume?.sequence ?? Number(segment.slice(0, 20));
      for await (const line of lines(join(dir, segment), offset)) {
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
