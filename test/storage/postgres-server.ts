/** A real PostgreSQL server for tests, of its own: data in a temporary folder, a free port, never the system's cluster. */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { PostgresDatabase } from '../../src/configuration/database.ts';

const VERSIONS = '/usr/lib/postgresql';
const USER = 'claviger';
const START_MS = 30_000;

/** Where initdb and postgres are; undefined where there is none. */
function programs(): string | undefined {
  if (!existsSync(VERSIONS)) return undefined;
  const folders = readdirSync(VERSIONS).map((version) => join(VERSIONS, version, 'bin'));
  return folders.find((folder) => existsSync(join(folder, 'initdb')));
}

/** Why tests that need PostgreSQL cannot run here; false: they can. For `skip` of node:test. */
export const WITHOUT_POSTGRES: string | false =
  programs() === undefined ? 'there is no PostgreSQL here (apt-get install postgresql)' : false;

/** PostgreSQL does not run as root. */
function owner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (option: string): number =>
    Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

const running = new Set<ChildProcess>();
const folders = new Set<string>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGQUIT');
  for (const folder of folders)
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
});

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

export class PostgresServer {
  readonly folder: string;
  readonly port: number;
  readonly passwordFile: string;
  readonly #password: string;
  #child: ChildProcess | undefined;

  private constructor(folder: string, port: number, password: string) {
    this.folder = folder;
    this.port = port;
    this.#password = password;
    this.passwordFile = join(folder, 'password');
  }

  /** @param settings lines for postgresql.conf */
  static async start(settings: readonly string[] = []): Promise<PostgresServer> {
    const server = await PostgresServer.#prepare(randomBytes(12).toString('hex'));
    server.#run('initdb', [
      ...['-D', server.data, '-U', USER, '--encoding=UTF8', '--locale=C.UTF-8', '--no-instructions'],
      ...['--auth=scram-sha-256', `--pwfile=${server.passwordFile}`],
    ]);
    appendFileSync(join(server.data, 'postgresql.conf'), settings.map((line) => `${line}\n`).join(''));
    await server.resume();
    return server;
  }

  static async #prepare(password: string, port?: number): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), 'claviger-postgres-'));
    folders.add(folder);
    const server = new PostgresServer(folder, port ?? (await freePort()), password);
    writeFileSync(server.passwordFile, `${password}\n`, { mode: 0o600 });
    const account = owner();
    if (account !== undefined) {
      for (const path of [folder, server.passwordFile]) chownSync(path, account.uid, account.gid);
    }
    chmodSync(folder, 0o700);
    return server;
  }

  get data(): string {
    return join(this.folder, 'data');
  }

  /** Starts the server on what is in its folder. Resolves when it answers. */
  async resume(): Promise<void> {
    const until = performance.now() + START_MS;
    for (;;) {
      const output = await this.#tryToRun(until);
      if (output === undefined) return;
      if (performance.now() > until) throw new Error(`PostgreSQL did not start\n${output}`);
      await sleep(50); // processes of a server that was just killed may hold its memory for a moment
    }
  }

  /** @returns what it printed when it ended by itself */
  async #tryToRun(until: number): Promise<string | undefined> {
    const child = spawn(
      join(programs() as string, 'postgres'),
      ['-D', this.data, '-p', String(this.port), '-h', '127.0.0.1', '-k', this.folder],
      { stdio: ['ignore', 'ignore', 'pipe'], ...owner() },
    );
    let output = '';
    child.stderr.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-10_000)));
    running.add(child);
    child.unref(); // it ends with this process, and does not keep it
    (child.stderr as Socket).unref();
    child.once('exit', () => running.delete(child));
    while (child.exitCode === null && performance.now() < until) {
      if (await this.#answers()) {
        this.#child = child;
        return undefined;
      }
      await sleep(50);
    }
    child.kill('SIGQUIT');
    return output;
  }

  async #answers(): Promise<boolean> {
    try {
      await this.query('select 1');
      return true;
    } catch {
      return false;
    }
  }

  /** kill -9 of the server; its other processes end when they notice. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGINT'); // "fast shutdown"
  }

  /** Stops all processes of the server where they are, as a machine that hangs; `continue` lets them go on. */
  signalAll(signal: 'SIGSTOP' | 'SIGCONT'): void {
    const { pid } = this.#child ?? {};
    const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
    for (const one of [pid, ...children.trim().split(/\s+/).map(Number)]) {
      try {
        if (one) process.kill(one, signal);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // one that had ended was waited for meanwhile
      }
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.ref();
    child.kill(signal);
    await ended;
  }

  async remove(): Promise<void> {
    await this.#end('SIGQUIT');
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    folders.delete(this.folder);
  }

  /** One statement as the owner of everything. */
  async query(text: string, database = 'postgres'): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({
      ...{ host: '127.0.0.1', port: this.port, user: USER, password: this.#password, database },
      connectionTimeoutMillis: 2_000,
    });
    client.on('error', () => {});
    try {
      await client.connect();
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end().catch(() => {});
    }
  }

  /** A new, empty database. @returns how Claviger finds it */
  async createDatabase(): Promise<PostgresDatabase> {
    const database = `claviger_${randomBytes(6).toString('hex')}`;
    await this.query(`create database ${database}`);
    return this.settings(database);
  }

  settings(database: string): PostgresDatabase {
    return {
      engine: 'postgres',
      hosts: [{ host: '127.0.0.1', port: this.port }],
      database,
      user: USER,
      passwordFile: this.passwordFile,
      tls: undefined,
      connections: 10,
      timeoutSeconds: 10,
    };
  }

  /**
   * A server that follows this one, to which every commit goes before it is acknowledged.
   * @param port a free one when undefined
   */
  async startStandby(port?: number): Promise<PostgresServer> {
    const standby = await PostgresServer.#prepare(this.#password, port);
    standby.#run(
      'pg_basebackup',
      [
        ...['-D', standby.data, '-R', '-X', 'stream', '-c', 'fast'],
        ...['-d', `host=127.0.0.1 port=${this.port} user=${USER} application_name=standby`],
      ],
      { PGPASSWORD: this.#password },
    );
    await standby.resume();
    await this.query(`alter system set synchronous_standby_names = 'standby'`);
    await this.query('select pg_reload_conf()');
    for (;;) {
      const [row] = await this.query('select sync_state from pg_stat_replication');
      if (row?.['sync_state'] === 'sync') return standby;
      await sleep(50);
    }
  }

  /** Makes a standby take writes. It waits for no standby of its own: its settings are from before there was one. */
  async promote(): Promise<void> {
    await this.query('select pg_promote(true)');
  }

  #run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
    execFileSync(join(programs() as string, program), args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...env },
      cwd: this.folder,
      ...owner(),
    });
  }
}

let shared: Promise<PostgresServer> | undefined;

/** One server for all tests of this process; it ends with the process. */
export function sharedPostgres(): Promise<PostgresServer> {
  return (shared ??= PostgresServer.start());
}
