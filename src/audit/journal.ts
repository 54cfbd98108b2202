/**
 * The journal: one writer's append-only record of events, durable before it says so (docs/formats.md, "Audit journal").
 *
 * All appends that wait are written with one synchronous write; the next group starts when the previous one is
 * durable, so that groups grow with the load and no timer delays a lonely record; where many come, it waits for more of them, at
 * most a millisecond. Measured cost: docs/performance.md.
 *
 * It fails closed. After a write or sync error no append succeeds until a fresh segment could be written.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeEvent } from './event.ts';
import type { CloudTrailEvent } from './event.ts';
import { writeHead } from './head.ts';
import { LINE_OVERHEAD_BYTES, headerLine, segmentName, writeRecord } from './line.ts';
import type { Position } from './line.ts';
import { recover } from './recovery.ts';
import { eventsInTail } from './replay.ts';
import { createSegmentFile } from './segment-file.ts';
import type { CreateSegment, SegmentFile } from './segment-file.ts';

/** The event was not recorded: the answer that waits for it must be withheld. */
export class JournalUnavailable extends Error {
  override readonly name = 'JournalUnavailable';
}

export interface JournalOptions {
  /** The folder of all writers' journals. */
  dir: string;
  /** Names this writer's own folder; no two living writers may share one. Letters, digits, `.`, `_` and `-`. */
  writerId: string;
  /** A segment that has reached this size is followed by a new one. Default 64 MiB. */
  segmentBytes?: number;
  /** How long an append may wait for a journal that is stuck or unavailable, milliseconds. Default 2000. */
  waitMs?: number;
  /** How often an unavailable journal tries a fresh segment, milliseconds; well below `waitMs`. Default 250. */
  retryMs?: number;
  /** How often the head file is replaced, milliseconds. Default 1000. */
  headMs?: number;
  createSegment?: CreateSegment;
  /** Told of each change of {@link Journal.available}, with the error that caused it. */
  onAvailability?: (available: boolean, error?: unknown) => void;
}

/** An event of the database's outbox. */
export interface OutboxEvent {
  eventId: string;
  /** As {@link encodeEvent} made it. */
  event: string | Buffer;
}

/** Appends that become durable together. */
interface Group {
  records: (string | Buffer)[];
  /** Upper bound of the bytes that its lines take. */
  bytes: number;
  /** performance.now() of its first record. */
  since: number;
  durable: Promise<void>;
  resolve: () => void;
  reject: (error: JournalUnavailable) => void;
}

/**
 * A commit costs the processors as much as two requests, however many records it has. When so many come at once, the next one
 * waits for more of them: that is soon made up for. With so many that it pays it begins at once: callers whose answers leave
 * together come together again, and would all be waited for while nothing else is done.
 */
const BUSY_RECORDS = 8;
const GATHER_MS = 1;
const GATHERED_RECORDS = 16;

/** A buffer larger than this is not kept for the next group. */
const KEPT_BUFFER_BYTES = 4 * 1024 * 1024;

/**
 * Opens a writer's journal, goes on after its last record, and begins a new segment. When no segment can be created, the
 * journal opens unavailable and keeps trying.
 * @throws RangeError for a bad writer id, and the file system's errors when the old segments cannot be read
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/.test(options.writerId)) throw new RangeError('bad writer id');
  const position = await recover(join(options.dir, options.writerId), options.writerId);
  return Journal.start(options, position);
}

/** Made by {@link openJournal}. */
export class Journal {
  readonly #dir: string;
  readonly #folder: string;
  readonly #writerId: string;
  readonly #segmentBytes: number;
  readonly #waitMs: number;
  readonly #retryMs: number;
  readonly #headMs: number;
  readonly #createSegment: CreateSegment;
  readonly #onAvailability: (available: boolean, error?: unknown) => void;

  #position: Position;
  #segment: SegmentFile | undefined;
  #segmentSize = 0;
  #waiting: Group[] = [];
  #inFlight: Group[] = [];
  #buffer = Buffer.allocUnsafe(256 * 1024);
  /** Records of the last commit. */
  #lastGroup = 0;
  /** Ends the waiting for more records. */
  #enough: (() => void) | undefined;
  #starting = false;
  #committing: Promise<void> | undefined;
  #opening: Promise<void> | undefined;
  #savingHead: Promise<void> | undefined;
  #headSeq = -1;
  #headAt = Number.NEGATIVE_INFINITY;
  #available = true;
  #closed = false;
  readonly #ticker: NodeJS.Timeout;

