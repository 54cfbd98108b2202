/** Reading uses of keys from the copies of the HSMs' logs. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { wholeLines } from '../audit/segment-lines.ts';
import { listSegments } from '../hsm-log/segments.ts';
import { listGenerations } from '../hsm-trail/log-copy.ts';
import type { Use } from './records.ts';

/** Segments that begin further outside of a range than this are not read; in those that are, a clock may have been set by any time. */
const DISORDER_MS = 60_000;

const USE =
  /^(\d+) (\d+) USE_KEY \d+ (\d+)(?: key=([0-9a-f]{32}))? verb=(\w+) request=([0-9a-f]{32}) [0-9a-f]{64}$/;

/** @param line of an HSM's log @returns undefined when it is no use of a key */
export function parseUse(line: string, hsmId: string): Use | undefined {
  const parts = USE.exec(line);
  if (parts === null) return undefined;
  const [, sequence, micros, response, materialId = '', verb, requestId] = parts as unknown as string[];
  return {
    requestId: requestId as string,
    timeAt: Math.floor(Number(micros) / 1000),
    hsmId,
    sequence: Number(sequence),
    verb: verb as string,
    succeeded: response === '0',
    materialId,
  };
}

/**
 * Uses of one HSM from `from` to `to` (milliseconds since 1970, both included), in the order of the log, many at once: the log is the
 * longer of the two trails, and one at a time costs more than looking at it.
 */
export async function* readUses(
  folder: string,
  hsmId: string,
  range: { from: number; to: number },
): AsyncGenerator<Use[]> {
  for (const { dir } of listGenerations(folder, hsmId)) {
    for (const segment of await segmentsOf(dir, range)) yield* usesIn(join(dir, segment), hsmId, range);
  }
}

/** Segments that can hold entries of a range, found from the end: the copies are kept for good, and most ranges are near it. */
async function segmentsOf(dir: string, { from, to }: { from: number; to: number }): Promise<string[]> {
  const found: string[] = [];
  const isLate = (time: number): boolean => time > to + DISORDER_MS;
  let next = Number.NaN; // when the segment behind begins: after the newest one, entries of any time may come
  for (const segment of listSegments(dir).reverse()) {
    const begins = await firstTime(join(dir, segment));
    if (!isLate(begins) || !isLate(next)) found.push(segment);
    if (begins < from - DISORDER_MS) break;
    next = begins;
  }
  return found.reverse();
}

async function* usesIn(
  path: string,
  hsmId: string,
  { from, to }: { from: number; to: number },
): AsyncGenerator<Use[]> {
  for (let offset = 0; ;) {
    const bytes = await wholeLines(path, offset);
    if (bytes.length === 0) return;
    offset += bytes.length;
    const uses: Use[] = [];
    for (const line of bytes.toString('latin1', 0, bytes.length - 1).split('\n')) {
      const timeAt = timeOf(line);
      if (timeAt < from || timeAt > to) continue;
      const use = parseUse(line, hsmId);
      if (use !== undefined) uses.push(use);
    }
    yield uses;
  }
}

function timeOf(line: string): number {
  const start = line.indexOf(' ') + 1;
  return Number(line.slice(start, line.indexOf(' ', start))) / 1000;
}

async function firstTime(path: string): Promise<number> {
  const input = createReadStream(path, { encoding: 'latin1', end: 4095 });
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) return timeOf(line);
    return Number.POSITIVE_INFINITY;
  } finally {
    input.destroy();
  }
}
