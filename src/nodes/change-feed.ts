/**
 * src/nodes: what the processes of one installation need to work on one database: the feed of changes, by which each learns
 * what others did (this file); leases, by which one does what must be done once (lease.ts); and names (identity.ts). What
 * must not be here: what a change or a lease is about.
 *
 * The feed is read by number: what is new, and what is missing below (change-numbers.ts). The newest change that was read is
 * read again each time. When it is gone, so may be others that were not read yet, and everything is read anew. No clock could
 * tell: those of a machine that was suspended stood still.
 */
import type { Logger } from '../logging/logger.ts';
import { changesAmong, changesFrom, missingNumbers, newestChange } from '../storage/changes.ts';
import type { ChangeRow } from '../storage/schema-nodes.ts';
import type { Database } from '../storage/store.ts';
import { ChangeNumbers, GAP_MS } from './change-numbers.ts';

const POLL_MS = 200;
const PAGE = 1_000;
/** How long a caller waits for the database. */
const PATIENCE_MS = 5_000;
/** Of the time between two readings no more counts for what is missing: a database that stood still committed nothing. */
const LONGEST_STEP_MS = 1_000;
/** Of a transaction not more than so many statements take all the time that they may. */
const STATEMENTS = 6;
/** Changes are kept for this long. */
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
  readonly #gapMs: number;
  #numbers: ChangeNumbers;
  #follower: ChangeFollower | undefined;
  /** When the last reading that succeeded began. */
  #readAt = now();
  #reading: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #failing = false;

  private constructor(db: Database, logger: Logger, gapMs: number, numbers: ChangeNumbers) {
    this.#db = db;
    this.#logger = logger;
    this.#gapMs = gapMs;
    this.#numbers = numbers;
  }

  /**
   * To be opened before anything is read that it will tell of.
   * @param statementMs how long a statement may take
   */
  static async open(db: Database, logger: Logger, statementMs = 0): Promise<ChangeFeed> {
    const gapMs = Math.max(GAP_MS, STATEMENTS * statementMs);
    return new ChangeFeed(db, logger, gapMs, await numbersNow(db, gapMs));
  }

  /** Begins to tell of changes. */
  follow(follower: ChangeFollower): void {
    this.#follower = follower;
    this.#schedule();
  }

  /** For how long nothing has been known of changes, milliseconds. */
  get ageMs(): number {
    return since(this.#readAt);
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
    const began = now();
    const { numbers, changes, missed } = await this.#news();
    if (missed && this.#follower !== undefined) {
      this.#logger.warn('changes of other processes may have been missed: everything is read anew');
      await this.#follower.everything();
    }
    if (changes.length > 0) await this.#follower?.changed(latestOfEach(changes));
    // only now: what could not be taken over is read again
    numbers.pass(Math.min(since(this.#readAt), LONGEST_STEP_MS));
    for (const { seq } of changes) numbers.saw(seq);
    this.#numbers = numbers;
    this.#readAt = began;
  }

  async #news(): Promise<News> {
    const numbers = this.#numbers;
    const late = await changesAmong(this.#db, numbers.missing);
    const later = await this.#after(numbers.newest);
    if (later !== undefined) return { numbers, changes: [...late, ...later], missed: false };
    return { numbers: await numbersNow(this.#db, this.#gapMs), changes: [], missed: true };
  }

  /** Changes after a number, in order; undefined when some may be gone: the one that has it is, or the very first. */
  async #after(newest: number): Promise<ChangeRow[] | undefined> {
    const pages: ChangeRow[][] = [];
    for (let last = newest; ;) {
      const page = await changesFrom(this.#db, last, PAGE);
      const first = page[0]?.seq;
      if (last > 0 ? first !== last : (first ?? 1) !== 1) return undefined;
      pages.push(last > 0 ? page.slice(1) : page);
      if (page.length < PAGE) return pages.flat();
      last = (page.at(-1) as ChangeRow).seq;
    }
  }
}

/** What a reading found. */
interface News {
  /** Where it went on from; new ones where it begins anew. */
  numbers: ChangeNumbers;
  /** That were not seen before. */
  changes: ChangeRow[];
  /** Some may have been removed before they were read. */
  missed: boolean;
}

/** As who begins now has them: all that can be seen is behind him. */
async function numbersNow(db: Database, gapMs: number): Promise<ChangeNumbers> {
  const newest = await newestChange(db);
  return new ChangeNumbers(newest, await missingNumbers(db, newest), gapMs);
}

/** By both clocks: the one stands still while a machine is suspended, the other may be set. */
interface Moment {
  /** performance.now() */
  monotonic: number;
  /** Milliseconds since 1970. */
  wall: number;
}

function now(): Moment {
  return { monotonic: performance.now(), wall: Date.now() };
}

/** Milliseconds since then, by the clock that says more. */
function since({ monotonic, wall }: Moment): number {
  return Math.max(performance.now() - monotonic, Date.now() - wall);
}

/** One change for each thing: it is read once, as it is now. */
function latestOfEach(changes: readonly ChangeRow[]): ChangeRow[] {
  return [...new Map(changes.map((change) => [`${change.topic} ${change.subject}`, change])).values()];
}
