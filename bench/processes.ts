/** The bench's own child processes, and the CPU time of any process. Linux only (/proc). */
import { execFileSync, fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { RecordedAnswer } from './bare-server.ts';
import { Histogram } from './histogram.ts';
import type { Command, Report } from './load-generator.ts';
import type { Interval, OpenReport, OpenShape } from './open-loop.ts';

/** What one run measured. */
export interface Measurement {
  /** Answers with status 200 per second. */
  rps: number;
  requests: number;
  p50Ms: number;
  p99Ms: number;
  /** CPU time of all measured processes per request, microseconds. */
  cpuUs: number;
  errors: number;
  firstErrors: string[];
}

/** A child process that answers with messages, which are kept until they are asked for. */
export interface Child {
  process: ChildProcess;
  /** @throws Error when the process ends instead */
  next(): Promise<unknown>;
  stop(): Promise<void>;
}

/** @param file a program of this folder @param environment beside what is there */
export function startChild(
  file: string,
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Child {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, args, {
    execArgv: ['--import', 'tsx'],
    serialization: 'advanced',
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  const messages: unknown[] = [];
  const exited = once(child, 'exit');
  let wake: (() => void) | undefined;
  child.on('message', (message) => {
    messages.push(message);
    wake?.();
  });
  child.on('exit', () => wake?.());
  return {
    process: child,
    next: async () => {
      while (messages.length === 0) {
        if (child.exitCode !== null || child.signalCode !== null) {
          throw new Error('a process of the benchmark ended by itself');
        }
        await new Promise<void>((resolve) => (wake = resolve));
      }
      return messages.shift();
    },
    stop: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

export interface BareServer {
  port: number;
  pid: number;
  answerWith(answer: RecordedAnswer): Promise<void>;
  stop(): Promise<void>;
}

export async function startBareServer(): Promise<BareServer> {
  const child = startChild('./bare-server.ts');
  const { port } = (await child.next()) as { port: number };
  return {
    port,
    pid: child.process.pid as number,
    answerWith: async (answer) => {
      child.process.send(answer);
      await child.next();
    },
    stop: () => child.stop(),
  };
}

/** What an open-loop run measured. */
export interface OpenMeasurement extends Omit<OpenReport, 'ok' | 'served'> {
  ok: Histogram;
  served: Histogram;
  /** Answers with 200 a second. */
  goodput: number;
}

export interface LoadGenerator {
  /** The requests that the next runs send. */
  load(requests: Buffer[]): void;
  /** Loads a server on the loopback address and measures it, with the CPU time of the processes `pids()`. */
  run(
    target: { port: number; pids: () => number[] },
    shape: { connections: number; warmupMs: number; measureMs: number },
  ): Promise<Measurement>;
  /** Open loop (open-loop.ts); `load` may replace the requests meanwhile. @param passed told of each interval */
  open(shape: OpenShape, passed?: (interval: Interval) => void): Promise<OpenMeasurement>;
  /** Sends each request once; gives the bodies in order. @throws Error when one was not answered with 200 */
  collect(port: number, connections: number): Promise<string[]>;
  stop(): Promise<void>;
}

export function startLoadGenerator(): LoadGenerator {
  const child = startChild('./load-generator.ts');
  const send = (command: Command): void => void child.process.send(command);
  return {
    load: (requests) => send({ kind: 'load', requests }),
    run: async ({ port, pids }, shape) => {
      send({ kind: 'run', port, ...shape });
      let cpu = Number.NaN;
      for (;;) {
        const report = (await child.next()) as Report;
        if (report.kind === 'measuring') cpu = cpuSeconds(pids());
        else if (report.kind === 'measured') cpu = cpuSeconds(pids()) - cpu;
        else if (report.kind === 'done') return measurementOf(report, cpu);
      }
    },
    open: async (shape, passed = () => {}) => {
      send({ kind: 'open', shape });
      for (;;) {
        const answer = (await child.next()) as Report;
        if (answer.kind === 'interval') passed(answer.interval);
        if (answer.kind !== 'opened') continue;
        const { report } = answer;
        const ok = Histogram.fromPlain(report.ok);
        const served = Histogram.fromPlain(report.served);
        return { ...report, ok, served, goodput: (report.okInWindow / shape.measureMs) * 1000 };
      }
    },
    collect: async (port, connections) => {
      send({ kind: 'collect', port, connections });
      const report = (await child.next()) as Report;
      if (report.kind !== 'done' || report.errors > 0) {
        throw new Error(`preparing requests failed: ${JSON.stringify(report)}`);
      }
      return report.bodies;
    },
    stop: () => child.stop(),
  };
}

function measurementOf(report: Extract<Report, { kind: 'done' }>, cpu: number): Measurement {
  const { latenciesMs, windowMs, errors, firstErrors } = report;
  const requests = latenciesMs.length;
  return {
    rps: (requests / windowMs) * 1000,
    requests,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    cpuUs: requests === 0 ? Number.NaN : (cpu / requests) * 1e6,
    errors,
    firstErrors,
  };
}

/** The nearest-rank quantile of sorted values; NaN of none. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)] ?? Number.NaN;
}

/** Of x86-64 and arm64 as Linux runs there. */
const PAGE_BYTES = 4096;

let ticksPerSecond: number | undefined;

/** User and system time that the processes have used, seconds; a process that is gone counts as none (proc(5)). */
export function cpuSeconds(pids: readonly number[]): number {
  ticksPerSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'ascii' }));
  const ticks = pids.map((pid) => {
    const stat = statOf(pid);
    return stat === undefined ? 0 : Number(stat[11]) + Number(stat[12]);
  });
  return ticks.reduce((sum, value) => sum + value, 0) / ticksPerSecond;
}

/** Resident memory in bytes of each process that runs, by what it runs (`server`, `hsm`, `crypto-process` …). */
export function residentMemory(pids: readonly number[]): { name: string; pid: number; bytes: number }[] {
  return pids.flatMap((pid) => {
    try {
      const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]);
      const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
      const program = command.find((word) => /\.m?js$/.test(word)) ?? command[0] ?? '';
      const name = /([^/]+)\/[^/]*$/.exec(program)?.[1] ?? program;
      return [{ name, pid, bytes: pages * PAGE_BYTES }];
    } catch {
      return []; // ended in the meantime
    }
  });
}

/** The processes and all that descend from them. */
export function withDescendants(roots: readonly number[]): number[] {
  const all = new Set(roots);
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), Number(statOf(Number(name))?.[1])] as const);
  for (let before = -1; before !== all.size;) {
    before = all.size;
    for (const [pid, parent] of parents) if (all.has(parent)) all.add(pid);
  }
  return [...all];
}

/** Fields of /proc/<pid>/stat from the third on; the second is a name that may hold anything. */
function statOf(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
