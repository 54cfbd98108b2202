/** Which events the tail of the trail already holds, so that the database's outbox can be brought in without doubles. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventOf, parseRecord, segmentFirst } from './line.ts';
import { listSegments } from './recovery.ts';
import { listWriters } from './writers.ts';

/** How many of each writer's newest segments are searched: an outbox holds what the last moments before a crash left. */
const TAIL_SEGMENTS = 4;

const EVENT_ID = Buffer.from('"eventID":"');
const UUID_LENGTH = 36;

/** Those of `wanted` (event ids, UUIDs) that the newest segments of any writer hold. */
export async function eventsInTail(dir: string, wanted: ReadonlySet<string>): Promise<Set<string>> {
  const found = new Set<string>();
  if (wanted.size === 0) return found;
  for (const writer of await listWriters(dir)) {
    const folder = join(dir, writer);
    const names = (await listSegments(folder)).slice(-TAIL_SEGMENTS);
    for (const [index, name] of names.entries()) {
      const end = segmentFirst(names[index + 1] ?? '') ?? Number.POSITIVE_INFINITY;
      for (const eventId of eventsIn(await readFile(join(folder, name)), wanted, end)) found.add(eventId);
    }
  }
  return found;
}

/** Whether the newest segments of any writer hold the event. */
export async function hasEvent(dir: string, eventId: string): Promise<boolean> {
  return (await eventsInTail(dir, new Set([eventId]))).has(eventId);
}

/** @param end the next segment's first number: a record from there on was given up, and no reader shows it */
function* eventsIn(segment: Buffer, wanted: ReadonlySet<string>, end: number): Generator<string> {
  for (let at = segment.indexOf(EVENT_ID); at >= 0; at = segment.indexOf(EVENT_ID, at + 1)) {
    const start = at + EVENT_ID.length;
    const eventId = segment.toString('latin1', start, start + UUID_LENGTH);
    // An encryption context may have a member of this name, so the record itself has the last word.
    if (wanted.has(eventId) && eventIdOfLineAt(segment, at, end) === eventId) yield eventId;
  }
}

function eventIdOfLineAt(segment: Buffer, at: number, end: number): string | undefined {
  const lineEnd = segment.indexOf(0x0a, at);
  if (lineEnd < 0) return undefined;
  const record = parseRecord(segment.subarray(segment.lastIndexOf(0x0a, at) + 1, lineEnd));
  return record === undefined || record.seq >= end ? undefined : eventOf(record)?.eventID;
}
