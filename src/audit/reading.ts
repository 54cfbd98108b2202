/** Reading the trail: all writers' journals as one sequence of events in order of time, once or as they come in. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudTrailEvent } from './event.ts';
import { eventOf, parseRecord, segmentFirst } from './line.ts';
import { listSegments } from './recovery.ts';
import { splitLines, wholeLines } from './segment-lines.ts';
import { listWriters } from './writers.ts';

export interface JournalRecord {
  writer: string;
  seq: number;
  chain: string;
  /** The event's exact bytes, as the chain covers them. */
  bytes: Buffer;
  event: CloudTrailEvent;
}

export interface ReadOptions {
  /** Only events of this time or later; a number is milliseconds since 1970. */
  from?: Date | number;
  /** Only events of this time or earlier. */
  to?: Date | number;
  /** For each writer the number of the last record that the reader already has. */
  after?: Readonly<Record<string, number>>;
  /** Told an event's bytes before they are parsed, which is most of what reading costs; all are wanted when undefined. */
  wants?: (event: Buffer) => boolean;
}

/** Within one journal, events are in the order in which they became durable: while no clock is set, at most this far from that of their times. */
const DISORDER_MS = 60_000;

/**
 * The records of all writers, merged by time (whole seconds; ties by writer). Records too damaged to be read are left
 * out, as are those that were never acknowledged; verifyJournal names what is damaged.
 */
export async function* readJournal(dir: string, options: ReadOptions = {}): AsyncGenerator<JournalRecord> {
  const streams = (await listWriters(dir)).map((writer) => recordsOf(new WriterCursor(dir, writer, options)));
  const next = await Promise.all(streams.map((stream) => stream.next()));
  for (;;) {
    let first = -1;
    let earliest: JournalRecord | undefined;
    for (const [index, { value }] of next.entries()) {
      const record = value as JournalRecord | undefined;
      if (record === undefined) continue;
      if (earliest !== undefined && earliest.event.eventTime <= record.event.eventTime) continue;
      [first, earliest] = [index, record];
    }
    if (earliest === undefined) return;
    yield earliest;
    next[first] = await (streams[first] as AsyncGenerator<JournalRecord>).next();
  }
}

/** As {@link readJournal}, many at once and one writer after the other, for readers who need no order. */
export async function* readJournalBatches(
  dir: string,
  options: ReadOptions = {},
): AsyncGenerator<JournalRecord[]> {
  for (const writer of await listWriters(dir)) yield* batchesOf(new WriterCursor(dir, writer, options));
}

/** As {@link readJournal}, and then every record that comes in, until the signal is aborted. Looks every `pollMs`. */
export async function* followJournal(
  dir: string,
  options: ReadOptions & { signal: AbortSignal; pollMs?: number },
): AsyncGenerator<JournalRecord> {
  const cursors = new Map<string, WriterCursor>();
  while (!options.signal.aborted) {
    const fresh: JournalRecord[] = [];
    for (const writer of await listWriters(dir)) {
      const cursor = cursors.get(writer) ?? new WriterCursor(dir, writer, options);
      cursors.set(writer, cursor);
      for await (const record of recordsOf(cursor)) fresh.push(record);
    }
    fresh.sort((a, b) =>
      a.event.eventTime < b.event.eventTime ? -1 : Number(a.event.eventTime > b.event.eventTime),
    );
    yield* fresh;
    await sleep(options.pollMs ?? 250, undefined, { signal: options.signal }).catch(() => undefined);
  }
}

async function* recordsOf(cursor: WriterCursor): AsyncGenerator<JournalRecord> {
  for await (const batch of batchesOf(cursor)) yield* batch;
}

async function* batchesOf(cursor: WriterCursor): AsyncGenerator<JournalRecord[]> {
  for (let batch = await cursor.read(); batch !== undefined; batch = await cursor.read()) yield batch;
}

const TIME_MEMBER = '"eventTime":"';

/** When an event happened, NaN when it does not plainly say; costs a tenth of parsing it, which readers of some minutes of a segment feel. */
function timeIn(event: Buffer): number {
  const at = event.indexOf(TIME_MEMBER) + TIME_MEMBER.length;
  return at < TIME_MEMBER.length ? Number.NaN : Date.parse(event.toString('latin1', at, at + 20));
}

