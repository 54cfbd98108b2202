/**
 * Comparing the trails all the time: each run judges what has settled since the run before. What cannot be judged because an
 * HSM's log has not come is kept as a gap and judged when it has.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { replaceFile } from '../files/durable.ts';
import { readCopyStates } from '../hsm-trail/log-copy.ts';
import type { Alarm } from '../hsm-trail/alarm.ts';
import { DEFAULT_MARGIN_MS, reconcile } from './reconcile.ts';
import type { ReconcileOptions } from './reconcile.ts';
import type { Finding } from './records.ts';

export interface WatchPorts extends Pick<
  ReconcileOptions,
  'journal' | 'copies' | 'keyOf' | 'clustersOf' | 'recordsInMemory' | 'workFolder'
> {
  /** Where it is kept how far the trails were compared. */
  stateFile: string;
  clock: () => number;
  alarm(alarm: Alarm): Promise<void>;
  marginMs?: number;
}

/** How far the comparison is. */
export interface WatchProgress {
  /** Milliseconds since 1970 until which both trails were compared. */
  comparedUntil: number;
  /** Milliseconds since 1970: records of this time and later will be read (again). */
  neededFrom: number;
  /** Uses that belonged to a call, since this object was made. */
  matched: number;
}

interface Range {
  from: number;
  to: number;
}

interface WatchState {
  /** Milliseconds since 1970. */
  doneUntil: number;
  gaps: Range[];
}

/** One run judges no more than this, so that a long standstill is caught up with step by step. */
const MAX_RANGE_MS = 3_600_000;
/**
 * What stands around a range is read with it, a margin and a second on each side. Where records are many, a range has at least so many
 * margins, or most of the work would be reading the same ones again.
 */
const LARGE_RANGE_MARGINS = 4;
/**
 * When the clock was set back, what has happened since has times that were judged before: so far back it is judged again. Nothing is
 * told twice.
 */
const AGAIN_MS = 600_000;

export class TrailWatch {
  readonly #ports: WatchPorts;
  #state: WatchState;
  #matched = 0;
  /** Whether the last range had more records than may be in memory. */
  #hasMany = false;

  constructor(ports: WatchPorts) {
    this.#ports = ports;
    this.#state = readState(ports.stateFile);
  }

  get progress(): WatchProgress {
    const { doneUntil, gaps } = this.#state;
    const begin = Math.min(doneUntil + 1, ...gaps.map(({ from }) => from));
    // what stands around a range is read with it, to be matched
    const neededFrom = Math.max(0, begin - (this.#ports.marginMs ?? DEFAULT_MARGIN_MS) - 1000);
    return { comparedUntil: doneUntil, neededFrom, matched: this.#matched };
  }

  async run(): Promise<void> {
    const { clock, marginMs = DEFAULT_MARGIN_MS } = this.#ports;
    const { gaps } = this.#state;
    const settled = clock() - marginMs;
    const wasSetBack = this.#state.doneUntil > settled;
    const doneUntil = wasSetBack ? settled - AGAIN_MS : this.#state.doneUntil;
    const from = doneUntil === 0 ? 0 : doneUntil + 1;
    const to = doneUntil === 0 ? settled : Math.min(settled, doneUntil + MAX_RANGE_MS);
    const isShort = to - from < LARGE_RANGE_MARGINS * marginMs;
    if (to < from || (this.#hasMany && isShort && !wasSetBack)) return;
    this.#hasMany = false;
    const left: Range[] = [];
    for (const range of [...gaps.filter((gap) => this.#hasCome(gap, marginMs)), { from, to }]) {
      if (!(await this.#judge(range))) left.push(range);
    }
    const waiting = gaps.filter((gap) => !this.#hasCome(gap, marginMs));
    this.#state = { doneUntil: to, gaps: merged([...waiting, ...left]) };
    this.#save();
  }

  /** @returns whether all of the range could be judged */
  async #judge({ from, to }: Range): Promise<boolean> {
    const ports = this.#ports;
    const found = (finding: Finding): Promise<void> => ports.alarm(alarmOf(finding));
    const { uses, calls, undecided } = await reconcile({ ...ports, from, to, now: ports.clock(), found });
    this.#matched += uses;
    this.#hasMany ||= uses + calls > (ports.recordsInMemory ?? Infinity);
    return undecided === 0;
  }

  /** Whether every HSM's log reaches beyond the range now. */
  #hasCome({ to }: Range, marginMs: number): boolean {
    return readCopyStates(this.#ports.copies).every(
      ({ member, completeUntilMicros }) => !member || completeUntilMicros / 1000 > to + marginMs,
    );
  }

  #save(): void {
    const { stateFile } = this.#ports;
    mkdirSync(dirname(stateFile), { recursive: true, mode: 0o700 });
    replaceFile(stateFile, `${JSON.stringify(this.#state)}\n`);
  }
}

/** Where there is none, or a damaged one, all is to be judged: nothing is told twice. */
function readState(file: string): WatchState {
  const begin = { doneUntil: 0, gaps: [] };
  if (!existsSync(file)) return begin;
  const text = readFileSync(file, 'utf8');
  try {
    return JSON.parse(text) as WatchState;
  } catch {
    return begin;
  }
}

/** Ranges that touch become one. */
function merged(ranges: readonly Range[]): Range[] {
  const result: Range[] = [];
  for (const range of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last !== undefined && range.from <= last.to + 1) last.to = Math.max(last.to, range.to);
    else result.push({ ...range });
  }
  return result;
}

function alarmOf({ kind, id, what, requestId, use, call }: Finding): Alarm {
  return {
    kind,
    id,
    what,
    detail: {
      requestId: dashed(requestId),
      ...(use !== undefined && {
        hsmId: use.hsmId,
        sequence: use.sequence,
        verb: use.verb,
        backingKeyId: use.materialId,
      }),
      ...(call !== undefined && {
        eventId: call.eventId,
        eventName: call.eventName,
        writer: call.writer,
        record: call.seq,
      }),
    },
  };
}

/** A request id as the API writes it. */
export function dashed(requestId: string): string {
  return requestId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
