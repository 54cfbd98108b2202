/** Runs an HSM process for the time of a ceremony: the recovery HSM. HSMs of a cluster run under their own supervisor. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { compiled } from '../entries/compiled.ts';

export interface RunningHsm {
  hsmId: string;
  host: string;
  port: number;
  /** The process itself, for who must know when it ends. */
  process: ChildProcess;
  /** Ends the process and waits for its end. */
  stop(): Promise<void>;
}

/** How long an HSM process may take until it is ready, and until it has stopped. */
const START_MS = 20_000;
const STOP_MS = 5_000;
/** Another process owns the folder (the HSM's exit code): that of a ceremony which was killed ends within moments. */
const EXIT_IN_USE = 3;
const IN_USE_TRIES = 10;
const IN_USE_PAUSE_MS = 500;

/**
 * Starts the HSM process of a folder; it ends with this process. Its log goes to this process's standard error.
 * @throws Error when it ends before it is ready, or another process runs this HSM for longer than 5 s
 */
export async function runHsm(dir: string): Promise<RunningHsm> {
  for (let tries = 1; ; tries += 1) {
    const hsm = await tryRunHsm(dir);
    if (hsm !== 'in use') return hsm;
    if (tries === IN_USE_TRIES) throw new Error(`another process runs the HSM of ${dir}`);
    await sleep(IN_USE_PAUSE_MS);
  }
}

async function tryRunHsm(dir: string): Promise<RunningHsm | 'in use'> {
  const child = spawn(process.execPath, [hsmProgram(), '--dir', dir, '--exit-with-parent'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => {}); // it is only there to end
  const stop = async (): Promise<void> => {
    if (hasEnded(child)) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
  };
  try {
    const { hsmId, host, port } = await readyLine(child, dir);
    return { hsmId, host, port, process: child, stop };
  } catch (error) {
    if (child.exitCode === EXIT_IN_USE) return 'in use';
    await stop();
    throw error;
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

/** What an HSM process says once it listens. */
interface ReadyLine {
  ready: true;
  hsmId: string;
  host: string;
  port: number;
  pid: number;
}

/** undefined for any other line: a heartbeat, or what a vendor's library prints there. */
export function readyMessage(line: string): ReadyLine | undefined {
  try {
    const message = JSON.parse(line) as Partial<ReadyLine> | null;
    return message?.ready === true ? (message as ReadyLine) : undefined;
  } catch {
    return undefined;
  }
}

function readyLine(child: ChildProcess & { stdout: NodeJS.ReadableStream }, dir: string): Promise<ReadyLine> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the HSM of ${dir} is not ready in time`)), START_MS);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`the HSM of ${dir} ended with ${code ?? signal ?? 'nothing'} before it was ready`));
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const message = readyMessage(line);
      if (message === undefined) return;
      clearTimeout(timer);
      resolve(message);
    });
  });
}

/** An entry file of src/hsm, as an argument of Node.js. */
export function hsmProgram(name = 'main'): string {
  return fileURLToPath(compiled(`hsm/${name}`));
}
