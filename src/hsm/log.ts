/**
 * The HSM's own log: hash-chained, append-only, one entry for every management call and every use of a key. What is not in
 * it was not answered: the process calls `flush` before answers leave, and `flush` throws while the log cannot be written.
 * `LogSignatures` (log-signatures.ts) signs where it stands.
 */
import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { syncFolder } from '../files/durable.ts';
import { FIRST_CHAIN, entryContent, nextChain, parseLine } from '../hsm-log/line.ts';
import type { NewLogEntry } from '../hsm-log/line.ts';
import { listSegments, segmentName } from '../hsm-log/segments.ts';

/** A new segment is begun when the last one has reached this many bytes. */
const SEGMENT_BYTES = 64 * 1024 * 1024;
/** How long a use record may be written but not yet synced. */
const SYNC_INTERVAL_MS = 1000;
/** Longer than any line. */
const TAIL_BYTES = 4096;

/** A place in the log of which all before is on the disk. */
export interface DurableEnd {
  /** Entries before it. */
  entries: number;
  chain: string;
  /** Microseconds since 1970: every entry of an earlier time is before it. */
  asOfMicros: number;
  /** The segment that was the last one. */
  segment: string;
}

export interface LogOptions {
  /** Milliseconds since 1970. */
  now?: () => number;
  segmentBytes?: number;
}

export class HsmLog {
  readonly #dir: string;
  readonly #now: () => number;
  readonly #segmentBytes: number;
  #fd: number;
  /** Bytes of the open segment that are whole lines. */
  #size: number;
  #chain: string;
  /** The chain value at `#pendingFrom`. */
  #flushedChain: string;
  #sequence: number;
  #pending = '';
  /** Sequence of the first pending line: the name of a segment that would begin with it. */
  #pendingFrom: number;
  #unsynced = false;
  /** An entry is taken that must be on the disk before its answer leaves. */
  #syncWanted = false;
  #segment: string;
  /** Syncs under way. */
  #syncs = 0;
  #durable: DurableEnd;
  #onRoll: () => void = () => {};
  #syncFailed = false;
  #ticker: NodeJS.Timeout;
  /** Bytes of a line that a crash had cut off and that were removed at the start. */
  readonly repairedBytes: number;

