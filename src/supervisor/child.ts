/** One child process that is kept running: started, awaited until it says that it is ready, started again when it ends. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';

export interface ChildOptions {
  name: string;
  /** Compiled main file. */
  main: string;
  /** Arguments at each start. */
  args: () => string[];
  /** Where standard error goes, appended. */
  logFile: string;
  /** Node's IPC channel instead of lines on standard output. */
  ipc?: boolean;
  /** File descriptor that the process gets as its number 4; with `ipc` only. */
  descriptor?: number;
  env?: NodeJS.ProcessEnv;
  /** Flags of Node itself. */
  nodeFlags?: readonly string[];
  /** Called with each JSON line of standard output, or each IPC message. */
  onMessage?: (message: unknown) => void;
  onStart?: () => void;
  onExit?: (code: number | null) => void;
  /** Called when the process ended before it had been up for a while, with how often that has happened in a row. */
  onFailure?: OnFailure;
}

/** @param error why it could not even be started; undefined: its log has the reason */
export type OnFailure = (times: number, error?: Error) => void;

/**
 * A process that was killed is back at once; one that ends again and again before it has been up for a while, whether it said something
 * before or not, is given longer and longer pauses.
 */
const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 30_000;
/** Of one that does come up: it does some work each time. */
const LAST_PAUSE_OF_FLEETING_MS = 1_000;
/** From its first word on. */
const UP_FOR_A_WHILE_MS = 1_000;
const STOP_MS = 5_000;

export class Child {
  readonly name: string;
  readonly #options: ChildOptions;
  #process: ChildProcess | undefined;
  #stopping = false;
  #pause = FIRST_PAUSE_MS;
  #failures = 0;
  /** When the process first said something, on the monotonic clock. */
  #upSince: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @throws Error when the process cannot be started; later it is tried again until it can */
  constructor(options: ChildOptions) {
    this.name = options.name;
    this.#options = options;
    this.#start();
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Sends an IPC message, or a JSON line on standard input; nothing while the process is down. */
  send(message: object): void {
    const child = this.#process;
    if (child === undefined) return;
    if (this.#options.ipc === true) {
      if (child.connected) child.send(message);
    } else child.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  /** Kills the process; it is started again at once. */
  restart(): void {
    this.#pause = FIRST_PAUSE_MS;
    this.#process?.kill('SIGKILL');
  }

  /** Has the process end in order; it is started again then. */
  async recycle(): Promise<void> {
    await this.#end();
  }

  /** Ends the process for good. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    await this.#end();
  }

  async #end(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
  }

  #start(): void {
    const { main, args, logFile, ipc, descriptor, env, nodeFlags, onMessage, onStart } = this.#options;
    this.#upSince = undefined;
    const heard = (message: unknown): void => {
      this.#upSince ??= performance.now();
      onMessage?.(message);
    };
    const log = openLog(logFile);
    let child: ChildProcess;
    try {
      child = spawn(process.execPath, [...(nodeFlags ?? []), main, ...args()], {
        // a group of its own: Ctrl-C reaches the supervisor alone, which ends the others in order
        detached: true,
        stdio:
          ipc === true
            ? ['ignore', log, log, 'ipc', ...(descriptor === undefined ? [] : [descriptor])]
            : ['pipe', 'pipe', log],
        env: { ...process.env, ...env },
      });
    } finally {
      closeSync(log);
    }
    this.#process = child;
    child.stdin?.on('error', () => {}); // it ended: `exit` tells
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on('line', (line) => heard(parse(line)));
    } else child.on('message', heard);
    child.on('error', () => {}); // it could not be spawned, or is dead and was told something: `close` comes
    child.once('close', (code) => this.#ended(child, code));
    onStart?.();
  }

  #ended(child: ChildProcess, code: number | null): void {
    if (this.#process !== child) return;
    this.#process = undefined;
    if (this.#upSince !== undefined && performance.now() - this.#upSince >= UP_FOR_A_WHILE_MS) {
      this.#pause = FIRST_PAUSE_MS;
      this.#failures = -1;
    }
    this.#options.onExit?.(code);
    if (!this.#stopping) this.#startLater();
  }

  /** @param error why it could not be started just now */
  #startLater(error?: Error): void {
    this.#failures += 1;
    if (this.#failures > 0) this.#options.onFailure?.(this.#failures, error);
    this.#timer = setTimeout(() => {
      try {
        this.#start();
      } catch (cannot) {
        // no memory or descriptors are left, or the disk is full: this process must not end for that, and with it all others
        this.#startLater(cannot as Error);
      }
    }, this.#pause);
    const last = this.#upSince === undefined ? LAST_PAUSE_MS : LAST_PAUSE_OF_FLEETING_MS;
    this.#pause = Math.min(this.#pause * 2, last);
  }
}

/** In a folder that may have been removed, to make room or by mistake. */
function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  return openSync(file, 'a', 0o600);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
