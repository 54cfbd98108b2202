/** Real HSM processes for tests: folders, processes, an operator's CA and connections, all gone when the test file ends. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { randomBytes, webcrypto } from 'node:crypto';
import { connect as tlsConnect } from 'node:tls';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { createHsmFolder } from '../../src/hsm/folder.ts';
import type { HsmConfig } from '../../src/hsm/folder.ts';
import { hsmProgram } from '../../src/operator/hsm-process.ts';
import { RpcClient } from '../../src/rpc/client.ts';
import { CryptoVerb, encodeDataKeyLength, encodeKeyUse } from '../../src/rpc/crypto-messages.ts';
import { HsmVerb } from '../../src/rpc/hsm-messages.ts';
import type { HsmDescription, KeyReport, TransportKey } from '../../src/rpc/hsm-messages.ts';

export const SOFTHSM = '/usr/lib/softhsm/libsofthsm2.so';
export const OFFICER_PASSWORD = 'officerOfficer123';
export const USER_PASSWORD = 'kmsuserKmsuser123';
/** Debian's `nobody`: whom the HSM becomes where the tests run as root. */
export const NOBODY = 65534;
const TIMEOUT_MS = 20_000;

const cleanUps: (() => unknown)[] = [];

/** To be called in `after`. */
export async function cleanUp(): Promise<void> {
  for (const step of cleanUps.splice(0).reverse()) await step();
}

/** Done in `cleanUp`, the last first. */
export function onCleanUp(step: () => unknown): void {
  cleanUps.push(step);
}

export async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'claviger-hsm-'));
  cleanUps.push(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A folder for a new HSM in a temporary folder of its own. */
export async function newHsmFolder(config: Partial<HsmConfig> = {}): Promise<string> {
  const dir = join(await temporaryFolder(), 'hsm');
  await createHsmFolder(dir, hsmConfig(config));
  return dir;
}

export function hsmConfig(config: Partial<HsmConfig> = {}): HsmConfig {
  return {
    hsmId: 'hsm-test1',
    clusterId: 'cluster-test1',
    availabilityZone: 'local-1a',
    listen: { host: '127.0.0.1', port: 0 },
    module: { path: SOFTHSM },
    ...(process.getuid?.() === 0 && { runAs: { uid: NOBODY, gid: NOBODY } }),
    ...config,
  };
}

export interface RunningHsm {
  dir: string;
  host: string;
  port: number;
  process: ChildProcess;
  /** What it wrote to standard error. */
  stderr(): string;
  kill(signal?: NodeJS.Signals): Promise<number | null>;
}

/** @throws Error with the exit code when it ends before it is ready */
export async function startHsm(dir: string, ...more: string[]): Promise<RunningHsm> {
  const child = spawn(process.execPath, [hsmProgram(), '--dir', dir, ...more], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    if (process.env['CLAVIGER_TEST_LOG'] !== undefined) process.stderr.write(chunk);
  });
  cleanUps.push(() =>
    child.exitCode === null && child.signalCode === null ? child.kill('SIGKILL') && exited : undefined,
  );
  const ready = new Promise<string>((done) => createInterface({ input: child.stdout }).once('line', done));
  const line = await Promise.race([
    ready,
    exited.then(([code]) => Promise.reject(new Error(`exit ${code}: ${stderr}`))),
  ]);
  const { host, port } = JSON.parse(line) as { host: string; port: number };
  return {
    dir,
    host,
    port,
    process: child,
    stderr: () => stderr,
    async kill(signal = 'SIGTERM') {
      child.kill(signal);
      return (await exited)[0];
    },
  };
}

/** A connection with the calls that tests make. */
export interface TestClient {
  rpc: RpcClient;
  json<Answer>(verb: number, request?: unknown): Promise<Answer>;
}

export async function connectTo(hsm: Pick<RunningHsm, 'host' | 'port'>, ca?: string): Promise<TestClient> {
  const socket = tlsConnect({
    host: hsm.host,
    port: hsm.port,
    minVersion: 'TLSv1.3',
    ...(ca === undefined ? { rejectUnauthorized: false } : { ca, checkServerIdentity: () => undefined }),
  });
  await once(socket, 'secureConnect');
  socket.setNoDelay(true);
  const rpc = new RpcClient(socket);
  cleanUps.push(() => rpc.close());
  return { rpc, json: (verb, request = {}) => rpc.callJson(verb, request, TIMEOUT_MS) };
}

export interface TestCa {
  pem: string;
  sign(
    request: string,
    options?: { subject?: string; notAfter?: Date; publicKey?: webcrypto.CryptoKey },
  ): Promise<string>;
}

const ALGORITHM = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};

export async function newCa(name = 'CN=Operator CA'): Promise<TestCa> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 86_400_000),
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  return {
    pem: ca.toString('pem'),
    async sign(request, options = {}) {
      const csr = new x509.Pkcs10CertificateRequest(request);
      const certificate = await x509.X509CertificateGenerator.create({
        subject: options.subject ?? csr.subject,
        issuer: ca.subject,
        notBefore: new Date(Date.now() - 60_000),
        notAfter: options.notAfter ?? new Date(Date.now() + 86_400_000),
        publicKey: options.publicKey ?? csr.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
      });
      return certificate.toString('pem');
    },
  };
}