  private constructor(options: JournalOptions, position: Position) {
    this.#dir = options.dir;
    this.#folder = join(options.dir, options.writerId);
    this.#writerId = options.writerId;
    this.#segmentBytes = options.segmentBytes ?? 64 * 1024 * 1024;
    this.#waitMs = options.waitMs ?? 2000;
    this.#retryMs = options.retryMs ?? 250;
    this.#headMs = options.headMs ?? 1000;
    this.#createSegment = options.createSegment ?? createSegmentFile;
    this.#onAvailability = options.onAvailability ?? (() => undefined);
    this.#position = position;
    this.#ticker = setInterval(() => this.#tick(), this.#retryMs);
  }

  static async start(options: JournalOptions, position: Position): Promise<Journal> {
    const journal = new Journal(options, position);
    await journal.#openOnce();
    await journal.#saveHead();
    return journal;
  }

  /** Whether appends can succeed now; the server's readiness depends on it. */
  get available(): boolean {
    return this.#available && !this.#closed;
  }

  /** Names this writer among those of the installation. */
  get writerId(): string {
    return this.#writerId;
  }

  /** The last durable record. */
  get position(): Position {
    return this.#position;
  }

  /**
   * Records an event; resolves when it is durable.
   * @param event an event, or its JSON in one line
   * @throws JournalUnavailable when it could not be made durable, in which case it may or may not be in the journal
   */
  append(event: CloudTrailEvent | string | Buffer): Promise<void> {
    const record = typeof event === 'string' || Buffer.isBuffer(event) ? event : encodeEvent(event);
    if (record.includes('\n')) return Promise.reject(new TypeError('an event must be one line of JSON'));
    if (this.#closed) return Promise.reject(new JournalUnavailable('the journal is closed'));
    const group = this.#groupToJoin();
    group.records.push(record);
    group.bytes += LINE_OVERHEAD_BYTES + (typeof record === 'string' ? record.length * 3 : record.length);
    if (group.records.length === GATHERED_RECORDS) this.#enough?.();
    this.#startSoon();
    return group.durable;
  }

  /**
   * Appends those events that the tails of all journals in the folder do not hold: what a crash left in the database's
   * outbox after the change was committed.
   * @returns how many were appended
   * @throws JournalUnavailable
   */
  async replay(events: readonly OutboxEvent[]): Promise<number> {
    const known = await eventsInTail(this.#dir, new Set(events.map(({ eventId }) => eventId)));
    const missing = events.filter(({ eventId }) => !known.has(eventId));
    await Promise.all(missing.map(({ event }) => this.append(event)));
    return missing.length;
  }

  /** Makes durable what waits, writes the head file, and ends. Appends that cannot be made durable are rejected. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#opening;
    await (this.#committing ?? this.#commitAll());
    clearInterval(this.#ticker);
    this.#rejectWaiting(new JournalUnavailable('the journal is closed'));
    await this.#savingHead;
    await this.#saveHead();
    await this.#segment?.close();
  }

  #groupToJoin(): Group {
    const now = performance.now();
    const last = this.#waiting.at(-1);
    if (last !== undefined && now - last.since < this.#retryMs) return last;
    const group = newGroup(now);
    this.#waiting.push(group);
    return group;
  }

  /** Begins at the end of this turn of the event loop, so that all of the turn's appends share a group. */
  #startSoon(): void {
    if (this.#starting || this.#committing !== undefined || this.#segment === undefined) return;
    this.#starting = true;
    setImmediate(() => {
      this.#starting = false;
      this.#committing ??= this.#commitAll();
    });
  }

  async #commitAll(): Promise<void> {
    while (this.#waiting.length > 0 && this.#segment !== undefined) {
      await this.#commit(this.#segment);
      if (this.#segmentSize >= this.#segmentBytes) await this.#rotate();
      if (this.#lastGroup >= BUSY_RECORDS && !this.#closed) await this.#gather();
    }
    this.#committing = undefined;
  }

  /** Waits for more records, to the end of the turn that brings enough of them. */
  #gather(): Promise<void> | undefined {
    if ((this.#waiting.at(-1)?.records.length ?? 0) >= GATHERED_RECORDS) return undefined;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, GATHER_MS);
      this.#enough = () => {
        clearTimeout(timer);
        setImmediate(resolve);
      };
    });
  }

  async #commit(segment: SegmentFile): Promise<void> {
    const groups = this.#waiting;
    this.#waiting = [];
    this.#enough = undefined;
    this.#inFlight = groups;
    const { bytes, position } = this.#encode(groups);
    try {
      await segment.commit(bytes);
    } catch (error) {
      await this.#fail(error);
      return;
    }
    this.#position = position;
    this.#segmentSize += bytes.length;
    this.#lastGroup = groups.reduce((sum, { records }) => sum + records.length, 0);
    this.#inFlight = [];
    for (const group of groups) group.resolve();
    this.#setAvailable(true);
  }

