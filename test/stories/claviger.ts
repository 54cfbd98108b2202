/** A real Claviger for tests: all its processes, started as a user starts them, in a data folder of its own. */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { KMSClient } from '@aws-sdk/client-kms';
import { parse, stringify } from 'yaml';
import type { DatabaseConfiguration } from '../../src/configuration/database.ts';
import { connectPostgres } from '../../src/storage/postgres.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';
import type { Database } from '../../src/storage/store.ts';
import type { ClientConfig } from '../../src/supervisor/client-config.ts';
import { databaseSection, testDatabase } from '../storage/test-database.ts';
import { WITHOUT_REQUEST_QUOTAS } from './without-quotas.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const START_MS = 90_000;

export interface Claviger {
  dataDir: string;
  /** As clients find it now in `<data>/client.json`. */
  config(): ClientConfig;
  /** An official SDK client; it does not retry unless told so. */
  client(options?: { maxAttempts?: number; sockets?: number }): KMSClient;
  /** The rows that the server works with; close it after use. */
  openStore(): Promise<Database>;
  /** Ends all processes as Ctrl-C does, and starts again on the same data. */
  restart(): Promise<void>;
  /** Starts again after the processes were killed. */
  resume(): Promise<void>;
  /** Kills the supervisor and the server; their children follow. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  /** Stops and removes the data. */
  remove(): Promise<void>;
}

/**
 * A data folder that the whole suite starts from (scripts/test.mjs), made by a first start: keys, tokens and ceremonies of a first start
 * take most of its time, and are looked at in test/stories/setup.test.ts. Not there when single files are run. What is given a folder
 * of its own has a first start.
 */
const { CLAVIGER_TEST_INSTALLATION: INSTALLATION } = process.env;

/**
 * @param env what the processes find in their environment beside this process's
 * @param database a fresh one of the engine that CLAVIGER_TEST_ENGINE names when undefined
 * @param configuration YAML of other sections
 * @param ownDir an empty folder; another Claviger is started for the first time in it
 */
export async function startClaviger(
  env: NodeJS.ProcessEnv = {},
  database?: DatabaseConfiguration,
  configuration = WITHOUT_REQUEST_QUOTAS,
  ownDir?: string,
): Promise<Claviger> {
  const dataDir = ownDir ?? newDataDir();
  const used = database ?? (await testDatabase());
  const section = databaseSection(used);
  const anyWillDo = ownDir === undefined && Object.keys(env).every((name) => name === 'CLAVIGER_CONFIG');
  if (INSTALLATION !== undefined && used.engine === 'sqlite' && anyWillDo) copy(INSTALLATION, dataDir);
  writeFileSync(join(dataDir, 'claviger.yaml'), configuration, { mode: 0o600 });
  let child = await launch(dataDir, section, env);

  const config = (): ClientConfig =>
    JSON.parse(readFileSync(join(dataDir, 'client.json'), 'utf8')) as ClientConfig;
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  const resume = async (): Promise<void> => {
    child = await launch(dataDir, section, env);
  };
  return {
    dataDir,
    config,
    client: (options = {}) => {
      const { endpoint, region, accessKeyId, secretAccessKey } = config();
      return new KMSClient({
        endpoint,
        region,
        credentials: { accessKeyId, secretAccessKey },
        maxAttempts: options.maxAttempts ?? 1,
        requestHandler: { httpAgent: { maxSockets: options.sockets ?? 50, keepAlive: true } },
      });
    },
    openStore: () =>
      used.engine === 'sqlite'
        ? openSqlite(join(dataDir, 'server', 'claviger.db'))
        : Promise.resolve(connectPostgres(used)),
    restart: async () => {
      await stop();
      await resume();
    },
    resume,
    kill: async () => {
      const ended = once(child, 'exit');
      for (const pid of config().pids.server) process.kill(pid, 'SIGKILL');
      await ended;
    },
    stop,
    remove: async () => {
      await stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Copies have the same trust anchor and passwords, so that none may listen where another did: a client would be glad of it. */
function copy(installation: string, dataDir: string): void {
  execFileSync('cp', ['-a', `${installation}/.`, dataDir]); // HSMs' folders belong to users of theirs
  const file = join(dataDir, 'installation.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"port": \d+/g, '"port": 0'));
}

export function newDataDir(): string {
  return mkdtempSync(join(tmpdir(), 'claviger-'));
}

/** Resolves when client.json is there. @throws Error with what was printed when the start failed */
async function launch(dataDir: string, section: string, env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const configuration = env['CLAVIGER_CONFIG'] ?? join(dataDir, 'claviger.yaml');
  // tests write configurations of their own, which say nothing of the engine
  if (section !== '') {
    const said = (parse(readFileSync(configuration, 'utf8')) ?? {}) as object;
    if (!('database' in said))
      writeFileSync(configuration, stringify({ ...said, ...(parse(section) as object) }));
  }
  rmSync(join(dataDir, 'client.json'), { force: true });
  const child = spawn(process.execPath, [MAIN, 'start', '--data', dataDir, '--listen', '127.0.0.1:0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const until = performance.now() + START_MS;
  while (!output.includes('Claviger is ready')) {
    if (child.exitCode !== null || performance.now() > until) {
      child.kill('SIGKILL');
      throw new Error(`Claviger did not start\n${output}`);
    }
    await sleep(20);
  }
  return child;
}

/** Polls until `check` gives something else than undefined. @throws Error after `milliseconds` */
export async function eventually<T>(
  milliseconds: number,
  what: string,
  check: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const until = performance.now() + milliseconds;
  for (;;) {
    const result = await check();
    if (result !== undefined) return result;
    if (performance.now() > until) throw new Error(`${what}: not within ${milliseconds} ms`);
    await sleep(25);
  }
}
