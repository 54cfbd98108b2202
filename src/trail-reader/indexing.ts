/** Keeps the event history up with the journals, a little at a time, so that questions come in between. */
import { setImmediate as breathe } from 'node:timers/promises';
import { readableEntry } from '../audit/history.ts';
import { JournalTail } from '../audit/tail.ts';
import type { Positions, RawRecord } from '../audit/tail.ts';
import type { EventIndex } from '../storage/event-index.ts';

/** Events of one transaction: some 20 ms of work. Pages that each transaction writes are written for so many events at once. */
const BATCH = 1_000;

export class Indexing {
  readonly #journalDir: string;
  readonly #index: EventIndex;
  #tail: JournalTail;
  #running: Promise<void> | undefined;
  #durable: Positions = {};
  #again = false;
  #stopped = false;

  constructor(journalDir: string, index: EventIndex) {
    this.#journalDir = journalDir;
    this.#index = index;
    this.#tail = new JournalTail(journalDir, index.positions());
  }

  /**
   * Takes in what is there; resolves when all of it, up to `durable`, is in the history.
   * @throws when it could not be written (a full disk): the next call begins where the history ends
   */
  async catchUp(durable: Positions): Promise<void> {
    this.#durable = durable;
    this.#again = true;
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
    try {
      await this.#running;
    } catch (error) {
      this.#tail = new JournalTail(this.#journalDir, this.#index.positions());
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running?.catch(() => undefined);
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false;
      for (;;) {
        const records = await this.#tail.read(this.#durable);
        if (records.length === 0) break;
        for (let at = 0; at < records.length && !this.#stopped; at += BATCH) {
          const batch = records.slice(at, at + BATCH);
          const { writer, seq } = batch.at(-1) as RawRecord;
          this.#index.add(
            batch.flatMap(({ bytes }) => readableEntry(bytes.toString('utf8'))),
            { [writer]: seq },
          );
          await breathe();
        }
        if (this.#stopped) return;
      }
    }
  }
}