  #encode(groups: readonly Group[]): { bytes: Buffer; position: Position } {
    const room = groups.reduce((sum, group) => sum + group.bytes, 0);
    let buffer = this.#buffer;
    if (buffer.length < room) {
      buffer = Buffer.allocUnsafe(room);
      if (room <= KEPT_BUFFER_BYTES) this.#buffer = buffer;
    }
    let position = this.#position;
    let end = 0;
    for (const group of groups) {
      for (const record of group.records) ({ position, end } = writeRecord(buffer, end, position, record));
    }
    return { bytes: buffer.subarray(0, end), position };
  }

  async #rotate(): Promise<void> {
    const old = this.#segment;
    this.#segment = undefined;
    await old?.close().catch(() => undefined); // every record in it is durable already
    await this.#open();
  }

  /** A second segment of the same place would take the first one's name, and records in that would be lost. */
  #openOnce(): Promise<void> {
    this.#opening ??= this.#open().then(() => {
      this.#opening = undefined;
      if (this.#waiting.length > 0) this.#startSoon();
    });
    return this.#opening;
  }

  /** Begins a segment after the last durable record; what a failed one holds beyond that was never acknowledged. */
  async #open(): Promise<void> {
    let segment: SegmentFile | undefined;
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      segment = await this.#createSegment(join(this.#folder, segmentName(this.#position.seq + 1)));
      const header = Buffer.from(headerLine(this.#writerId, this.#position));
      await segment.commit(header);
      this.#segmentSize = header.length;
    } catch (error) {
      await segment?.close().catch(() => undefined);
      this.#setAvailable(false, error);
      return;
    }
    this.#segment = segment;
    this.#setAvailable(true);
  }

  async #fail(error: unknown): Promise<void> {
    const failed = this.#segment;
    this.#segment = undefined;
    this.#setAvailable(false, error);
    const unavailable = new JournalUnavailable('the audit journal cannot be written', { cause: error });
    for (const group of this.#inFlight) group.reject(unavailable);
    this.#inFlight = [];
    this.#rejectWaiting(unavailable);
    await failed?.close().catch(() => undefined);
  }

  #rejectWaiting(error: JournalUnavailable): void {
    const groups = this.#waiting;
    this.#waiting = [];
    for (const group of groups) group.reject(error);
  }

  #setAvailable(available: boolean, error?: unknown): void {
    if (available === this.#available) return;
    this.#available = available;
    this.#onAvailability(available, error);
  }

  #tick(): void {
    this.#expire();
    if (this.#segment === undefined && this.#committing === undefined && !this.#closed) {
      void this.#openOnce();
    }
    if (this.#position.seq !== this.#headSeq && performance.now() - this.#headAt >= this.#headMs) {
      this.#savingHead ??= this.#saveHead();
    }
  }

  /** Rejects what has waited too long; a write that hangs may still end well, and then the journal simply goes on. */
  #expire(): void {
    const oldest = performance.now() - this.#waitMs + this.#retryMs;
    const stuck = this.#inFlight.filter((group) => group.since <= oldest);
    const late = this.#waiting.filter((group) => group.since <= oldest);
    if (stuck.length + late.length === 0) return;
    const error = new JournalUnavailable('the audit journal could not be written in time');
    this.#inFlight = this.#inFlight.filter((group) => !stuck.includes(group));
    this.#waiting = this.#waiting.filter((group) => !late.includes(group));
    for (const group of [...stuck, ...late]) group.reject(error);
    this.#setAvailable(false, error);
  }

  /** A head file that cannot be written now is written later; it must not stop a journal that can be. */
  async #saveHead(): Promise<void> {
    const position = this.#position;
    this.#headAt = performance.now();
    try {
      await writeHead(this.#folder, position);
      this.#headSeq = position.seq;
    } catch {
      this.#headSeq = -1;
    }
    this.#savingHead = undefined;
  }
}

function newGroup(since: number): Group {
  let settle!: Pick<Group, 'resolve' | 'reject'>;
  const durable = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));
  return { records: [], bytes: 0, since, durable, ...settle };
}