  constructor(dir: string, options: LogOptions = {}) {
    this.#dir = dir;
    this.#now = options.now ?? Date.now;
    this.#segmentBytes = options.segmentBytes ?? SEGMENT_BYTES;
    const tail = openTail(dir);
    this.#fd = tail.fd;
    this.#size = tail.size;
    this.#chain = tail.chain;
    this.#flushedChain = tail.chain;
    this.#sequence = tail.nextSequence;
    this.#pendingFrom = tail.nextSequence;
    this.#segment = tail.segment;
    fdatasyncSync(this.#fd); // what a killed process wrote is counted on from now on
    this.#durable = this.#endOfWritten();
    this.repairedBytes = tail.repairedBytes;
    this.#ticker = setInterval(() => this.#syncLater(), SYNC_INTERVAL_MS).unref();
  }

  /** How far the log is on the disk now. */
  get durable(): DurableEnd {
    // with nothing to sync, the log is as complete now as it was after the last sync
    if (!this.#unsynced && this.#syncs === 0 && this.#pending === '') this.#durable = this.#endOfWritten();
    return this.#durable;
  }

  /** Called when a segment is full and on the disk, before the next one begins. */
  onRoll(listener: () => void): void {
    this.#onRoll = listener;
  }

  /** Takes an entry; it is in the file after the next `flush`. */
  append(entry: NewLogEntry): void {
    this.#take(entryContent(this.#sequence, this.#now() * 1000, entry));
  }

  /** Takes an entry that is on the disk after the next `flush`: one sync for all answers that leave together. */
  appendDurably(entry: NewLogEntry): void {
    this.append(entry);
    this.#syncWanted = true;
  }

  /** The record of one use of a key: the same line as `append` makes, without its checks, on the hot path. */
  appendUse(session: number, response: number, keyHex: string, verb: string, requestHex: string): void {
    const key = keyHex === '' ? '' : ` key=${keyHex}`;
    this.#take(
      `${this.#sequence} ${this.#now() * 1000} USE_KEY ${session} ${response}${key} verb=${verb} request=${requestHex}`,
    );
  }

  #take(content: string): void {
    const chain = nextChain(this.#chain, content);
    this.#chain = chain;
    this.#sequence += 1;
    this.#pending += `${content} ${chain}\n`;
  }

  /** Writes what was appended. @throws Error while that fails; the entries are kept and tried again at the next call */
  flush(): void {
    if (this.#syncFailed) throw new Error('the log could not be synced');
    if (this.#pending !== '') this.#writePending();
    if (this.#syncWanted) this.#syncWritten();
  }

  #writePending(): void {
    if (this.#size >= this.#segmentBytes) this.#beginSegment();
    const bytes = Buffer.from(this.#pending, 'latin1');
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#fd, bytes, at);
    } catch (error) {
      ftruncateSync(this.#fd, this.#size); // a part of it may have been written
      throw error;
    }
    this.#size += bytes.length;
    this.#pending = '';
    this.#pendingFrom = this.#sequence;
    this.#flushedChain = this.#chain;
    this.#unsynced = true;
  }

  /** Nothing is pending when this is called. */
  #endOfWritten(): DurableEnd {
    return {
      entries: this.#sequence,
      chain: this.#chain,
      asOfMicros: this.#now() * 1000,
      segment: this.#segment,
    };
  }

  /** Appends the entry and returns when it is on the disk. @throws Error */
  record(entry: NewLogEntry): void {
    this.appendDurably(entry);
    this.flush();
  }

  #syncWritten(): void {
    try {
      fdatasyncSync(this.#fd);
    } catch (error) {
      this.#syncFailed = true;
      throw error;
    }
    this.#syncWanted = false;
    this.#unsynced = false;
    this.#durable = this.#endOfWritten();
  }

  /** Writes and syncs all. @throws Error */
  sync(): void {
    this.flush();
    fdatasyncSync(this.#fd);
    this.#unsynced = false;
    this.#durable = this.#endOfWritten();
  }

  /** Writes and syncs all, and ends. */
  close(): void {
    clearInterval(this.#ticker);
    this.sync();
    closeSync(this.#fd);
  }

  #beginSegment(): void {
    fdatasyncSync(this.#fd);
    this.#durable = {
      entries: this.#pendingFrom,
      chain: this.#flushedChain,
      asOfMicros: this.#durable.asOfMicros, // what is pending is older than now
      segment: this.#segment,
    };
    this.#onRoll();
    const segment = segmentName(this.#pendingFrom);
    const fd = openSync(join(this.#dir, segment), 'ax+', 0o600);
    syncFolder(this.#dir);
    closeSync(this.#fd);
    this.#fd = fd;
    this.#segment = segment;
    this.#size = 0;
  }

  #syncLater(): void {
    if (!this.#unsynced) return;
    this.#unsynced = false;
    const fd = this.#fd;
    const written = this.#pending === '' ? this.#endOfWritten() : undefined;
    this.#syncs += 1;
    fdatasync(fd, (error) => {
      this.#syncs -= 1;
      // After a failed sync the kernel may have dropped the pages: only a restart can tell what is there.
      if (error !== null) this.#syncFailed ||= fd === this.#fd;
      else if (written !== undefined && written.entries >= this.#durable.entries) this.#durable = written;
    });
  }
}

interface Tail {
  segment: string;
  fd: number;
  size: number;
  chain: string;
  nextSequence: number;
  repairedBytes: number;
}

function openTail(dir: string, last = listSegments(dir).at(-1) ?? segmentName(0)): Tail {
  const fd = openSync(join(dir, last), 'a+', 0o600);
  syncFolder(dir);
  const { size } = fstatSync(fd);
  const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
  readSync(fd, bytes, 0, bytes.length, size - bytes.length);
  const kept = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
  const repairedBytes = bytes.length - kept.length;
  if (repairedBytes > 0) ftruncateSync(fd, size - repairedBytes);
  if (kept.length > 0) {
    const line = kept.toString('latin1').trimEnd().split('\n').at(-1) ?? '';
    const entry = parseLine(line);
    if (entry === undefined) throw new Error(`the last line of ${last} is not a log entry`);
    const { chain, sequence } = entry;
    return {
      segment: last,
      fd,
      size: size - repairedBytes,
      chain,
      nextSequence: sequence + 1,
      repairedBytes,
    };
  }
  return { segment: last, fd, size: size - repairedBytes, ...continueFrom(dir, last), repairedBytes };
}

/** An empty segment continues the one before it. */
function continueFrom(dir: string, segment: string): { chain: string; nextSequence: number } {
  const before = listSegments(dir)
    .filter((name) => name < segment)
    .at(-1);
  if (before === undefined) return { chain: FIRST_CHAIN, nextSequence: 0 };
  const tail = openTail(dir, before);
  closeSync(tail.fd);
  return { chain: tail.chain, nextSequence: tail.nextSequence };
}
