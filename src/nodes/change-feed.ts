/**
 * src/nodes: what the processes of one installation need to work on one database: the feed of changes, by which each learns
 * what others did (this file); leases, by which one does what must be done once (lease.ts); and names (identity.ts). What
 * must not be here: what a change or a lease is about.
 *
 * The feed is read by number. Numbers are given when a change begins, so one may appear after a higher one: the reader
 * stays behind the first number that is missing until it appears, or so much time has passed that it cannot any more.
 */
import type { Logger } from '../logging/logger.ts';
import { changesAfter, newestChange } from '../storage/changes.ts';
import type { ChangeRow } from '../storage/schema-nodes.ts';
import type { Database } from '../storage/store.ts';

const POLL_MS = 200;
const PAGE = 1_000;
/** How far behind the newest number one may still be missing when the feed is opened. */
const WINDOW = 200;
/** No transaction lasts this long: a number that is missing until then belongs to one that was given up. */
const GAP_MS = 60_000;
/** How long a caller waits for the database. */
const PATIENCE_MS = 5_000;
/** Changes are kept for this long; who has read none for half of it reads everything anew. */
export const CHANGES_KEPT_MS = 600_000;

export interface ChangeFollower {
  /** Takes over what changed: reads it, since a change does not say how. */
  changed(changes: readonly ChangeRow[]): Promise<void>;
  /** Takes over everything: changes may have been missed. */
  everything(): Promise<void>;
}

export class ChangeFeed {
  readonly #db: Database;
  readonly #logger: Logger;
  /** All changes up to this number have been seen, or are no more to come. */
  #after: number;
  /** Changes beyond, by number: when they were seen. */
  readonly #seen = new Map<number, number>();
  #follower: ChangeFollower | undefined;
  /** When the last reading that succeeded began, performance.now(). */
  #readAt = performance.now();
  #reading: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #failing = false;

  private constructor(db: Database, logger: Logger, after: number) {
    this.#db = db;
    this.#logger = logger;
    this.#after = after;
  }

  /** To be opened before anything is read that it will tell of. */
  static async open(db: Database, logger: Logger): Promise<ChangeFeed> {
    const after = Math.max(0, (await newestChange(db)) - WINDOW);
    const feed = new ChangeFeed(db, logger, after);
    await feed.#readNew();
    return feed;
  }

  /** Begins to tell of changes. */
  follow(follower: ChangeFollower): void {
    this.#follower = follower;
    this.#schedule();
  }

  /** For how long nothing has been known of changes, milliseconds. */
  get ageMs(): number {
    return performance.now() - this.#readAt;
  }

  /**
   * Resolves when all that was committed before the call is taken over.
   * @throws Error when the database does not tell
   */
  async catchUp(): Promise<void> {
    // a reading that is under way may have begun too early
    this.#next ??= (this.#reading ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        this.#reading = this.#read();
        return this.#reading;
      });
    const reading = this.#next;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('the database does not answer')), PATIENCE_MS);
    });
    await Promise.race([reading, late]).finally(() => clearTimeout(timer));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#reading?.catch(() => undefined);
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.catchUp()
        .then(() => this.#noteFailure(undefined))
        .catch((error: unknown) => this.#noteFailure(error))
        .finally(() => this.#schedule());
    }, POLL_MS).unref();
  }

  /** Tells of a failure once, and of its end. */
  #noteFailure(error: unknown): void {
    if (error !== undefined && !this.#failing)
      this.#logger.error({ err: error }, 'changes of other processes cannot be read');
    if (error === undefined && this.#failing)
      this.#logger.info('changes of other processes can be read again');
    this.#failing = error !== undefined;
  }

  async #read(): Promise<void> {
    const began = performance.now();
    if (began - this.#readAt > CHANGES_KEPT_MS / 2) await this.#follower?.everything();
    const fresh = await this.#readNew();
    if (fresh.length > 0) {
      try {
        await this.#follower?.changed(latestOfEach(fresh));
      } catch (error) {
        for (const { seq } of fresh) this.#seen.delete(seq); // told again with the next reading
        throw error;
      }
    }
    this.#advance();
    this.#readAt = began;
  }

  /** @returns changes that were not seen before, in order */
  async #readNew(): Promise<ChangeRow[]> {
    const fresh: ChangeRow[] = [];
    const now = performance.now();
    for (let after = this.#after; ;) {
      const page = await changesAfter(this.#db, after, PAGE);
      for (const change of page) {
        if (this.#seen.has(change.seq)) continue;
        this.#seen.set(change.seq, now);
        fresh.push(change);
      }
      if (page.length < PAGE) return fresh;
      after = (page.at(-1) as ChangeRow).seq;
    }
  }

  #advance(): void {
    const now = performance.now();
    for (const seq of [...this.#seen.keys()].sort((a, b) => a - b)) {
      const isNext = seq === this.#after + 1;
      if (!isNext && now - (this.#seen.get(seq) as number) < GAP_MS) return;
      this.#after = seq;
      this.#seen.delete(seq);
    }
  }
}

/** One change for each thing: it is read once, as it is now. */
function latestOfEach(changes: readonly ChangeRow[]): ChangeRow[] {
  return [...new Map(changes.map((change) => [`${change.topic} ${change.subject}`, change])).values()];
}
