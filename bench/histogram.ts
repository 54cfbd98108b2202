/**
 * Latencies in buckets whose width grows with the value (as HdrHistogram has it): 128 to each power of two, so that a
 * quantile is right to 0.8 % from a microsecond to an hour, in the same small memory for any number of values.
 */

const PER_OCTAVE = 128;
const OCTAVES = 32;

export type Counts = Float64Array;

function bucketOf(us: number): number {
  if (us < PER_OCTAVE) return Math.max(0, Math.floor(us));
  const octave = Math.floor(Math.log2(us)) - 7;
  return (octave + 1) * PER_OCTAVE + Math.floor(us / 2 ** octave - PER_OCTAVE);
}

/** The upper end of a bucket, microseconds. */
function endOf(bucket: number): number {
  if (bucket < PER_OCTAVE) return bucket + 1;
  const octave = Math.floor(bucket / PER_OCTAVE) - 1;
  return ((bucket % PER_OCTAVE) + 1 + PER_OCTAVE) * 2 ** octave;
}

export class Histogram {
  readonly #counts: Counts;
  #total = 0;
  #maxMs = 0;

  constructor(counts?: Counts, maxMs = 0) {
    this.#counts = counts ?? new Float64Array((OCTAVES + 1) * PER_OCTAVE);
    this.#maxMs = maxMs;
    for (const count of this.#counts) this.#total += count;
  }

  get count(): number {
    return this.#total;
  }

  get maxMs(): number {
    return this.#maxMs;
  }

  record(ms: number): void {
    const bucket = Math.min(bucketOf(ms * 1000), this.#counts.length - 1);
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#total += 1;
    this.#maxMs = Math.max(this.#maxMs, ms);
  }

  /** @param q 0 to 1. @returns milliseconds; NaN of none */
  quantile(q: number): number {
    const rank = Math.max(1, Math.ceil(this.#total * q));
    let seen = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      seen += count;
      if (count > 0 && seen >= rank) return Math.min(endOf(bucket) / 1000, this.#maxMs);
    }
    return Number.NaN;
  }

  /** As it goes between processes. */
  toPlain(): { counts: Counts; maxMs: number } {
    return { counts: this.#counts, maxMs: this.#maxMs };
  }

  static fromPlain({ counts, maxMs }: { counts: Counts; maxMs: number }): Histogram {
    return new Histogram(counts, maxMs);
  }
}
