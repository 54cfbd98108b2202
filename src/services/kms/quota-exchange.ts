/**
 * One quota over several processes: each adds in the database what it has let through, and takes what the others added
 * out of its own buckets, which may go below zero. So all together let through what the quota is, whichever process requests come
 * to; only a burst may be as many times larger as there are processes, and is then made up for.
 */
import { addQuotaUses, quotaUsesOfOthers } from '../../storage/quota-uses.ts';
import type { Database } from '../../storage/store.ts';
import type { RequestQuotas } from './request-quotas.ts';

export class QuotaExchange {
  readonly #db: Database;
  readonly #process: string;
  readonly #quotas: RequestQuotas;
  /** What others had used when it was last read, by quota and process; undefined before the first reading. */
  #seen: Map<string, number> | undefined;

  /** @param process a name that no other process has, and had */
  constructor(db: Database, process: string, quotas: RequestQuotas) {
    this.#db = db;
    this.#process = process;
    this.#quotas = quotas;
  }

  /**
   * Tells and hears once.
   * @throws the database's errors: nothing is lost, the next run tells it. A commit that was made and not acknowledged is told twice
   */
  async run(): Promise<void> {
    await this.#tell();
    await this.#hear();
  }

  async #tell(): Promise<void> {
    const untold = this.#quotas.untold();
    if (untold.length === 0) return;
    await addQuotaUses(this.#db, this.#process, untold);
    this.#quotas.told(untold);
  }

  async #hear(): Promise<void> {
    const seen = new Map<string, number>();
    for (const { quota, process, used } of await quotaUsesOfOthers(this.#db, this.#process)) {
      const name = `${quota} ${process}`;
      seen.set(name, used);
      if (this.#seen === undefined) continue; // from before this process lived
      this.#quotas.charge(quota, growth(this.#seen.get(name), used));
    }
    this.#seen = seen;
  }
}

/** What is new in a count: all of one that is seen for the first time, or smaller than it was, and so began anew from nothing. */
function growth(before: number | undefined, now: number): number {
  return before === undefined || now < before ? now : now - before;
}
