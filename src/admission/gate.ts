/**
 * src/admission: what keeps a server that is asked for more than it can do as fast as ever for what it takes on. The gate
 * (this file) is before everything else that a request costs; compartments.ts keeps one slow key store, or a flood of costly
 * operations, from using up what others need. Nothing here knows requests. Why so: docs/decisions/0026.
 */

export interface GateLimits {
  /** Requests in work at a time. */
  inFlight: number;
  /** How long one waits for its turn, milliseconds. */
  waitMs: number;
}

interface Waiting {
  since: number;
  /** @param admitted false: it waited for too long */
  end: (admitted: boolean) => void;
}

/** Exact enough for a wait of some hundred milliseconds. */
const SWEEP_MS = 20;

/**
 * Lets in as many as there are places. The others wait: the newest is let in first, for under lasting overload the oldest are those
 * whose clients are about to give up, and whoever is taken first come, first served then gets an answer that is late. What waited
 * for `waitMs` is refused: not at once, since a refusal costs as much as a quarter of a call, and a client that is refused
 * at once asks again at once.
 */
export class Gate {
  readonly #limits: GateLimits;
  readonly #now: () => number;
  /** Oldest first. */
  #waiting: Waiting[] = [];
  #inUse = 0;
  #sweep: NodeJS.Timeout | undefined;

  /** @param now milliseconds of a monotonic clock */
  constructor(limits: GateLimits, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Requests in work. */
  get inUse(): number {
    return this.#inUse;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** true: let in. Otherwise resolves with whether it was, sooner or later. Call `leave` for each that was let in. */
  enter(): true | Promise<boolean> {
    if (this.#inUse < this.#limits.inFlight) {
      this.#inUse += 1;
      return true;
    }
    return new Promise((resolve) => {
      this.#waiting.push({ since: this.#now(), end: resolve });
      this.#sweep ??= setInterval(() => this.refuseLate(), SWEEP_MS);
    });
  }

  leave(): void {
    this.#inUse -= 1;
    if (this.#inUse >= this.#limits.inFlight) return;
    const newest = this.#waiting.pop();
    if (newest === undefined) return;
    this.#inUse += 1;
    newest.end(true);
  }

  /** Takes back a place that was left for a while (compartments.ts): one that was let in is not made to wait again. */
  reenter(): void {
    this.#inUse += 1;
  }

  /** Ends the waiting of those whose time is over. */
  refuseLate(): void {
    const patient = this.#now() - this.#limits.waitMs;
    let late = 0;
    while (late < this.#waiting.length && (this.#waiting[late] as Waiting).since <= patient) late += 1;
    for (const call of this.#waiting.splice(0, late)) call.end(false);
    if (this.#waiting.length > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }
}
