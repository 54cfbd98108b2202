/** A proxy as its operator sets it up, its files in a folder of their own, in front of Claviger's API in memory. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { signRequest } from '../../src/aws/sigv4/sign.ts';
import { ProxyClient } from '../../src/keystores/external/proxy-client.ts';
import { ProxyFailed } from '../../src/keystores/external/proxy-failures.ts';
import type { ProxyFailure } from '../../src/keystores/external/proxy-failures.ts';
import { readConfiguration } from '../../src/xks-proxy/configuration.ts';
import type { ProxyConfiguration } from '../../src/xks-proxy/configuration.ts';
import { startProxy } from '../../src/xks-proxy/proxy.ts';
import type { XksProxy } from '../../src/xks-proxy/proxy.ts';
import { createAuthority } from '../xks/certificates.ts';
import type { Authority, KeyPair } from '../xks/certificates.ts';
import type { Credential } from '../xks/signature.ts';
import { newCredential } from '../xks/xks-proxy.ts';
import { CLUSTER, REGION, startClavigerApi } from './claviger-api.ts';
import type { ClavigerApi, Json } from './claviger-api.ts';

export const HOST = 'proxy.example.test';
/** Of the KMS that calls. */
export const KMS_REGION = 'us-east-1';
/** What KMS says with a request. */
export const METADATA = {
  awsPrincipalArn: 'arn:aws:iam::111122223333:user/alice',
  kmsKeyArn: 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  kmsOperation: 'Encrypt',
  kmsRequestId: '4112f4d6-db54-4af4-ae30-c55a22a8dfae',
};
/** The same as our client takes it. */
export const on = {
  principalArn: METADATA.awsPrincipalArn,
  operation: 'Encrypt',
  requestId: METADATA.kmsRequestId,
  viaService: 'ebs',
};
/** The client of the proxy finds this wrong. */
export const fails = (failure: ProxyFailure, run: () => Promise<unknown>): Promise<void> =>
  assert.rejects(run, (error) => {
    assert.ok(error instanceof ProxyFailed, String(error));
    assert.equal(error.failure, failure);
    return true;
  });
/** Enough for a machine that does much else; tests of the deadline set their own. */
const PATIENT_MS = 5_000;

export interface Setup {
  folder: string;
  /** The configuration file; its content can be changed by `write`. */
  file: string;
  settings: Settings;
  authority: Authority;
  credential: Credential;
  /** Writes the settings as they are now into the file. */
  write(): void;
  /** Writes a file for its owner only; gives its path. */
  put(name: string, content: string): string;
  configuration(): ProxyConfiguration;
  remove(): void;
}

/** As the YAML has them; tests alter what they are about. */
export interface Settings {
  listen: string;
  tls?: Record<string, unknown>;
  claviger: Record<string, unknown>;
  stores: Record<string, unknown>[];
  fleetSize?: number;
}

