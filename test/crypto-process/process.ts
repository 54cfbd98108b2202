/** Real crypto processes in temporary folders, and what a test needs to talk to them. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { connectCryptoProcess } from '../../src/crypto-process/client.ts';
import type { CryptoProcessClient, CryptoProcessClientOptions } from '../../src/crypto-process/client.ts';
import { compiled } from '../../src/entries/compiled.ts';
import type { KeyUse } from '../../src/rpc/crypto-messages.ts';
import { createRecoveryKit } from '../../src/seal/recovery-kit.ts';
import type { RecoveryKitPaths } from '../../src/seal/recovery-kit.ts';

/** One key store: its folder, its recovery kit, its machine's secret. */
export interface KeyStorePlace {
  root: string;
  dir: string;
  socket: string;
  hostSecretFile: string;
  kit: RecoveryKitPaths;
  remove(): void;
}

/** A place with a recovery kit, or with that of another place (to make a kit takes a second). */
export async function createPlace(kit?: RecoveryKitPaths): Promise<KeyStorePlace> {
  const root = mkdtempSync(join(tmpdir(), 'cp-'));
  return {
    root,
    dir: join(root, 'crypto'),
    socket: join(root, 'run', 'crypto.sock'),
    hostSecretFile: join(root, 'host', 'host.secret'),
    kit: kit ?? (await createRecoveryKit(join(root, 'operator'))),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

export interface RunningProcess {
  child: ChildProcess;
  /** As the process reported it. */
  socket: string;
  /** All that it has said on standard output and standard error so far. */
  output(): string;
  connect(options?: CryptoProcessClientOptions): Promise<CryptoProcessClient>;
  /** Ends it with the signal and waits until it is gone. @returns its exit code */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface SpawnOptions {
  args?: readonly string[];
  env?: NodeJS.ProcessEnv;
}

/** Starts a process without waiting for it. Its standard input stays open as long as this process lives. */
export function spawnProcess(
  place: KeyStorePlace,
  { args = [], env = {} }: SpawnOptions = {},
): {
  child: ChildProcess;
  output: () => string;
} {
  const child = spawn(
    process.execPath,
    [
      ...[fileURLToPath(compiled('crypto-process/main')), '--dir', place.dir, '--socket', place.socket],
      ...['--operator-public', place.kit.publicKey, '--exit-with-parent', ...args],
    ],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, CLAVIGER_HOST_SECRET: place.hostSecretFile, ...env },
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
  }
  return { child, output: () => output };
}

/** Starts a process and waits until it is ready. @throws Error with its output when it ends instead */
export async function startProcess(
  place: KeyStorePlace,
  options: SpawnOptions = {},
): Promise<RunningProcess> {
  const { child, output } = spawnProcess(place, options);
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const ready = once(lines, 'line') as Promise<[string]>;
  const ended = once(child, 'exit').then(() => undefined);
  const first = await Promise.race([ready, ended]);
  if (first === undefined) throw new Error(`the process ended: ${output()}`);
  const { socket } = JSON.parse(first[0]) as { socket: string };
  return {
    child,
    socket,
    output,
    connect: (clientOptions) => connectCryptoProcess(socket, clientOptions),
    async end(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await ended;
      }
      return child.exitCode;
    },
  };
}

/** Waits until a process that is not meant to run has ended. */
export async function endOf(spawned: { child: ChildProcess; output: () => string }): Promise<{
  code: number | null;
  output: string;
}> {
  if (spawned.child.exitCode === null) await once(spawned.child, 'close');
  return { code: spawned.child.exitCode, output: spawned.output() };
}

/** What a key's call carries. */
export function useOf(keyRef: Buffer, check: Buffer, aad = Buffer.from('header and context')): KeyUse {
  return { keyRef, check, requestId: randomBytes(16), aad };
}

/** The contents of all files below a folder. */
export function filesBelow(folder: string): { path: string; content: Buffer }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, content: readFileSync(path) }));
}
