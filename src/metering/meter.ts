/**
 * Metering: how much of what was used, by account and Region, month by month. HSM-hours and key-months are worked out from
 * what exists, requests are counted as they end. In memory between two flushes (a minute): a crash loses that much of the
 * counts, which are for the operator's bill and decide nothing.
 */

/** `built-in`, or the id of a custom key store. */
export type KeyStoreName = string;

export const BUILT_IN: KeyStoreName = 'built-in';

export interface RequestCount {
  accountId: string;
  region: string;
  keyStore: KeyStoreName;
  count: number;
}

/** Requests that used or managed keys since the last time that they were taken. */
export class RequestMeter {
  #counts = new Map<string, RequestCount>();

  /** @param customKeyStoreId null: the built-in store */
  count(accountId: string, region: string, customKeyStoreId: string | null): void {
    const keyStore = customKeyStoreId ?? BUILT_IN;
    const name = `${accountId}/${region}/${keyStore}`;
    const known = this.#counts.get(name);
    if (known === undefined) this.#counts.set(name, { accountId, region, keyStore, count: 1 });
    else known.count += 1;
  }

  take(): RequestCount[] {
    const counts = [...this.#counts.values()];
    this.#counts = new Map();
    return counts;
  }

  /** What could not be stored is counted again. */
  putBack(counts: readonly RequestCount[]): void {
    for (const { accountId, region, keyStore, count } of counts) {
      const name = `${accountId}/${region}/${keyStore}`;
      const known = this.#counts.get(name);
      if (known === undefined) this.#counts.set(name, { accountId, region, keyStore, count });
      else known.count += count;
    }
  }
}
