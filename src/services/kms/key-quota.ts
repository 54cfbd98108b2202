/** The quota of KMS keys in an account and Region. AWS: "AWS KMS resource quotas". */
import { countKeys } from '../../storage/keys.ts';
import type { Database } from '../../storage/store.ts';
import { limitExceeded } from './errors.ts';

/**
 * Counting a million keys takes 80 ms: an account that has fewer than its quota by more than what all nodes make in a minute
 * (five a second each, by AWS's request quota) is not counted again within it.
 */
const REMEMBERED_MS = 60_000;
const FAR_FROM_QUOTA = 1_000;

export class KeyQuota {
  readonly #db: Database;
  readonly #limit: number;
  readonly #clock: () => number;
  readonly #counts = new Map<string, { count: number; at: number }>();

  /** @param clock milliseconds since 1970 */
  constructor(db: Database, limit: number, clock: () => number) {
    this.#db = db;
    this.#limit = limit;
    this.#clock = clock;
  }

  /**
   * Asked before a key is made, and not in a transaction.
   * @throws ApiError LimitExceededException
   */
  async require(owner: { accountId: string; region: string }): Promise<void> {
    const name = `${owner.accountId} ${owner.region}`;
    const now = this.#clock();
    const known = this.#counts.get(name);
    if (known !== undefined && now - known.at < REMEMBERED_MS && known.count + FAR_FROM_QUOTA < this.#limit) {
      known.count += 1;
      return;
    }
    const count = await countKeys(this.#db, owner);
    if (count >= this.#limit)
      throw limitExceeded('The request was rejected because a limit was exceeded: KMS keys.');
    this.#counts.set(name, { count: count + 1, at: now });
  }
}
