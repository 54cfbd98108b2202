/** The server's side of the comparing process: starts it when it is needed, answers what it asks, knows how far it is. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { compiled } from '../entries/compiled.ts';
import type { Alarm, TrailNumbers } from '../hsm-trail/alarm.ts';
import type { Logger } from '../logging/logger.ts';
import type { WatchProgress } from '../reconcile/watch.ts';
import type { ComparisonOptions, FromComparison, ServerVerb, ServerVerbs, ToComparison } from './messages.ts';

const MAIN = fileURLToPath(compiled('trail-comparison/main'));
/** It ends when its memory grows beyond, and begins anew. */
const MAX_MEMORY_MB = 256;
/** One thread does all, also what V8 would have done by others, whose priority is not lowered. */
const FLAGS = [`--max-old-space-size=${MAX_MEMORY_MB}`, '--single-threaded'];

export interface ComparisonPorts {
  options: ComparisonOptions;
  /** false: nothing is compared, and nothing kept for it. */
  continuous: boolean;
  clock: () => number;
  keyOf(materialId: string): Promise<string | undefined>;
  clustersOf(customKeyStoreId: string): readonly string[] | undefined;
  alarm(alarm: Alarm): Promise<void>;
  numbers: TrailNumbers;
  logger: Logger;
}

/** The process ended before the run did. */
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
  #process: ChildProcess | undefined;
  #progress: WatchProgress | undefined;
  /** Matched by processes before this one. */
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
   * @throws ComparisonLost, Error with the process's own words; the next run begins where this one did
   */
  run(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (this.#run === undefined) {
      this.#run = newRun();
      this.#process ??= this.#start();
      this.#send({ type: 'run', now: this.#ports.clock() });
    }
    return this.#run.promise;
  }

  /** Ends the process where it stands: what it had not finished it begins again after the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    const running = this.#process;
    if (running?.kill('SIGKILL') === true) await once(running, 'exit');
    await Promise.allSettled(this.#answering);
  }

  #send(message: ToComparison): void {
    // what it cannot be told any more it does not miss: its end is heard of
    if (this.#process?.connected === true) this.#process.send(message, () => undefined);
  }

  #start(): ChildProcess {
    const child = fork(MAIN, [JSON.stringify(this.#ports.options)], {
      execArgv: [...process.execArgv, ...FLAGS],
      env: {}, // the server's may hold secrets
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.on('message', (message: FromComparison) => this.#hear(message));
    child.on('error', (error) => {
      this.#ports.logger.error({ err: error }, 'the comparison of the trails failed');
      if (child.pid === undefined) this.#lost(); // it could not be started, and has no exit
    });
    child.on('exit', () => this.#lost());
    return child;
  }

  #lost(): void {
    this.#process = undefined;
    this.#matchedBefore = this.#ports.numbers.matched;
    this.#end((run) => (this.#closed ? run.resolve() : run.reject(new ComparisonLost('the process ended'))));
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
      clustersOf: async (customKeyStoreId) => this.#ports.clustersOf(customKeyStoreId),
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
