/** Places outside that take events or checkpoints over TLS, for tests: a CA, and a collector in a process of its own. */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROCESS = fileURLToPath(new URL('./collector-process.ts', import.meta.url));

export interface Certificates {
  /** PEM files. `ca` is what clients are to trust. */
  ca: string;
  certificate: string;
  key: string;
}

/** A CA of its own in `folder`, and a certificate of it for localhost. */
export function makeCertificates(folder: string): Certificates {
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'ignore' });
  const newKey = (key: string): string[] => [
    ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', at(key)],
  ];
  openssl('req', '-x509', ...newKey('ca.key'), '-out', at('ca.pem'), '-days', '2', '-subj', '/CN=Outside CA');
  openssl(
    ...['req', '-x509', ...newKey('server.key'), '-out', at('server.pem'), '-days', '2'],
    ...['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-subj', '/CN=localhost'],
    ...['-addext', 'subjectAltName=DNS:localhost', '-addext', 'basicConstraints=critical,CA:FALSE'],
  );
  return { ca: at('ca.pem'), certificate: at('server.pem'), key: at('server.key') };
}

export interface Collector {
  child: ChildProcess;
  port: number;
  /** All that it got so far. */
  received(): string;
  /** Ends its process, stopped or not. */
  kill(): Promise<void>;
}

/** @param file where it puts what it gets */
export async function startCollector(
  kind: 'https' | 'syslog',
  { certificate, key }: Certificates,
  file: string,
): Promise<Collector> {
  const args = ['--import', 'tsx', PROCESS, kind, certificate, key, file];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    child,
    port: Number(line.toString()),
    received: () => (existsSync(file) ? readFileSync(file, 'utf8') : ''),
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
