/** A limit on calls per second, for each caller of its own; as many may come at once as in a second. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #left = new Map<string, { calls: number; at: number }>();

  /** @param perSecond 0: no limit */
  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Takes one call. @param now milliseconds. @returns whether it is within the limit */
  take(key: string, now: number): boolean {
    if (this.#perSecond === 0) return true;
    const burst = Math.max(1, this.#perSecond);
    const before = this.#left.get(key) ?? { calls: burst, at: now };
    const regained = (Math.max(0, now - before.at) / 1000) * this.#perSecond;
    const calls = Math.min(burst, before.calls + regained);
    this.#left.set(key, { calls: calls >= 1 ? calls - 1 : calls, at: now });
    return calls >= 1;
  }
}