/** Reads one writer's journal piece by piece, remembers where it was, and can go on when there is more. */
class WriterCursor {
  readonly #folder: string;
  readonly #writer: string;
  readonly #from: number;
  readonly #to: number;
  readonly #wants: ReadOptions['wants'];
  #seq: number;
  #segment: string | undefined;
  #offset = 0;

  constructor(dir: string, writer: string, options: ReadOptions) {
    this.#folder = join(dir, writer);
    this.#writer = writer;
    this.#from = Number(options.from ?? Number.NEGATIVE_INFINITY);
    this.#to = Number(options.to ?? Number.POSITIVE_INFINITY);
    this.#wants = options.wants;
    this.#seq = options.after?.[writer] ?? 0;
  }

  /**
   * The next records, possibly none of a piece; undefined at the journal's present end, and at the end of a segment whose successor
   * begins too late. Before that, a record that is too late says nothing of those behind it: the clock may have been set back.
   */
  async read(): Promise<JournalRecord[] | undefined> {
    const segments = await listSegments(this.#folder);
    this.#segment ??= await this.#firstSegment(segments);
    if (this.#segment === undefined) return undefined;
    const next = segments[segments.indexOf(this.#segment) + 1];
    const lines = await wholeLines(join(this.#folder, this.#segment), this.#offset);
    if (lines.length === 0) {
      if (next === undefined || (await this.#timeOfFirst(next)) > this.#to + DISORDER_MS) return undefined;
      [this.#segment, this.#offset] = [next, 0];
      return [];
    }
    this.#offset += lines.length;
    return this.#records(
      lines,
      next === undefined ? Number.POSITIVE_INFINITY : (segmentFirst(next) as number),
    );
  }

  /** @param end the next segment's first number: what this one holds from there on was never acknowledged */
  #records(lines: Buffer, end: number): JournalRecord[] {
    const records: JournalRecord[] = [];
    for (const line of splitLines(lines)) {
      const record = parseRecord(line);
      if (record === undefined || record.seq <= this.#seq || record.seq >= end) continue;
      if (this.#isOutside(record.event) || this.#wants?.(record.event) === false) {
        this.#seq = record.seq;
        continue;
      }
      const event = eventOf(record);
      if (event === undefined) continue;
      this.#seq = record.seq;
      if (!this.#isWithin(Date.parse(event.eventTime))) continue;
      records.push({
        writer: this.#writer,
        seq: record.seq,
        chain: record.chain,
        bytes: record.event,
        event,
      });
    }
    return records;
  }

  /** Whether an event is plainly not of the range: it is then passed over unparsed. */
  #isOutside(event: Buffer): boolean {
    const time = this.#hasRange ? timeIn(event) : Number.NaN;
    return !Number.isNaN(time) && !this.#isWithin(time);
  }

  /** Event times are whole seconds: the one that began before `from` and ends after it counts. */
  #isWithin(time: number): boolean {
    return time > this.#from - 1000 && time <= this.#to;
  }

  get #hasRange(): boolean {
    return this.#from !== Number.NEGATIVE_INFINITY || this.#to !== Number.POSITIVE_INFINITY;
  }

  /**
   * The oldest segment that can hold something wanted: the newest that begins early enough. It is looked for from the end, where most
   * readers begin, or each of them would open all the segments there ever were.
   */
  async #firstSegment(segments: readonly string[]): Promise<string | undefined> {
    for (const name of segments.slice(1).reverse()) {
      const isRead = (segmentFirst(name) as number) <= this.#seq + 1;
      if (isRead || (await this.#timeOfFirst(name)) < this.#from - DISORDER_MS) return name;
    }
    return segments[0];
  }

  /** When the first readable record of a segment was made; NaN when there is none, or no time is asked for. */
  async #timeOfFirst(name: string): Promise<number> {
    if (!this.#hasRange) return Number.NaN;
    for (const line of splitLines(await wholeLines(join(this.#folder, name), 0))) {
      const record = parseRecord(line);
      const event = record === undefined ? undefined : eventOf(record);
      if (event !== undefined) return Date.parse(event.eventTime);
    }
    return Number.NaN;
  }
}
