/**
 * The event history of this thread: kept up with the journals, asked, and made anew when its file is damaged. Nothing is lost by
 * that, since it is made of the journal (docs/decisions/0020-event-history.md).
 */
import { renameSync, rmSync } from 'node:fs';
import type { Positions } from '../audit/tail.ts';
import { EventIndex, OutdatedHistory } from '../storage/event-index.ts';
import type { HistoryPage, HistoryQuery } from '../storage/event-index.ts';
import { Indexing } from './indexing.ts';
import { upgradeHistory } from './reindex.ts';

export interface HistoryOptions {
  /** The folder of all writers' journals. */
  journalDir: string;
  /** Database file. */
  indexFile: string;
  /** Told in words for people why the file is made anew. */
  renews: (why: string) => void;
}

const DAMAGED = 'the event history is damaged and is made anew from the journal';
const OUTDATED =
  'the event history was written by another version of Claviger and is brought to the form of this one';

export class History {
  readonly #options: HistoryOptions;
  #index: EventIndex;
  #indexing: Indexing;
  #renewing: Promise<void> | undefined;
  #durable: Positions = {};

  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#index = this.#open();
    this.#indexing = new Indexing(options.journalDir, this.#index);
  }

  /** Takes in what is there, up to `durable`. @throws when it could not be written (a full disk): the next call goes on */
  async catchUp(durable: Positions): Promise<void> {
    this.#durable = durable;
    await this.#renewing;
    const index = this.#index;
    try {
      await this.#indexing.catchUp(durable);
    } catch (error) {
      if (!isDamage(error)) throw error;
      await this.#begin(index);
      await this.#indexing.catchUp(this.#durable);
    }
  }

  positions(): Promise<Positions> {
    return this.#using((index) => index.positions());
  }

  find(query: HistoryQuery): Promise<HistoryPage> {
    return this.#using((index) => index.find(query));
  }

  /** Forgets some events; as EventIndex.prune. */
  prune(time: number, afterTerm: number): Promise<number | undefined> {
    return this.#using((index) => index.prune(time, afterTerm));
  }

  async close(): Promise<void> {
    await this.#indexing.stop();
    this.#index.close();
  }

  /** What turns out damaged is made anew, and then asked once more. */
  async #using<T>(ask: (index: EventIndex) => T): Promise<T> {
    await this.#renewing;
    const index = this.#index;
    try {
      return ask(index);
    } catch (error) {
      if (!isDamage(error)) throw error;
      await this.#begin(index);
      await this.#indexing.catchUp(this.#durable);
      return ask(this.#index);
    }
  }

  /** Opens the file, or puts a damaged one aside and begins another. */
  #open(): EventIndex {
    try {
      const index = new EventIndex(this.#options.indexFile);
      index.positions(); // asked for at once by who fills it
      return index;
    } catch (error) {
      if (error instanceof OutdatedHistory) return this.#upgraded();
      if (!isDamage(error)) throw error;
      return this.#another();
    }
  }

  #upgraded(): EventIndex {
    const { indexFile, renews } = this.#options;
    renews(OUTDATED);
    try {
      upgradeHistory(indexFile);
      return new EventIndex(indexFile);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return this.#another();
    }
  }

  /** @param damaged the history that failed; another one may have taken its place meanwhile */
  async #begin(damaged: EventIndex): Promise<void> {
    if (this.#index !== damaged) return;
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined));
    await this.#renewing;
  }

  /** The old one is closed first: SQLite removes write-ahead logs by their path. */
  async #renew(): Promise<void> {
    await this.#indexing.stop();
    this.#index.close();
    this.#index = this.#another();
    this.#indexing = new Indexing(this.#options.journalDir, this.#index);
  }

  #another(): EventIndex {
    const { indexFile, renews } = this.#options;
    renews(DAMAGED);
    for (const suffix of ['-wal', '-shm']) rmSync(`${indexFile}${suffix}`, { force: true });
    renameSync(indexFile, `${indexFile}.damaged`);
    return new EventIndex(indexFile);
  }
}

function isDamage(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^SQLITE_(CORRUPT|NOTADB)/.test(code);
}