/** @param apis the endpoints of one Claviger */
export async function setUp(...apis: ClavigerApi[]): Promise<Setup> {
  const folder = mkdtempSync(join(tmpdir(), 'claviger-'));
  const put = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const authority = await createAuthority();
  const { certificate, key } = await authority.issue({ commonName: HOST, names: [HOST] });
  const credential = newCredential();
  const [api] = apis;
  const settings: Settings = {
    listen: '127.0.0.1:0',
    tls: { certificate: put('proxy.pem', certificate), key: put('proxy.key', key) },
    claviger: {
      endpoints: apis.map(({ url }) => url),
      region: REGION,
      accessKeyId: api?.accessKeyId,
      secretFile: put('claviger.secret', `${api?.secretAccessKey}\n`),
      clusterId: CLUSTER,
      timeoutMilliseconds: PATIENT_MS,
    },
    stores: [
      {
        path: '/one',
        region: KMS_REGION,
        credentials: [
          {
            accessKeyId: credential.accessKeyId,
            secretFile: put('store.secret', credential.secretAccessKey),
          },
        ],
      },
    ],
  };
  const file = join(folder, 'proxy.yaml');
  const write = (): void => writeFileSync(file, stringify(settings));
  write();
  return {
    ...{ folder, file, settings, authority, credential, put, write },
    configuration: () => {
      write();
      return readConfiguration(file);
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

export interface Served extends XksProxy {
  setup: Setup;
  /** Lines of the log. */
  log: Json[];
  client(more?: Partial<ConstructorParameters<typeof ProxyClient>[0]>): ProxyClient;
  /** A request as its caller wants it, signed by the first store's credential unless it says otherwise. */
  send(wishes: Wishes): Promise<Received>;
}

export interface Wishes {
  method?: string;
  path: string;
  body?: string | Buffer;
  credential?: Credential;
  region?: string;
  service?: string;
  now?: Date;
  /** Alters what goes out after it was signed. */
  alter?: (headers: Record<string, string>) => Record<string, string | string[]>;
  /** Sent in place of what was signed. */
  sentBody?: string;
  sentPath?: string;
  clientCertificate?: KeyPair;
}

export interface Received {
  status: number;
  headers: Record<string, unknown>;
  text: string;
  json: Json;
}

export async function serveProxy(setup: Setup): Promise<Served> {
  const log: Json[] = [];
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      log.push(JSON.parse(chunk.toString()) as Json);
      done();
    },
  });
  const proxy = await startProxy(setup.configuration(), {
    logger: pino({ base: undefined }, sink),
    clock: Date.now,
    version: '0.0.0-test',
  });
  const clients: ProxyClient[] = [];
  return {
    ...proxy,
    setup,
    log,
    client: (more = {}) => {
      const client = new ProxyClient({
        uriEndpoint: `https://${HOST}`,
        uriPath: '/one/kms/xks/v1',
        port: proxy.port,
        connectTo: { host: '127.0.0.1', port: proxy.port },
        credential: setup.credential,
        region: KMS_REGION,
        mayConnectTo: () => true,
        ca: [setup.authority.pem],
        timeoutMs: PATIENT_MS,
        ...more,
      });
      clients.push(client);
      return client;
    },
    send: (wishes) => send(proxy.port, setup, wishes),
    stop: async () => {
      for (const client of clients) client.close();
      await proxy.stop();
    },
  };
}

export interface TestProxy {
  api: ClavigerApi;
  setup: Setup;
  served: Served;
}

/**
 * A proxy for the tests of the `describe` in which this is called: there before they run, gone after them.
 * @param adapt alters its settings
 */
export function proxyForTests(adapt: (setup: Setup, api: ClavigerApi) => void = () => {}): TestProxy {
  const proxy = {} as TestProxy;
  before(async () => {
    proxy.api = await startClavigerApi();
    proxy.setup = await setUp(proxy.api);
    adapt(proxy.setup, proxy.api);
    proxy.served = await serveProxy(proxy.setup);
  });
  after(async () => {
    const { api, setup, served } = proxy as Partial<TestProxy>;
    await served?.stop();
    await api?.close();
    setup?.remove();
  });
  return proxy;
}

export function send(port: number, setup: Setup, wishes: Wishes): Promise<Received> {
  const { method = 'POST', path, body = '{}' } = wishes;
  const signed = signRequest({
    method,
    host: HOST,
    path,
    headers: { 'content-type': 'application/json' },
    body,
    credentials: wishes.credential ?? setup.credential,
    region: wishes.region ?? KMS_REGION,
    service: wishes.service ?? 'kms-xks-proxy',
    now: wishes.now ?? new Date(),
  });
  const content = Buffer.from(wishes.sentBody ?? body);
  const options: RequestOptions = {
    host: '127.0.0.1',
    port,
    method,
    path: wishes.sentPath ?? path,
    headers: { 'content-length': content.length, ...(wishes.alter?.(signed) ?? signed) },
    servername: HOST,
    ca: setup.authority.pem,
    agent: false,
    ...(wishes.clientCertificate !== undefined && {
      cert: wishes.clientCertificate.certificate,
      key: wishes.clientCertificate.key,
    }),
  };
  return new Promise((resolve, reject) => {
    const call = setup.settings.tls === undefined ? plainRequest(options) : tlsRequest(options);
    call.on('error', reject);
    call.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('error', reject);
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        const json = text.startsWith('{') ? (JSON.parse(text) as Json) : {};
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
      });
    });
    call.end(content);
  });
}
