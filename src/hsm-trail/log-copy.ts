/**
 * The server's copy of one HSM's log: the same lines in the same files with the HSM's signatures, so that what proves an HSM's
 * own log proves the copy (src/hsm-log/verify.ts). Folder `<hsm id>/<generation, 4 digits>/`: a generation ends where the HSM's log broke
 * off, and nothing is ever removed from it.
 */
import { closeSync, existsSync, fdatasync, ftruncateSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import {
  readSync,
  fstatSync,
  readdirSync,
  renameSync,
  writeFileSync,
  writeSync,
  appendFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LogCheckpoint } from '../rpc/hsm-messages.ts';
import { checkpointLine } from '../hsm-log/checkpoint.ts';
import { splitLine } from '../hsm-log/line.ts';
import { checkpointsName, listSegments, segmentName, segmentStart } from '../hsm-log/segments.ts';
import type { LogPlace } from './checked-lines.ts';

const SEGMENT_BYTES = 64 * 1024 * 1024;
/** Longer than any line. */
const TAIL_BYTES = 4096;
/** A checkpoint is kept at most this often. */
const CHECKPOINT_EVERY_MICROS = 60_000_000;

const sync = promisify(fdatasync);

/** What is known of a copy, for readers in other processes: `<hsm id>/state.json`. */
export interface LogCopyState {
  hsmId: string;
  clusterId: string;
  generation: number;
  /** Entries up to here are in the copy. */
  entries: number;
  /** Microseconds since 1970 by the HSM's clock: the copy holds every entry of an earlier time. */
  completeUntilMicros: number;
  /** Whether the HSM is in its cluster still; after that nothing more is expected. */
  member: boolean;
  /** PEM; whose key signs the checkpoints. */
  certificate: string;
}

/** @param folder of all copies */
export function readCopyStates(folder: string): LogCopyState[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'state.json')))
    .sort()
    .map((name) => readCopyState(folder, name));
}

/** It is written every second and not synced: what a loss of power damages says nothing until the next delivery. */
function readCopyState(folder: string, hsmId: string): LogCopyState {
  const text = readFileSync(join(folder, hsmId, 'state.json'), 'utf8');
  try {
    return JSON.parse(text) as LogCopyState;
  } catch {
    return nothingDelivered(hsmId, '');
  }
}

/** Of an HSM of whose log nothing is known yet. */
export function nothingDelivered(hsmId: string, clusterId: string): LogCopyState {
  const nothing = { generation: 0, entries: 0, completeUntilMicros: 0, certificate: '' };
  return { hsmId, clusterId, member: true, ...nothing };
}

