/** Starting and ending Claviger, as people and service managers do it: what is printed, what is left, who is refused. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { KeyObject, webcrypto } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect as tlsConnect } from 'node:tls';
import type { SecureVersion } from 'node:tls';
import { fileURLToPath } from 'node:url';
import 'reflect-metadata';
import { CreateKeyCommand, KMSClient, ListKeysCommand } from '@aws-sdk/client-kms';
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';
import type { ClientConfig } from '../../src/supervisor/client-config.ts';
import { eventually } from './claviger.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const FIRST_START_MS = 90_000;
const SECOND_START_MS = 10_000;
const END_MS = 15_000;

interface Started {
  child: ChildProcess;
  /** What it has printed so far, on both outputs. */
  output(): string;
  exited: Promise<number | null>;
}

describe('starting and ending', () => {
  const root = mkdtempSync(join(tmpdir(), 'claviger-setup-'));
  const data = join(root, 'data');
  const clientJson = join(data, 'client.json');
  let running: Started | undefined;
  let keyId: string;

  const start = (args: string[] = [], env: NodeJS.ProcessEnv = {}): Started => {
    const child = spawn(process.execPath, [MAIN, 'start', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // a process group of its own, as a shell gives it
      env: { ...process.env, CLAVIGER_DATA: data, CLAVIGER_LISTEN: '127.0.0.1:0', ...env },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const exited = once(child, 'close').then(([code]) => code as number | null);
    return { child, output: () => output, exited };
  };
  const config = (): ClientConfig => JSON.parse(readFileSync(clientJson, 'utf8')) as ClientConfig;
  /** Starts and waits until it says that it is ready. @returns milliseconds that it took */
  const begin = async (milliseconds: number, env: NodeJS.ProcessEnv = {}): Promise<number> => {
    const began = performance.now();
    const started = start([], env);
    running = started;
    await eventually(milliseconds, 'ready', () => {
      assert.equal(started.child.exitCode, null, started.output());
      return started.output().includes('Claviger is ready') ? true : undefined;
    });
    return performance.now() - began;
  };
  const client = (more: ConstructorParameters<typeof KMSClient>[0] = {}): KMSClient => {
    const { endpoint, region, accessKeyId, secretAccessKey } = config();
    return new KMSClient({
      endpoint,
      region,
      credentials: { accessKeyId, secretAccessKey },
      maxAttempts: 1,
      ...more,
    });
  };
  const listsTheKey = async (kms = client()): Promise<void> => {
    const { Keys } = await kms.send(new ListKeysCommand({}));
    assert.deepEqual(
      Keys?.map(({ KeyId }) => KeyId),
      [keyId],
    );
  };
  const pidsOf = ({ pids }: ClientConfig): number[] => [
    ...pids.server,
    ...pids.crypto,
    ...pids.agent,
    ...Object.values(pids.hsm),
  ];
  /** Processes whose command line or environment at their start names the data folder. */
  const processes = (): number[] =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .map(Number)
      .filter(
        (pid) => alive(pid) && (read(pid, 'cmdline').includes(data) || read(pid, 'environ').includes(data)),
      );
  const allEnd = (pids: number[], milliseconds: number): Promise<unknown> =>
    eventually(milliseconds, 'every process ended', () =>
      pids.some(alive) || processes().length > 0 ? undefined : true,
    );

  before(async () => {
    await begin(FIRST_START_MS);
    const { KeyMetadata } = await client().send(new CreateKeyCommand({}));
    keyId = KeyMetadata?.KeyId ?? '';
  });
  after(async () => {
    running?.child.kill('SIGTERM');
    await running?.exited;
    for (const pid of processes()) process.kill(pid, 'SIGKILL');
    rmSync(root, { recursive: true, force: true });
  });

  it('takes any free port for port 0 and tells the rest of the command line what to set', () => {
    const { endpoint, region, accessKeyId, secretAccessKey, accountId } = config();
    assert.match(endpoint, /^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    const output = running?.output() ?? '';
    for (const line of [
      `Claviger is ready at ${endpoint} (account ${accountId}, Region ${region}).`,
      `export AWS_ENDPOINT_URL=${endpoint}`,
      `export AWS_ACCESS_KEY_ID=${accessKeyId}`,
      `export AWS_SECRET_ACCESS_KEY=${secretAccessKey}`,
    ]) {
      assert.ok(output.includes(line), line);
    }
  });

  it('puts into client.json what clients need, for its owner alone', () => {
    assert.equal(statSync(clientJson).mode & 0o777, 0o600);
    const { pids, ...rest } = config();
    assert.deepEqual(Object.keys(rest).sort(), [
      'accessKeyId',
      'accountId',
      'clusterId',
      'customKeyStoreId',
      'endpoint',
      'region',
      'secretAccessKey',
    ]);
    assert.match(rest.accountId, /^\d{12}$/);
    assert.match(rest.accessKeyId, /^AKIA[A-Z2-7]{16}$/);
    assert.match(rest.customKeyStoreId, /^cks-[0-9a-f]{17}$/);
    assert.match(rest.clusterId, /^cluster-[a-z2-7]{11}$/);
    assert.deepEqual([pids.server.length, pids.crypto.length, pids.agent.length], [2, 1, 1]);
    assert.equal(pids.server[0], running?.child.pid, 'the supervisor comes first');
    assert.equal(Object.keys(pids.hsm).length, 2);
  });

  it('runs the six processes that client.json names, and no others', () => {
    assert.equal(pidsOf(config()).length, 6);
    assert.deepEqual(processes().sort(), pidsOf(config()).sort());
  });

  it('started a second time on the same data, says that it runs, how to reach it, and leaves it alone', async () => {
    const before = config();
    const second = start();
    assert.equal(await second.exited, 0, second.output());
    assert.ok(second.output().includes(`already runs for this data folder (process ${running?.child.pid})`));
    assert.ok(second.output().includes(`export AWS_ENDPOINT_URL=${before.endpoint}`));
    assert.deepEqual(config(), before);
    await listsTheKey();
  });

  it('ends every process on Ctrl-C, and takes client.json away', async () => {
    const pids = pidsOf(config());
    process.kill(-(running?.child.pid as number), 'SIGINT');
    assert.equal(await running?.exited, 0);
    await allEnd(pids, END_MS);
    assert.ok(!existsSync(clientJson));
  });

  it('is ready again within seconds, with its data', async (t) => {
    const milliseconds = await begin(SECOND_START_MS);
    t.diagnostic(`second start: ready after ${Math.round(milliseconds)} ms`);
    await listsTheKey();
  });

  it('leaves no process behind when the supervisor is killed', async (t) => {
    const pids = pidsOf(config());
    const began = performance.now();
    running?.child.kill('SIGKILL');
    await running?.exited;
    await allEnd(pids, END_MS);
    t.diagnostic(`all ended after ${Math.round(performance.now() - began)} ms`);
  });

  it('refuses an address that others can reach as long as there is no TLS, and says what to do', async () => {
    const refused = start(['--listen', '0.0.0.0:0']);
    assert.equal(await refused.exited, 1, refused.output());
    assert.match(refused.output(), /not loopback needs TLS: set CLAVIGER_TLS_CERT and CLAVIGER_TLS_KEY/);
    assert.ok(!refused.output().includes('is ready'));
    await allEnd([], END_MS);
  });

  it('refuses what is no address, in one line', async () => {
    for (const listen of ['somewhere', '127.0.0.1:', '127.0.0.1:65536', ':7080']) {
      const refused = start(['--listen', listen]);
      assert.equal(await refused.exited, 1);
      assert.equal(refused.output().trim(), `claviger: '${listen}' is not host:port`);
    }
  });

  it('refuses a configuration file that is named and not there', async () => {
    const refused = start([], { CLAVIGER_CONFIG: join(root, 'no.yaml') });
    assert.equal(await refused.exited, 1);
    assert.equal(
      refused.output().trim(),
      `claviger: there is no configuration file ${join(root, 'no.yaml')}`,
    );
  });

  it('refuses half a key pair for TLS instead of serving without', async () => {
    const refused = start([], { CLAVIGER_TLS_CERT: join(root, 'tls.crt') });
    assert.equal(await refused.exited, 1);
    assert.match(refused.output(), /^claviger: TLS needs both: only one of CLAVIGER_TLS_CERT and/);
  });

  it('refuses what is no Region, and can be told a right one afterwards', async () => {
    const other = join(root, 'other');
    const refused = start(['--data', other, '--region', 'frankfurt']);
    assert.equal(await refused.exited, 1);
    assert.equal(refused.output().trim(), "claviger: 'frankfurt' is not the name of a Region");
    assert.ok(!existsSync(join(other, 'installation.json')));
  });

  it('says at a first start why an HSM does not come up', async () => {
    const refused = start(['--data', join(root, 'other')], { CLAVIGER_PKCS11_MODULE: '/nowhere/module.so' });
    assert.equal(await refused.exited, 1);
    assert.match(refused.output(), /the hsm-\w+ process does not start: cannot start: ./);
    await allEnd([], END_MS);
  });

  it('says why a process does not come up, however long its log is', async () => {
    truncateSync(join(data, 'logs', 'crypto.log'), 600 * 2 ** 20);
    const refused = start([], { CLAVIGER_HOST_SECRET: join(root, 'no.secret') });
    assert.equal(await refused.exited, 1);
    assert.match(refused.output(), /the crypto process does not start: cannot start: HOST_SECRET_MISSING/);
    await allEnd([], END_MS);
  });

  it('serves TLS 1.2 and 1.3, and nothing else, with the certificate that it was given', async () => {
    const certificate = await makeCertificate(root);
    await begin(FIRST_START_MS, { CLAVIGER_TLS_CERT: certificate.cert, CLAVIGER_TLS_KEY: certificate.key });
    const { endpoint } = config();
    assert.match(endpoint, /^https:\/\/127\.0\.0\.1:\d+$/);
    const ca = readFileSync(certificate.cert);
    await listsTheKey(client({ requestHandler: { httpsAgent: { ca } } }));
    await assert.rejects(client().send(new ListKeysCommand({})), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    const plain = client({ endpoint: endpoint.replace('https', 'http') });
    await assert.rejects(plain.send(new ListKeysCommand({})));
    const port = Number(new URL(endpoint).port);
    assert.equal(await handshake(port, ca, 'TLSv1.3'), 'TLSv1.3');
    assert.equal(await handshake(port, ca, 'TLSv1.2'), 'TLSv1.2');
    assert.match(await handshake(port, ca, 'TLSv1.1'), /alert protocol version/); // the server's refusal
  });

  it('records of a call over TLS how it was protected', () => {
    const list = [MAIN, 'audit', 'list', '--json', '--name', 'ListKeys', '--data', data];
    const { stdout } = spawnSync(process.execPath, list, { encoding: 'utf8' });
    const [last] = stdout.trim().split('\n').slice(-1) as [string];
    const { tlsDetails } = JSON.parse(last) as { tlsDetails?: Record<string, string> };
    const { tlsVersion, cipherSuite, clientProvidedHostHeader } = tlsDetails ?? {};
    assert.equal(tlsVersion, 'TLSv1.3');
    assert.match(cipherSuite ?? '', /^TLS_AES_\d+_GCM_SHA\d+$/);
    assert.equal(clientProvidedHostHeader, new URL(config().endpoint).host);
  });

  it('keeps the processes that serve when the configuration for new ones is wrong, and says so', async () => {
    const file = join(data, 'claviger.yaml');
    const [supervisor = 0, before] = config().pids.server;
    writeFileSync(file, 'limits: { keys: many }\n');
    process.kill(supervisor, 'SIGUSR2');
    await eventually(END_MS, 'what is wrong', () =>
      running?.output().includes('not replaced: limits.keys: must be a whole number') ? true : undefined,
    );
    writeFileSync(
      file,
      'server: { nodes: several }\ndatabase: { engine: postgres, hosts: [localhost:5432] }\n',
    );
    process.kill(supervisor, 'SIGUSR2');
    await eventually(END_MS, 'what must be restarted for', () =>
      running?.output().includes('not replaced: server.nodes is several now: restart') ? true : undefined,
    );
    assert.equal(config().pids.server[1], before);
    writeFileSync(file, 'limits: { keys: 1000 }\n');
    process.kill(supervisor, 'SIGUSR2');
    await eventually(FIRST_START_MS, 'another process', () =>
      running?.output().includes('The serving processes were replaced') ? true : undefined,
    );
    assert.notEqual(config().pids.server[1], before);
    await listsTheKey(
      client({ requestHandler: { httpsAgent: { ca: readFileSync(join(root, 'tls.crt')) } } }),
    );
  });

  it('ends in order on SIGTERM too', async () => {
    const pids = pidsOf(config());
    running?.child.kill('SIGTERM');
    assert.equal(await running?.exited, 0);
    await allEnd(pids, END_MS);
    assert.ok(!existsSync(clientJson));
  });

  /** What a start without a file says, which it must not make anew. */
  const startWithout = async (file: string): Promise<string> => {
    renameSync(file, `${file}.aside`);
    const refused = start();
    assert.equal(await refused.exited, 1, refused.output());
    await allEnd([], END_MS);
    assert.ok(!existsSync(file));
    renameSync(`${file}.aside`, file);
    return refused.output();
  };

  it('begins nothing anew where its facts or its database are gone', async () => {
    assert.match(await startWithout(join(data, 'installation.json')), /holds keys and no installation\.json/);
    assert.match(
      await startWithout(join(data, 'server', 'claviger.db')),
      /claviger\.db is gone, and this installation is not new: restore it/,
    );
  });

  it('serves although the folder of an HSM cannot be made', async () => {
    const [hsmId = ''] = readdirSync(join(data, 'hsm'));
    renameSync(join(data, 'hsm', hsmId), join(root, 'hsm.aside'));
    writeFileSync(join(data, 'hsm', hsmId), 'no folder');
    await begin(FIRST_START_MS);
    await listsTheKey();
  });
});

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return ''; // it has ended meanwhile
  }
}

/** A zombie that nobody has waited for has ended. */
function alive(pid: number): boolean {
  const state = /\) (\w)/.exec(read(pid, 'stat'))?.[1];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** A self-signed certificate for 127.0.0.1, as PEM files. */
async function makeCertificate(dir: string): Promise<{ cert: string; key: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=claviger.test',
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    keys,
    signingAlgorithm: algorithm,
    extensions: [new SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])],
  });
  const files = { cert: join(dir, 'tls.crt'), key: join(dir, 'tls.key') };
  writeFileSync(files.cert, certificate.toString('pem'));
  writeFileSync(files.key, KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }), {
    mode: 0o600,
  });
  return files;
}

/** @returns the protocol that was agreed on, or the error's message */
function handshake(port: number, ca: Buffer, version: SecureVersion): Promise<string> {
  return new Promise((resolve) => {
    const versions = { minVersion: version, maxVersion: version };
    // OpenSSL 3 speaks TLS 1.1 at security level 0 only; the client must be able to, or it would refuse by itself
    const ciphers = version === 'TLSv1.1' ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {};
    const socket = tlsConnect({ host: '127.0.0.1', port, ca, ...versions, ...ciphers });
    socket.once('secureConnect', () => {
      resolve(socket.getProtocol() ?? '');
      socket.destroy();
    });
    socket.once('error', (error: Error) => resolve(error.message));
  });
}
