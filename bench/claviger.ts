/** The Claviger that is measured: started afresh in a data folder of its own, exactly as `npm start` does. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { RecordedAnswer } from './bare-server.ts';
import { withDescendants } from './processes.ts';
import { signedHeaders } from './requests.ts';
import type { Api } from './requests.ts';

export interface Installation {
  endpoint: string;
  /** As the Host header has it. */
  host: string;
  port: number;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  customKeyStoreId: string;
  /** Its data folder. */
  dataDir: string;
  /** All processes of Claviger that run now. */
  pids(): number[];
  /** The end of what it and its server process wrote to their logs. */
  output(): Promise<string>;
}

/** The last few thousand characters of those files that exist. */
async function endsOf(paths: readonly string[]): Promise<string> {
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8').catch(() => '')));
  return texts.map((text) => text.slice(-4000)).join('\n');
}

/** How to reach Claviger, and the processes that it consists of. */
type Reached = Omit<Installation, 'output' | 'dataDir'>;

/** What Claviger writes to `<data>/client.json` when it serves. */
interface ClientFile {
  endpoint: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  customKeyStoreId: string;
  pids: unknown;
}

export interface StartOptions {
  /** What it would do if recording cost nothing. */
  journalInMemory?: boolean;
  /** A folder that is there and stays; a new one, removed at the end, when undefined. */
  dataDir?: string;
  /** More of the configuration file. */
  configuration?: string;
}

const repository = fileURLToPath(new URL('..', import.meta.url));

/**
 * @param readyMs how long it may take until it answers
 * @param started is given what ends it, at once, so that an interrupted start leaves nothing behind
 * @throws Error with the end of its output when it does not
 */
export async function startClaviger(
  readyMs: number,
  started: (stop: () => Promise<void>) => void,
  options: StartOptions = {},
): Promise<Installation> {
  const data = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'claviger-bench-')));
  const inMemory = options.journalInMemory === true ? await moveJournalToMemory(data) : undefined;
  // what is measured is what Claviger can do, and not what it lets one account do
  const configuration = `requestQuotas: { enforced: false }\n${options.configuration ?? ''}`;
  await writeFile(join(data, 'claviger.yaml'), configuration);
  const logPath = join(data, 'bench.log');
  const log = await open(logPath, 'w');
  await rm(join(data, 'client.json'), { force: true }); // of the start before
  const child = spawn(process.execPath, [join(repository, 'scripts', 'start.mjs')], {
    cwd: repository,
    env: { ...process.env, CLAVIGER_DATA: data, CLAVIGER_LISTEN: '127.0.0.1:0' },
    stdio: ['ignore', log.fd, log.fd],
  });
  await log.close();
  const stop = async (): Promise<void> => {
    await endProcess(child);
    if (options.dataDir === undefined) await rm(data, { recursive: true, force: true });
    if (inMemory !== undefined) await rm(inMemory, { recursive: true, force: true });
  };
  const output = (): Promise<string> => endsOf([logPath, join(data, 'logs', 'server.log')]);
  started(stop);
  try {
    const until = performance.now() + readyMs;
    for (;;) {
      const found = await readClientFile(data, child);
      if (found !== undefined && (await answers(found))) {
        const { secretAccessKey } = found.credentials;
        return {
          ...found,
          dataDir: data,
          output: async () => (await output()).replaceAll(secretAccessKey, '[secret]'),
        };
      }
      if (child.exitCode !== null || child.signalCode !== null) throw new Error('it ended by itself');
      if (performance.now() > until) throw new Error(`it did not answer within ${readyMs / 1000} s`);
      await sleep(100);
    }
  } catch (error) {
    const written = await output();
    await stop();
    throw new Error(`Claviger did not start: ${(error as Error).message}\n${written}`, { cause: error });
  }
}

/** The journal's folder on a memory file system, where syncing costs nothing. @returns where it is */
async function moveJournalToMemory(data: string): Promise<string> {
  const folder = await mkdtemp('/dev/shm/claviger-bench-');
  await mkdir(join(data, 'server'), { mode: 0o700 });
  await symlink(folder, join(data, 'server', 'audit'));
  return folder;
}

async function readClientFile(data: string, child: ChildProcess): Promise<Reached | undefined> {
  let file: ClientFile;
  try {
    file = JSON.parse(await readFile(join(data, 'client.json'), 'utf8')) as ClientFile;
  } catch {
    return undefined; // not there yet, or not whole yet
  }
  const { protocol, host, port } = new URL(file.endpoint);
  if (protocol !== 'http:') throw new Error('the load generator speaks plain HTTP only');
  const roots = [child.pid as number, ...numbersIn(file.pids)];
  return {
    endpoint: file.endpoint,
    host,
    port: Number(port),
    region: file.region,
    credentials: { accessKeyId: file.accessKeyId, secretAccessKey: file.secretAccessKey },
    customKeyStoreId: file.customKeyStoreId,
    pids: () => withDescendants(roots),
  };
}

/** All numbers in a structure of lists and objects: the file groups process ids by what they do. */
function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

async function answers(installation: Reached): Promise<boolean> {
  return call(installation, 'ListKeys', {}).then(
    () => true,
    () => false,
  );
}

/** SIGTERM first, as an operator would end it. */
async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  const family = withDescendants([child.pid as number]);
  child.kill('SIGTERM');
  const ended = await Promise.race([exited.then(() => true), sleep(10_000, false, { ref: false })]);
  if (ended) return;
  for (const pid of family) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      continue; // ended in the meantime
    }
  }
  await exited;
}

/** One call, of KMS unless told. @throws Error with the answer's text when it is an error */
export async function call(
  installation: Reached,
  operation: string,
  members: object,
  api?: Api,
): Promise<{ members: Record<string, unknown>; answer: RecordedAnswer }> {
  const body = JSON.stringify(members);
  const headers = signedHeaders(installation, operation, body, new Date(), api);
  delete headers['host']; // fetch sends it
  const response = await fetch(installation.endpoint, { method: 'POST', headers, body });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${operation}: ${response.status} ${text}`);
  const own = [...response.headers].filter(([name]) => !['date', 'connection', 'keep-alive'].includes(name));
  return { members: JSON.parse(text) as Record<string, unknown>, answer: { headers: own, body: text } };
}

/** A new symmetric key in the store, or in the built-in one. */
export async function createKey(installation: Installation, customKeyStoreId?: string): Promise<string> {
  const place =
    customKeyStoreId === undefined ? {} : { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: customKeyStoreId };
  const { members } = await call(installation, 'CreateKey', { Description: 'benchmark', ...place });
  return (members as { KeyMetadata: { Arn: string } }).KeyMetadata.Arn;
}