export function writeCopyState(folder: string, state: LogCopyState): void {
  const path = join(folder, state.hsmId, 'state.json');
  mkdirSync(join(folder, state.hsmId), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** A copy's generations with the number of each one's first entry, oldest first. */
export function listGenerations(
  folder: string,
  hsmId: string,
): { generation: number; dir: string; startsAt: number }[] {
  const root = join(folder, hsmId);
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => /^\d{4}$/.test(name))
    .sort()
    .map((name) => ({ generation: Number(name), dir: join(root, name) }))
    .map((one) => ({ ...one, startsAt: segmentStart(listSegments(one.dir)[0] ?? '0') }));
}

export class LogCopy {
  readonly generation: number;
  readonly dir: string;
  #fd: number;
  #size: number;
  #segment: string;
  #place: LogPlace;
  #checkpointAt = 0;

  private constructor(dir: string, generation: number, begin: LogPlace) {
    this.dir = dir;
    this.generation = generation;
    this.#place = begin;
    this.#segment = listSegments(dir).at(-1) ?? segmentName(begin.sequence);
    this.#fd = openSync(join(dir, this.#segment), 'a+', 0o600);
    this.#size = fstatSync(this.#fd).size;
  }

  /**
   * Opens the newest generation where it ends, or begins one.
   * @param begin where to begin when there is no copy yet
   */
  static open(folder: string, hsmId: string, begin: LogPlace & { generation: number }): LogCopy {
    const newest = listGenerations(folder, hsmId).at(-1);
    if (newest === undefined) return LogCopy.begin(folder, hsmId, begin);
    const copy = new LogCopy(newest.dir, newest.generation, begin);
    copy.#findEnd(begin);
    return copy;
  }

  /** Begins a generation. */
  static begin(
    folder: string,
    hsmId: string,
    { generation, ...at }: LogPlace & { generation: number },
  ): LogCopy {
    const dir = join(folder, hsmId, String(generation).padStart(4, '0'));
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    return new LogCopy(dir, generation, at);
  }

  /** Where the copy ends. */
  get place(): LogPlace {
    return this.#place;
  }

  /**
   * Adds lines that continue the copy (checkLines); resolves when they are on disk.
   * @throws Error when the file is not as this object left it: another process has added to it
   */
  async append(lines: readonly string[], place: LogPlace): Promise<void> {
    if (lines.length === 0) return;
    if (this.#size >= SEGMENT_BYTES) this.#roll();
    if (fstatSync(this.#fd).size !== this.#size)
      throw new Error(`${this.#segment} was changed by another process`);
    const bytes = Buffer.from(`${lines.join('\n')}\n`, 'latin1');
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#fd, bytes, at);
    } catch (error) {
      ftruncateSync(this.#fd, this.#size); // a part of it may have been written
      throw error;
    }
    this.#size += bytes.length;
    this.#place = place;
    await sync(this.#fd);
  }

  /** Keeps a checkpoint that was verified and stands at the copy's end; not more than one a minute. */
  keep(checkpoint: LogCheckpoint): void {
    if (checkpoint.timeMicros - this.#checkpointAt < CHECKPOINT_EVERY_MICROS) return;
    appendFileSync(join(this.dir, checkpointsName(this.#segment)), checkpointLine(checkpoint), {
      mode: 0o600,
    });
    this.#checkpointAt = checkpoint.timeMicros;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #roll(): void {
    const segment = segmentName(this.#place.sequence);
    const fd = openSync(join(this.dir, segment), 'a+', 0o600);
    closeSync(this.#fd);
    [this.#fd, this.#segment, this.#size] = [fd, segment, 0];
  }

  /** A line that a crash left unfinished is cut off: the HSM has it still. */
  #findEnd(begin: LogPlace & { generation: number }): void {
    const bytes = Buffer.alloc(Math.min(this.#size, TAIL_BYTES));
    readSync(this.#fd, bytes, 0, bytes.length, this.#size - bytes.length);
    const kept = bytes.lastIndexOf(0x0a) + 1;
    this.#size -= bytes.length - kept;
    ftruncateSync(this.#fd, this.#size);
    const line = bytes.toString('latin1', 0, kept).trimEnd().split('\n').at(-1) ?? '';
    const parts = splitLine(line);
    if (parts !== undefined) {
      this.#place = { sequence: Number.parseInt(parts.content, 10) + 1, chain: parts.chain };
      return;
    }
    // an empty segment begins where its name says; the chain is known if the database says so for the same place
    const sequence = Number(this.#segment.slice(0, 20));
    const isBegin = this.generation === begin.generation && sequence === begin.sequence;
    const chain = isBegin ? begin.chain : lastChain(this.dir, this.#segment);
    this.#place = { sequence, chain };
  }
}

/** The chain value at the end of the segment before. */
function lastChain(dir: string, segment: string): string | undefined {
  const before = listSegments(dir).findLast((name) => name < segment);
  if (before === undefined) return undefined;
  const fd = openSync(join(dir, before), 'r');
  try {
    const { size } = fstatSync(fd);
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    return splitLine(bytes.toString('latin1').trimEnd().split('\n').at(-1) ?? '')?.chain;
  } finally {
    closeSync(fd);
  }
}
