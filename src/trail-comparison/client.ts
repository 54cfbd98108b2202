/** The server's side of the comparing thread: starts it when it is needed, answers what it asks, knows how far it is. */
import { Worker } from 'node:worker_threads';
import { compiled } from '../entries/compiled.ts';
import type { Alarm, TrailNumbers } from '../hsm-trail/alarm.ts';
import type { Logger } from '../logging/logger.ts';
import type { WatchProgress } from '../reconcile/watch.ts';
import type { ComparisonOptions, FromComparison, ServerVerb, ServerVerbs, ToComparison } from './messages.ts';

const MAIN = compiled('trail-comparison/main');
/** The thread is ended when its memory grows beyond, and begins anew. */
const MAX_MEMORY_MB = 256;

export interface ComparisonPorts {
  thread: ComparisonOptions;
  /** false: nothing is compared, and nothing kept for it. */
  continuous: boolean;
  clock: () => number;
  keyOf(materialId: string): Promise<string | undefined>;
  alarm(alarm: Alarm): Promise<void>;
  numbers: TrailNumbers;
  logger: Logger;
}

/** The thread ended before the run did. */
export class ComparisonLost extends Error {
  override readonly name = 'ComparisonLost';
}

interface Run {
  promise: Promise<void>;
  resolve: () => void;
  reject: (error: Error) => void;
}

export class Comparison {
  readonly #ports: ComparisonPorts;
  readonly #answering = new Set<Promise<void>>();
  #worker: Worker | undefined;
  #progress: WatchProgress | undefined;
  /** Matched by threads before this one. */
  #matchedBefore = 0;
  #run: Run | undefined;
  #closed = false;

  constructor(ports: ComparisonPorts) {
    this.#ports = ports;
  }

  /** Records of this time and later are needed still; milliseconds since 1970. All of them until a run has said how far it is. */
  get neededFrom(): number {
    return this.#ports.continuous ? (this.#progress?.neededFrom ?? 0) : Infinity;
  }

  /**
   * Compares what has settled since the last run; one run at a time.
   * @throws ComparisonLost, Error with the thread's own words; the next run begins where this one did
   */
  run(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (this.#run === undefined) {
      this.#run = newRun();
      this.#worker ??= this.#start();
      this.#send({ type: 'run', now: this.#ports.clock() });
    }
    return this.#run.promise;
  }

  /** Ends the thread where it stands: what it had not finished it begins again after the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker?.terminate();
    await Promise.allSettled(this.#answering);
  }

  #send(message: ToComparison): void {
    this.#worker?.postMessage(message);
  }

  #start(): Worker {
    const worker = new Worker(MAIN, {
      workerData: this.#ports.thread,
      resourceLimits: { maxOldGenerationSizeMb: MAX_MEMORY_MB },
    });
    worker.on('message', (message: FromComparison) => this.#hear(message));
    worker.on('error', (error) =>
      this.#ports.logger.error({ err: error }, 'the comparison of the trails failed'),
    );
    worker.on('exit', () => {
      this.#worker = undefined;
      this.#matchedBefore = this.#ports.numbers.matched;
      this.#end((run) => (this.#closed ? run.resolve() : run.reject(new ComparisonLost('the thread ended'))));
    });
    return worker;
  }

  #hear(message: FromComparison): void {
    switch (message.type) {
      case 'ask': {
        const answering = this.#answer(message).finally(() => this.#answering.delete(answering));
        this.#answering.add(answering);
        return;
      }
      case 'ran': {
        const { numbers } = this.#ports;
        this.#progress = message.progress;
        numbers.reconciledUntil = message.progress.comparedUntil;
        numbers.matched = this.#matchedBefore + message.progress.matched;
        return this.#end((run) => run.resolve());
      }
      case 'runFailed':
        return this.#end((run) => run.reject(new Error(message.message)));
    }
  }

  async #answer({ id, verb, input }: Extract<FromComparison, { type: 'ask' }>): Promise<void> {
    const answers: { [V in ServerVerb]: (input: ServerVerbs[V]['input']) => Promise<unknown> } = {
      keyOf: (materialId) => this.#ports.keyOf(materialId),
      alarm: (alarm) => this.#ports.alarm(alarm),
    };
    try {
      this.#send({ type: 'answer', id, output: await answers[verb](input as never) });
    } catch (error) {
      this.#send({ type: 'failed', id, message: (error as Error).message });
    }
  }

  #end(how: (run: Run) => void): void {
    const run = this.#run;
    this.#run = undefined;
    if (run !== undefined) how(run);
  }
}

function newRun(): Run {
  let settle: Omit<Run, 'promise'> | undefined;
  const promise = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));
  return { promise, ...(settle as unknown as Omit<Run, 'promise'>) };
}
