/**
 * Sends the journal's events to one sink, in their order, from where it stopped the last time. Each sink has a forwarder
 * of its own: one that does not answer keeps no other one waiting.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { replaceFile } from '../../files/promises.ts';
import { JournalTail } from '../tail.ts';
import type { Positions } from '../tail.ts';
import type { Sink } from './sink.ts';

export interface ForwarderOptions {
  name: string;
  journalDir: string;
  /** Remembers how far the sink is. */
  placeFile: string;
  sink: Sink;
  deadlineMs: number;
  onState: (state: ForwarderState) => void;
}

export interface ForwarderState {
  name: string;
  positions: Positions;
  /** performance.now() of when the oldest record was seen that the sink has not taken, or could not be; undefined: it has all. */
  waitingSince: number | undefined;
  /** Of the last attempt. */
  error: string | undefined;
  /** Records that the sink took, and transmissions that failed, since this forwarder began. */
  delivered: number;
  failed: number;
}

const RECORDS_AT_ONCE = 100;
const RETRY_MS = { first: 250, last: 30_000 } as const;

export class Forwarder {
  readonly #options: ForwarderOptions;
  #durable: Positions = {};
  #running: Promise<void> | undefined;
  #again = false;
  readonly #stopping = new AbortController();
  #state: ForwarderState;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    const nothingYet = { positions: {}, waitingSince: undefined, error: undefined, delivered: 0, failed: 0 };
    this.#state = { name: options.name, ...nothingYet };
  }

  /** Sends what is there; returns at once. @param durable how far living writers' journals may be read */
  advance(durable: Positions): void {
    this.#durable = durable;
    this.#again = true;
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#options.sink.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    let wait: number = RETRY_MS.first;
    while (this.#again && !this.#stopping.signal.aborted) {
      this.#again = false;
      try {
        await this.#sendAll();
        wait = RETRY_MS.first;
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        this.#tell({
          error: (error as Error).message,
          failed: this.#state.failed + 1,
          waitingSince: this.#state.waitingSince ?? performance.now(), // whatever failed, the sink got nothing
        });
        this.#again = true;
        await sleep(wait, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
        wait = Math.min(wait * 2, RETRY_MS.last);
      }
    }
  }

  async #sendAll(): Promise<void> {
    const { journalDir, placeFile, sink, deadlineMs } = this.#options;
    const positions = await readPlace(placeFile);
    const tail = new JournalTail(journalDir, positions);
    this.#tell({ positions });
    for (;;) {
      const records = await tail.read(this.#durable, RECORDS_AT_ONCE);
      if (records.length === 0 || this.#stopping.signal.aborted) break;
      this.#tell({ waitingSince: this.#state.waitingSince ?? performance.now() });
      await sink.send(records, deadlineMs);
      await writePlace(placeFile, tail.positions);
      const delivered = this.#state.delivered + records.length;
      this.#tell({ positions: tail.positions, waitingSince: performance.now(), error: undefined, delivered });
    }
    this.#tell({ waitingSince: undefined, error: undefined });
  }

  #tell(changes: Partial<ForwarderState>): void {
    const state = { ...this.#state, ...changes };
    const same = (Object.keys(changes) as (keyof ForwarderState)[]).every(
      (name) => state[name] === this.#state[name],
    );
    this.#state = state;
    if (!same) this.#options.onState(state);
  }
}

/** How far a sink is; one that is new gets all that the journal has. @throws Error for people when the file is damaged */
async function readPlace(file: string): Promise<Positions> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return '{}';
  });
  try {
    return JSON.parse(text) as Positions;
  } catch {
    throw new Error(`${file} is damaged; once it is removed, the sink is sent all of the journal again`);
  }
}

async function writePlace(path: string, positions: Positions): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await replaceFile(path, `${JSON.stringify(positions)}\n`);
}
