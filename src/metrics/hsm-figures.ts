/**
 * How much each HSM did in the last minutes, and how fast: kept in memory whether or not metrics are served, for whoever asks
 * through the API. Counts are of this server process alone.
 */
import type { HsmName } from './metrics.ts';

/** What was done in some time. */
export interface Work {
  /** Answered by the HSM, ciphertexts that it refused included. */
  operations: number;
  /** Not answered, late, or failed in the HSM. */
  errors: number;
  operationsPerSecond: number;
  /** Server to HSM and back, in milliseconds, within 8 %; undefined when nothing succeeded. */
  p50: number | undefined;
  p95: number | undefined;
  p99: number | undefined;
}

export interface Interval extends Work {
  /** Milliseconds since 1970. */
  startsAt: number;
}

export const INTERVAL_SECONDS = 10;
/** A quarter of an hour. */
const INTERVALS = 90;
const LAST_MINUTE = 6;

/** Latencies are counted in classes, each this much wider than the one before, from 50 microseconds up to half a minute. */
const FASTEST_MS = 0.05;
const WIDER = Math.log(1.15);
const CLASSES = 96;
/** The caller's fault: the HSM did its part. */
const REFUSED = 'INVALID_CIPHERTEXT';

interface Slot {
  /** Number of the interval since 1970; slots are used again. */
  number: number;
  operations: number;
  errors: number;
  latencies: Uint32Array;
}

export class HsmFigures {
  readonly #clock: () => number;
  readonly #hsms = new Map<string, Slot[]>();

  /** @param clock milliseconds since 1970 */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** @param outcome `ok` or the code of the RPC */
  performed({ hsmId }: Pick<HsmName, 'hsmId'>, outcome: string, milliseconds: number): void {
    const slot = this.#slot(hsmId);
    if (outcome !== 'ok' && outcome !== REFUSED) {
      slot.errors += 1;
      return;
    }
    slot.operations += 1;
    if (outcome === 'ok') {
      const at = classOf(milliseconds);
      slot.latencies[at] = (slot.latencies[at] ?? 0) + 1;
    }
  }

  /** The last quarter of an hour in intervals that are over, oldest first; those without work too. */
  intervals(hsmId: string): Interval[] {
    const now = this.#now();
    return Array.from({ length: INTERVALS - 1 }, (_, at) => {
      const number = now - INTERVALS + 1 + at;
      return { startsAt: number * INTERVAL_SECONDS * 1000, ...this.#work(hsmId, number, number) };
    });
  }

  /** The last six intervals that are over. */
  lastMinute(hsmId: string): Work {
    const now = this.#now();
    return this.#work(hsmId, now - LAST_MINUTE, now - 1);
  }

  #now(): number {
    return Math.floor(this.#clock() / (INTERVAL_SECONDS * 1000));
  }

  #slot(hsmId: string): Slot {
    let slots = this.#hsms.get(hsmId);
    if (slots === undefined) {
      this.#forgetIdle();
      slots = [];
      this.#hsms.set(hsmId, slots);
    }
    const number = this.#now();
    const at = number % INTERVALS;
    let slot = slots[at];
    if (slot?.number !== number) {
      slot = { number, operations: 0, errors: 0, latencies: new Uint32Array(CLASSES) };
      slots[at] = slot;
    }
    return slot;
  }

  /** HSMs come and go. */
  #forgetIdle(): void {
    const since = this.#now() - INTERVALS;
    for (const [hsmId, slots] of this.#hsms)
      if (slots.every((slot) => slot.number <= since)) this.#hsms.delete(hsmId);
  }

  #work(hsmId: string, from: number, to: number): Work {
    const slots = (this.#hsms.get(hsmId) ?? []).filter(({ number }) => number >= from && number <= to);
    const sum = (count: (slot: Slot) => number): number =>
      slots.reduce((total, slot) => total + count(slot), 0);
    const latencies = Array.from({ length: CLASSES }, (_, at) => sum((slot) => slot.latencies[at] ?? 0));
    const operations = sum((slot) => slot.operations);
    return {
      operations,
      errors: sum((slot) => slot.errors),
      operationsPerSecond: operations / ((to - from + 1) * INTERVAL_SECONDS),
      p50: percentile(latencies, 0.5),
      p95: percentile(latencies, 0.95),
      p99: percentile(latencies, 0.99),
    };
  }
}

function classOf(milliseconds: number): number {
  const at = Math.floor(Math.log(Math.max(milliseconds, FASTEST_MS) / FASTEST_MS) / WIDER);
  return Math.min(at, CLASSES - 1);
}

/** The middle of the class in which it lies. */
function percentile(latencies: readonly number[], share: number): number | undefined {
  const total = latencies.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let left = Math.ceil(total * share);
  const at = latencies.findIndex((count) => (left -= count) <= 0);
  return FASTEST_MS * Math.exp(WIDER * (at + 0.5));
}
