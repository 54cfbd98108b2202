/**
 * Keeps one HSM process running on this host: an HSM far from KMS, or one with hardware. The process may die of its module,
 * or hang in it (a PKCS#11 call never returns): it is then started again, and nothing else is touched.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createHsmFolder } from '../hsm/folder.ts';
import type { HsmConfig } from '../hsm/folder.ts';
import { hsmProgram, readyMessage } from './hsm-process.ts';
import { readIfThere } from './folder.ts';

export interface HostedHsm {
  /** Ends the process for good; resolves when it has ended. */
  stop(): Promise<void>;
  /** Resolves when the process has ended and is not started again, with why. */
  ended: Promise<string>;
}

export interface HostOptions {
  dir: string;
  /** Called with each start: where the HSM listens. */
  ready: (address: { hsmId: string; host: string; port: number; pid: number }) => void;
  /** What happened to the process, for people. */
  say: (line: string) => void;
  /** How long the process may say nothing. Default 10 s. */
  silenceMs?: number;
}

const FIRST_PAUSE_MS = 250;
const LAST_PAUSE_MS = 30_000;
/** A start may take this long: modules of network HSMs connect first. */
const START_MS = 60_000;
const SILENCE_MS = 10_000;
const STOP_MS = 5_000;
/** Exit code of an HSM process whose folder belongs to another one. */
const EXIT_IN_USE = 3;

/**
 * Makes the folder of an HSM, or sees that it is the one that is asked for.
 * @throws Error when the folder has another configuration
 */
export async function prepareHsmFolder(dir: string, config: HsmConfig): Promise<void> {
  if (!existsSync(join(dir, 'hsm.json'))) {
    await createHsmFolder(dir, config);
    return;
  }
  const written = JSON.parse((await readIfThere(join(dir, 'hsm.json'))) ?? '{}') as Record<string, unknown>;
  for (const [member, wanted] of Object.entries(config) as [keyof HsmConfig, unknown][])
    if (JSON.stringify(written[member]) !== JSON.stringify(wanted))
      throw new Error(
        `${join(dir, 'hsm.json')} has another ${member}: it is decided when the folder is made`,
      );
}

/** Starts the HSM process of a folder and keeps it running. */
export function hostHsm(options: HostOptions): HostedHsm {
  const { dir, ready, say, silenceMs = SILENCE_MS } = options;
  let child: ChildProcess | undefined;
  let stopping = false;
  let pause = FIRST_PAUSE_MS;
  let timer: NodeJS.Timeout | undefined;
  let finish: (why: string) => void = () => {};
  const ended = new Promise<string>((resolve) => (finish = resolve));

  const start = (): void => {
    const running = spawn(
      process.execPath,
      [hsmProgram(), '--dir', dir, '--exit-with-parent', '--heartbeat'],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
        detached: true, // Ctrl-C reaches this process alone, which ends the HSM in order
      },
    );
    child = running;
    running.stdin.on('error', () => {}); // it is only there to end
    let watchdog: NodeJS.Timeout | undefined;
    const watch = (milliseconds: number): void => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => {
        say(`the HSM's process says nothing for ${milliseconds / 1000} s and is killed: its module hangs`);
        running.kill('SIGKILL');
      }, milliseconds);
    };
    watch(START_MS);
    createInterface({ input: running.stdout }).on('line', (line) => {
      watch(silenceMs);
      const message = readyMessage(line);
      if (message === undefined) return;
      pause = FIRST_PAUSE_MS;
      ready(message);
    });
    running.once('error', (error) => say(`the HSM's process cannot be started: ${error.message}`));
    running.once('close', (code, signal) => {
      clearTimeout(watchdog);
      if (stopping || code === EXIT_IN_USE) {
        finish(code === EXIT_IN_USE ? `another process owns ${dir}` : 'stopped');
        return;
      }
      say(`the HSM's process ended (${signal ?? `code ${code}`}); it is started again in ${pause / 1000} s`);
      timer = setTimeout(start, pause);
      pause = Math.min(pause * 2, LAST_PAUSE_MS);
    });
  };
  start();

  return {
    ended,
    async stop() {
      stopping = true;
      clearTimeout(timer);
      const running = child;
      if (running === undefined || running.exitCode !== null || running.signalCode !== null) {
        finish('stopped');
        return;
      }
      running.kill('SIGTERM');
      const late = setTimeout(() => running.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(late);
    },
  };
}
