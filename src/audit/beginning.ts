/** Since when the journals of a folder tell of everything: their oldest records may have been removed by right (retention.ts). */
import { join } from 'node:path';
import { eventOf, segmentFirst } from './line.ts';
import { readPublicKeys } from './public-keys.ts';
import { listSegments } from './recovery.ts';
import { JournalTail } from './tail.ts';
import { readTombstones } from './tombstones.ts';
import { listWriters } from './writers.ts';

/**
 * The time of the oldest record behind which nothing was removed by right, in whichever journal that is latest; undefined when
 * nothing of `from` or later was. Records that are gone without a signed tombstone are not gone by right.
 * @param from milliseconds since 1970, as is the answer
 */
export async function journalBeginning(dir: string, from: number): Promise<number | undefined> {
  let beginning: number | undefined;
  for (const writer of await listWriters(dir)) {
    const folder = join(dir, writer);
    const [oldest] = await listSegments(folder);
    const first = segmentFirst(oldest ?? '') ?? 1;
    if (first === 1) continue;
    const begins = await timeOf(dir, writer, first);
    if (begins !== undefined && begins < from) continue;
    const { end, newest } = await readTombstones(folder, writer, await readPublicKeys(dir, 'checkpoint'));
    if (newest === undefined || end.seq < first - 1) continue;
    beginning = Math.max(beginning ?? 0, begins ?? Date.parse(newest.time));
  }
  return beginning;
}

/** When a record, or the first one after it, was made; undefined when there is none, or it does not say. */
async function timeOf(dir: string, writer: string, seq: number): Promise<number | undefined> {
  const [record] = await new JournalTail(dir, { [writer]: seq - 1 }).read({ [writer]: Infinity }, 1, 0);
  const event = record === undefined ? undefined : eventOf({ event: record.bytes });
  const time = Date.parse(event?.eventTime ?? '');
  return Number.isNaN(time) ? undefined : time;
}