let sharedCa: Promise<TestCa> | undefined;

export interface ActiveHsm extends RunningHsm {
  ca: TestCa;
  officer: TestClient;
}

/** Initialises and activates a running HSM; `officer` is logged in. */
export async function bringUp(hsm: RunningHsm): Promise<ActiveHsm> {
  const ca = await (sharedCa ??= newCa());
  const plain = await connectTo(hsm);
  const { certificateRequest } = await plain.json<{ certificateRequest: string }>(
    HsmVerb.GetCertificateRequest,
  );
  await plain.json(HsmVerb.Initialize, {
    certificate: await ca.sign(certificateRequest),
    trustAnchor: ca.pem,
  });
  const officer = await connectTo(hsm, ca.pem);
  await officer.json(HsmVerb.Activate, { password: OFFICER_PASSWORD });
  await officer.json(HsmVerb.LoginOfficer, { name: 'admin', password: OFFICER_PASSWORD });
  return { ...hsm, ca, officer };
}

/** An active HSM with the user `kmsuser`. */
export async function newActiveHsm(config: Partial<HsmConfig> = {}, ...more: string[]): Promise<ActiveHsm> {
  const hsm = await bringUp(await startHsm(await newHsmFolder(config), ...more));
  await hsm.officer.json(HsmVerb.CreateUser, { name: 'kmsuser', password: USER_PASSWORD });
  return hsm;
}

/** A connection on which `kmsuser` is logged in. */
export async function loginTo(
  hsm: Pick<RunningHsm, 'host' | 'port'>,
  password = USER_PASSWORD,
  owner = 'kms-1',
): Promise<TestClient> {
  const client = await connectTo(hsm);
  await client.json(HsmVerb.LoginUser, { name: 'kmsuser', password, owner });
  return client;
}

export function newMaterialId(): string {
  return randomBytes(16).toString('hex');
}

export async function generateKey(client: TestClient, materialId = newMaterialId()): Promise<KeyReport> {
  return client.json(HsmVerb.GenerateKey, { materialId, label: 'arn:aws:kms:local:111122223333:key/test' });
}

function use(key: KeyReport, aad: Buffer): Parameters<typeof encodeKeyUse>[0] {
  return {
    keyRef: Buffer.from(key.materialId, 'hex'),
    check: Buffer.from(key.check, 'hex'),
    requestId: randomBytes(16),
    aad,
  };
}

const AAD = Buffer.from('header and encryption context');

export function encrypt(client: TestClient, key: KeyReport, plaintext: Buffer, aad = AAD): Promise<Buffer> {
  return client.rpc.call(CryptoVerb.Encrypt, encodeKeyUse(use(key, aad), plaintext), TIMEOUT_MS);
}

export function decrypt(client: TestClient, key: KeyReport, sealed: Buffer, aad = AAD): Promise<Buffer> {
  return client.rpc.call(CryptoVerb.Decrypt, encodeKeyUse(use(key, aad), sealed), TIMEOUT_MS);
}

/** The data key and the store's part of its ciphertext. */
export async function generateDataKey(
  client: TestClient,
  key: KeyReport,
  bytes = 32,
): Promise<[Buffer, Buffer]> {
  const payload = encodeKeyUse(use(key, AAD), encodeDataKeyLength(bytes));
  const answer = await client.rpc.call(CryptoVerb.GenerateDataKey, payload, TIMEOUT_MS);
  return [answer.subarray(0, bytes), answer.subarray(bytes)];
}

export async function generateDataKeyWithoutPlaintext(
  client: TestClient,
  key: KeyReport,
  bytes = 32,
): Promise<Buffer> {
  const payload = encodeKeyUse(use(key, AAD), encodeDataKeyLength(bytes));
  return client.rpc.call(CryptoVerb.GenerateDataKeyWithoutPlaintext, payload, TIMEOUT_MS);
}

/** Each HSM's transport key becomes a trusted peer in the other. */
export async function enrolEachOther(a: ActiveHsm, b: ActiveHsm): Promise<void> {
  const [ofA, ofB] = [await transportKey(a), await transportKey(b)];
  await a.officer.json(HsmVerb.EnrolPeer, { user: 'kmsuser', peer: ofB });
  await b.officer.json(HsmVerb.EnrolPeer, { user: 'kmsuser', peer: ofA });
}

export function transportKey(hsm: ActiveHsm): Promise<TransportKey> {
  return hsm.officer.json(HsmVerb.GetTransportKey, { user: 'kmsuser' });
}

export function describeHsm(client: TestClient): Promise<HsmDescription> {
  return client.json(HsmVerb.Describe);
}

/** The code of the RpcError that a call fails with, or 'OK'. */
export async function outcome(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'OK',
    (error: unknown) => (error as { code?: string }).code ?? String(error),
  );
}

export function requireSoftHsm(): void {
  if (!existsSync(SOFTHSM)) throw new Error(`${SOFTHSM} is missing: install softhsm2`);
}
