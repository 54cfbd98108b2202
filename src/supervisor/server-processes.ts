/** The serving processes of this node: the sockets that they inherit, what they are told, and what they ask for. */
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import type { Logger } from '../logging/logger.ts';
import type { RootCredentials } from '../server/identities.ts';
import type { FromServer, HsmWork, ToServer } from '../server/parent-messages.ts';
import { Child } from './child.ts';
import type { OnFailure } from './child.ts';
import { openFrontDoor } from './front-door.ts';
import type { FrontDoor } from './front-door.ts';
import type { DataFolder } from './installation.ts';
import { NODE_FLAGS, PROGRAMS } from './programs.ts';

/** What a serving process wants of the other processes of its machine. */
export type ServerRequest = FromServer & {
  type: 'restartHsm' | 'restartCrypto' | 'resetUserPassword' | 'members';
};

export interface ServerProcessesPorts {
  folder: DataFolder;
  host: string;
  /** 0: any free port. */
  port: number;
  /** How many processes serve requests. */
  workers: number;
  regions: readonly string[];
  /** The configuration file; it need not be there. */
  configFile: string;
  logger: Logger;
  /** Where the crypto process listens now. */
  cryptoSocket(): string;
  /** What the API has done to HSMs and images. @returns what the work gives @throws Error */
  perform(work: HsmWork): Promise<string | undefined>;
  asked(request: ServerRequest): void;
  /** A process was started, and is about to be able to hear. */
  started(): void;
  /** A process ended before it was up, this many times in a row. */
  failed(name: string, ...failure: Parameters<OnFailure>): void;
  /** Whether the installation was complete before: its database cannot be empty. */
  established(): boolean;
}

/**
 * Threads on which files are read and written (libuv; 4 by default). All threads of a server share them: with few, reads of
 * threads that read both trails stand in the way of the journal, for which answers wait.
 */
const FILE_THREADS = '16';

export class ServerProcesses {
  readonly #ports: ServerProcessesPorts;
  /** By worker, from 1. The first one is told what concerns the node as a whole. */
  readonly #children = new Map<number, Child>();
  readonly #events = new EventEmitter();
  #door: FrontDoor | undefined;
  #root: RootCredentials | undefined;

  constructor(ports: ServerProcessesPorts) {
    this.#ports = ports;
  }

  get count(): number {
    return this.#children.size;
  }

  get pids(): number[] {
    return [...this.#children.values()].flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }

  /** Where clients reach them. */
  get url(): string {
    const scheme = process.env['CLAVIGER_TLS_CERT'] === undefined ? 'http' : 'https';
    const { host, port } = this.#ports;
    return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${this.#door?.port ?? port}`;
  }

  /** @throws Error before the first process listens */
  get root(): RootCredentials {
    if (this.#root === undefined) throw new Error('the server has not said who its root user is');
    return this.#root;
  }

  /** Starts them one after the other: the first one makes what a new database lacks, the others find it. */
  async startAll(): Promise<void> {
    const { host, port, workers } = this.#ports;
    this.#door = await openFrontDoor(host, port, workers);
    for (const [at, descriptor] of this.#door.descriptors.entries()) {
      const settled = once(this.#events, `settled ${at + 1}`);
      this.#start(at + 1, descriptor);
      await settled;
    }
  }

  /** Replaces the processes one after the other: connections wait in the front door meanwhile. */
  async restartAll(): Promise<void> {
    for (const [worker, child] of this.#children) {
      const listening = once(this.#events, `listening ${worker}`);
      await child.recycle();
      await listening;
    }
  }

  async stop(): Promise<void> {
    await Promise.all(Array.from(this.#children.values(), (child) => child.stop()));
    this.#door?.close();
  }

  tell(message: ToServer): void {
    for (const child of this.#children.values()) child.send(message);
  }

  /** Tells the first process of a cluster, and waits until it is on record. */
  async adopt(message: ToServer & { type: 'adopt' }): Promise<void> {
    const adopted = once(this.#events, 'adopted');
    this.#children.get(1)?.send(message);
    await adopted;
  }

  #start(worker: number, descriptor: number): void {
    const { folder, host, workers, regions, configFile } = this.#ports;
    const name = worker === 1 ? 'server' : `server-${worker}`;
    const child = new Child({
      name,
      main: PROGRAMS.server,
      ipc: true,
      descriptor,
      nodeFlags: [...NODE_FLAGS, '--max-semi-space-size=32'],
      env: { UV_THREADPOOL_SIZE: FILE_THREADS },
      args: () => [
        ...['--data', folder.server, '--host', host, '--listen-descriptor', '4'],
        ...['--worker', String(worker), '--workers', String(workers)],
        ...['--regions', regions.join(','), '--config', configFile],
        ...['--crypto-socket', this.#ports.cryptoSocket()],
        ...(this.#ports.established() ? ['--established'] : []),
      ],
      logFile: join(folder.logs, `${name}.log`),
      onFailure: (...failure) => this.#ports.failed(name, ...failure),
      onMessage: (message) => this.#heard(worker, message as FromServer),
      onStart: () => this.#ports.started(),
    });
    this.#children.set(worker, child);
  }

  #heard(worker: number, message: FromServer): void {
    switch (message.type) {
      case 'listening':
        this.#root = message.root;
        this.#events.emit(`listening ${worker}`);
        break;
      case 'settled':
        this.#events.emit(`settled ${worker}`);
        break;
      case 'adopted':
        this.#events.emit('adopted');
        break;
      case 'hsmWork':
        void this.#perform(worker, message.id, message.work);
        break;
      default:
        this.#ports.asked(message);
    }
  }

  async #perform(worker: number, id: number, work: HsmWork): Promise<void> {
    const answer = (fields: { result?: string; error?: string }): void =>
      this.#children.get(worker)?.send({ type: 'hsmWorkDone', id, ...fields } satisfies ToServer);
    try {
      const result = await this.#ports.perform(work);
      answer(result === undefined ? {} : { result });
    } catch (error) {
      this.#ports.logger.error({ err: error, task: work.task }, 'work on HSMs failed');
      answer({ error: (error as Error).message });
    }
  }
}
