/**
 * Following all journals of a folder by position, for readers that keep a place of their own: the event history, deliveries
 * of trails, further sinks. Records come as their exact bytes; who needs members parses them.
 */
import { join } from 'node:path';
import { parseRecord, segmentFirst } from './line.ts';
import { listSegments } from './recovery.ts';
import { splitLines, wholeLines } from './segment-lines.ts';
import { listWriters } from './writers.ts';

/** For each writer the number of its last record that counts. */
export type Positions = Readonly<Record<string, number>>;

export interface RawRecord {
  writer: string;
  seq: number;
  /** The event's exact bytes. */
  bytes: Buffer;
}

export class JournalTail {
  readonly #dir: string;
  readonly #after: Positions;
  readonly #writers = new Map<string, WriterTail>();

  /** @param after where the reader stands; writers that it does not name are read from their first record */
  constructor(dir: string, after: Positions) {
    this.#dir = dir;
    this.#after = after;
  }

  /** Where the reader stands after all that was read. */
  get positions(): Positions {
    const read = [...this.#writers].map(([name, writer]): [string, number] => [name, writer.seq]);
    return { ...this.#after, ...Object.fromEntries(read) };
  }

  /**
   * The next records, of one writer and about a megabyte at most; none when there are no more.
   * @param limits last record to read of each writer: for living ones the last that is durable, since what a journal holds
   *   beyond it may yet be given up
   * @param most records at most
   * @param others the limit of writers that `limits` does not name
   */
  async read(limits: Positions, most = Infinity, others = Infinity): Promise<RawRecord[]> {
    for (const name of await listWriters(this.#dir)) {
      let writer = this.#writers.get(name);
      if (writer === undefined) {
        writer = new WriterTail(join(this.#dir, name), name, this.#after[name] ?? 0);
        this.#writers.set(name, writer);
      }
      const records = await writer.read(limits[name] ?? others, most);
      if (records.length > 0) return records;
    }
    return [];
  }
}

/** One writer's journal from a record on. */
class WriterTail {
  readonly #folder: string;
  readonly #name: string;
  seq: number;
  #segment: string | undefined;
  #offset = 0;

  constructor(folder: string, name: string, after: number) {
    this.#folder = folder;
    this.#name = name;
    this.seq = after;
  }

  async read(last: number, most: number): Promise<RawRecord[]> {
    while (this.seq < last) {
      const segments = await listSegments(this.#folder);
      if (this.#segment === undefined || !segments.includes(this.#segment)) {
        [this.#segment, this.#offset] = [this.#segmentOf(segments), 0]; // retention may have taken the one that was read
      }
      if (this.#segment === undefined) return [];
      const following = segments[segments.indexOf(this.#segment) + 1];
      const lines = await wholeLines(join(this.#folder, this.#segment), this.#offset);
      if (lines.length === 0) {
        if (following === undefined) return [];
        [this.#segment, this.#offset] = [following, 0];
        continue;
      }
      const { records, waits } = this.#take(lines, segmentFirst(following ?? '') ?? Infinity, last, most);
      if (records.length > 0 || waits) return records;
    }
    return [];
  }

  /**
   * @param end the next segment's first number: what this one holds from there on was given up by its writer
   * @returns `waits`: the next record must not be read yet
   */
  #take(lines: Buffer, end: number, last: number, most: number): { records: RawRecord[]; waits: boolean } {
    const records: RawRecord[] = [];
    for (const line of splitLines(lines)) {
      const record = parseRecord(line);
      if (record !== undefined && record.seq > this.seq && record.seq < end) {
        if (record.seq > last || records.length >= most) return { records, waits: true };
        this.seq = record.seq;
        records.push({ writer: this.#name, seq: record.seq, bytes: record.event });
      }
      this.#offset += line.length + 1;
    }
    return { records, waits: false };
  }

  /** The newest segment that begins at or before the next record; the oldest when all begin later. */
  #segmentOf(segments: readonly string[]): string | undefined {
    return segments.findLast((name) => (segmentFirst(name) as number) <= this.seq + 1) ?? segments[0];
  }
}
