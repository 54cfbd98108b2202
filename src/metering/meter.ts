/**
 * Metering: how much of what was used, by account and Region, month by month. HSM-hours and key-months are worked out from
 * what exists, requests are counted as they end. In memory between two flushes (a minute): a crash loses that much of the
 * counts, which are for the operator's bill and decide nothing.
 */
import { randomUUID } from 'node:crypto';

/** `built-in`, or the id of a custom key store. */
export type KeyStoreName = string;

export const BUILT_IN: KeyStoreName = 'built-in';

export interface RequestCount {
  accountId: string;
  region: string;
  keyStore: KeyStoreName;
  count: number;
}

/** Counts that are stored together, and once: whoever stores them stores the id too. */
export interface RequestBatch {
  id: string;
  counts: readonly RequestCount[];
}

/** Requests that used or managed keys and are not known to be stored. */
export class RequestMeter {
  #counts = new Map<string, RequestCount>();
  #batch: RequestBatch | undefined;

  /** @param customKeyStoreId null: the built-in store */
  count(accountId: string, region: string, customKeyStoreId: string | null): void {
    const keyStore = customKeyStoreId ?? BUILT_IN;
    const name = `${accountId}/${region}/${keyStore}`;
    const known = this.#counts.get(name);
    if (known === undefined) this.#counts.set(name, { accountId, region, keyStore, count: 1 });
    else known.count += 1;
  }

  /**
   * What is to be stored next; undefined when there is nothing. The same batch until it is `stored`, for it may be in the database
   * though nobody heard of its commit; what is counted meanwhile goes into the next one.
   */
  batch(): RequestBatch | undefined {
    if (this.#batch === undefined && this.#counts.size > 0) {
      this.#batch = { id: randomUUID(), counts: [...this.#counts.values()] };
      this.#counts = new Map();
    }
    return this.#batch;
  }

  stored({ id }: RequestBatch): void {
    if (this.#batch?.id === id) this.#batch = undefined;
  }
}
