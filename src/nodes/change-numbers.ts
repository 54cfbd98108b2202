/**
 * Which numbers of changes were seen. Numbers are given when a change begins, so one may appear after a higher one, or never:
 * a change that is undone takes its number with it. Those that are missing are asked for until so much time has passed that
 * they cannot appear any more.
 */
import type { NumberRange } from '../storage/changes.ts';

/** No transaction lasts this long where its statements may not take longer than usual. */
export const GAP_MS = 60_000;

interface Gap extends NumberRange {
  /** For how long it was asked for, milliseconds. */
  asked: number;
}

export class ChangeNumbers {
  #newest: number;
  #gaps: Gap[];
  readonly #gapMs: number;

  /**
   * @param newest 0 when there is none yet
   * @param missing below the newest, in order
   * @param gapMs longer than any transaction lasts
   */
  constructor(newest: number, missing: readonly NumberRange[] = [], gapMs = GAP_MS) {
    this.#newest = newest;
    this.#gapMs = gapMs;
    this.#gaps = missing.map((range) => ({ ...range, asked: 0 }));
  }

  /** The highest number that was seen; 0 when none was. */
  get newest(): number {
    return this.#newest;
  }

  /** Numbers below the newest that may still appear, in order. */
  get missing(): readonly NumberRange[] {
    return this.#gaps;
  }

  /** A change with this number was seen. */
  saw(seq: number): void {
    if (seq > this.#newest) {
      if (seq > this.#newest + 1) this.#gaps.push({ from: this.#newest + 1, to: seq - 1, asked: 0 });
      this.#newest = seq;
      return;
    }
    const at = this.#gaps.findIndex(({ from, to }) => from <= seq && seq <= to);
    const gap = this.#gaps[at];
    if (gap === undefined) return;
    const rest = [
      { ...gap, to: seq - 1 },
      { ...gap, from: seq + 1 },
    ];
    this.#gaps.splice(at, 1, ...rest.filter(({ from, to }) => from <= to));
  }

  /**
   * The missing ones were asked for all this time; those for which it is long enough are given up.
   * @param milliseconds since the last call
   */
  pass(milliseconds: number): void {
    for (const gap of this.#gaps) gap.asked += milliseconds;
    this.#gaps = this.#gaps.filter(({ asked }) => asked < this.#gapMs);
  }
}
