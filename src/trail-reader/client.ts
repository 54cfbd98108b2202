/** The server's side of the reading thread: starts it, starts it again when it ends, asks it. */
import { Worker } from 'node:worker_threads';
import { compiled } from '../entries/compiled.ts';
import type { ForwarderState } from '../audit/forwarding/forwarder.ts';
import type { Positions } from '../audit/tail.ts';
import type { Logger } from '../logging/logger.ts';
import type { FromReader, ReaderOptions, ReaderVerb, ReaderVerbs, ToReader } from './messages.ts';

const MAIN = compiled('trail-reader/main');
const RESTART_MS = 1_000;

/** The thread ended before it answered. */
export class TrailReaderLost extends Error {
  override readonly name = 'TrailReaderLost';
}

interface Waiting {
  resolve: (output: never) => void;
  reject: (error: Error) => void;
}

interface SinkState {
  positions: Positions;
  /** As the thread said it: another number means that something was taken meanwhile. */
  said: number | undefined;
  /** performance.now() of this thread. */
  since: number | undefined;
  /** As this thread said it. */
  delivered: number;
  failed: number;
  /** What threads before this one said at last. */
  before: { delivered: number; failed: number };
}

/** How a sink is doing. */
export interface SinkReading {
  name: string;
  /** Records that it took, and transmissions that failed, since the server began. */
  delivered: number;
  failed: number;
  /** Durable records of this server's journal that it has not taken. */
  behind: number;
  /** How long it has had something to take and taken nothing; 0 when it has all. */
  waitingSeconds: number;
}

const NEW_SINK: SinkState = {
  ...{ positions: {}, said: undefined, since: undefined, delivered: 0, failed: 0 },
  before: { delivered: 0, failed: 0 },
};

export class TrailReader {
  readonly #options: ReaderOptions;
  readonly #logger: Logger;
  readonly #waiting = new Map<number, Waiting>();
  readonly #sinks = new Map<string, SinkState>();
  #worker: Worker;
  #running = true;
  #lastId = 0;
  #durable: Positions;
  #closed: Promise<void> | undefined;

  /** @param durable how far living writers' journals are durable now: nothing beyond is read */
  constructor(options: ReaderOptions, durable: Positions, logger: Logger) {
    this.#options = options;
    this.#durable = durable;
    this.#logger = logger;
    this.#worker = this.#start();
  }

  /** Tells how far living writers' journals are durable: nothing beyond is read. */
  advance(positions: Positions): void {
    this.#durable = positions;
    this.#send({ type: 'durable', positions });
  }

  /** How far each sink is, as far as is known. */
  get sinkPositions(): Positions[] {
    return this.#options.sinks.map(({ name }) => this.#sinks.get(name)?.positions ?? {});
  }

  /** How long a sink has had something to take and taken nothing, milliseconds; 0 when it has all. */
  sinkWaits(name: string): number {
    const since = this.#sinks.get(name)?.since;
    return since === undefined ? 0 : performance.now() - since;
  }

  /** How each sink is doing, as far as is known. */
  get sinks(): SinkReading[] {
    return this.#options.sinks.map(({ name }) => {
      const { positions, delivered, failed, before } = this.#sinks.get(name) ?? NEW_SINK;
      const behind = Object.entries(this.#durable).map(([writer, seq]) => seq - (positions[writer] ?? 0));
      return {
        name,
        delivered: before.delivered + delivered,
        failed: before.failed + failed,
        behind: behind.reduce((sum, records) => sum + Math.max(0, records), 0),
        waitingSeconds: this.sinkWaits(name) / 1000,
      };
    });
  }

  /** @throws TrailReaderLost, Error with the thread's own words */
  ask<V extends ReaderVerb>(verb: V, input: ReaderVerbs[V]['input']): Promise<ReaderVerbs[V]['output']> {
    const id = (this.#lastId += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send({ type: 'call', id, verb, input });
    });
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      if (!this.#running) return resolve();
      this.#worker.once('exit', () => resolve());
      this.#send({ type: 'stop' });
    });
    return this.#closed;
  }

  #send(message: ToReader): void {
    this.#worker.postMessage(message);
  }

  #start(): Worker {
    this.#running = true;
    const worker = new Worker(MAIN, { workerData: this.#options });
    worker.on('message', (message: FromReader) => this.#hear(message));
    worker.on('error', (error) => this.#logger.error({ err: error }, 'the reader of the trail failed'));
    worker.on('exit', () => this.#ended());
    worker.postMessage({ type: 'durable', positions: this.#durable } satisfies ToReader);
    return worker;
  }

  #hear(message: FromReader): void {
    if (message.type === 'trouble') {
      this.#logger.error({ reason: message.message }, 'trouble with the event history');
      return;
    }
    if (message.type === 'sink') return this.#hearOfSink(message.state);
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === 'answer') waiting?.resolve(message.output as never);
    else waiting?.reject(new Error(message.message));
  }

  #hearOfSink({ name, positions, waitingSince: said, error, delivered, failed }: ForwarderState): void {
    const known = this.#sinks.get(name) ?? NEW_SINK;
    const since = said === undefined ? undefined : said === known.said ? known.since : performance.now();
    this.#sinks.set(name, { ...known, positions, said, since, delivered, failed });
    if (error !== undefined && failed !== known.failed)
      this.#logger.warn({ sink: name, reason: error }, 'a sink did not take events');
  }

  #ended(): void {
    this.#running = false;
    for (const [name, { before, delivered, failed, ...state }] of this.#sinks) {
      this.#sinks.set(name, {
        ...state,
        since: state.since ?? performance.now(), // who cannot say that a sink has all must not be believed to
        ...{ delivered: 0, failed: 0 },
        before: { delivered: before.delivered + delivered, failed: before.failed + failed },
      });
    }
    for (const { reject } of this.#waiting.values()) reject(new TrailReaderLost('the reader ended'));
    this.#waiting.clear();
    if (this.#closed !== undefined) return;
    setTimeout(() => {
      if (this.#closed === undefined) this.#worker = this.#start();
    }, RESTART_MS).unref();
  }
}
