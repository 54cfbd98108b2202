/**
 * A real XKS proxy (API version 1) on 127.0.0.1, for tests: HTTPS, signatures, a key manager with AES-256-GCM keys in memory.
 * It is honest until `misbehave` says otherwise.
 *
 *   const proxy = await startXksProxy({ keys: { 'key-1': {} } });
 *   const client = new ProxyClient({ ...proxy.clientOptions, mayConnectTo: () => true });
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { STATUS_OF_ERROR } from '../../src/xks/protocol.ts';
import type { XksOperation } from '../../src/xks/protocol.ts';
import { createAuthority, selfSigned } from './certificates.ts';
import type { KeyPair } from './certificates.ts';
import { XksError, createExternalKey, decrypt, encrypt, health, keyMetadata } from './key-manager.ts';
import type { ExternalKey, Json } from './key-manager.ts';
import { misbehaviours } from './misbehaviours.ts';
import type { Misbehaviour, MisbehaviourName } from './misbehaviours.ts';
import { isSigned } from './signature.ts';
import type { Credential } from './signature.ts';

export interface XksProxyOptions {
  /** Ephemeral when undefined. */
  port?: number;
  /** Host that the certificate is for and that `uriEndpoint` has; `localhost` when undefined. */
  host?: string;
  /** `/kms/xks/v1` when undefined. */
  uriPath?: string;
  /** Region that signatures must be for; any when undefined. */
  region?: string;
  /** Keys by their ids; one `key-1` when undefined. */
  keys?: Record<string, Partial<ExternalKey>>;
  /** Whether clients must show a certificate of the proxy's authority (mutual TLS). */
  clientCertificate?: boolean;
  /** Speaks no TLS above 1.1. */
  oldTls?: boolean;
}

/** The certificate that the proxy shows. */
export type Presented =
  'good' | 'wrong name' | 'expired' | 'not yet valid' | 'self-signed' | 'unknown authority';

/** A request that came, answered or not. */
export interface XksRequest {
  operation: XksOperation | undefined;
  externalKeyId: string | undefined;
  path: string;
  /** Whole body. */
  body: Json;
  requestMetadata: Record<string, string>;
  accessKeyId: string | undefined;
  /** Counts connections from 1. */
  connection: number;
}

export interface XksProxy {
  host: string;
  port: number;
  /** `https://` and the host, as XksProxyUriEndpoint has it: without a port. */
  uriEndpoint: string;
  uriPath: string;
  /** PEM of the authority. */
  ca: string;
  credential: Credential;
  /** All that are good now; the first is `credential`. */
  credentials: Credential[];
  /** Of the authority, for mutual TLS; its name is that of KMS. */
  clientCertificate: KeyPair;
  keys: Map<string, ExternalKey>;
  requests: XksRequest[];
  /** Connections that were made so far. */
  connections(): number;
  /** What a ProxyClient needs to know of it, in one. */
  clientOptions: {
    uriEndpoint: string;
    uriPath: string;
    port: number;
    credential: Credential;
    region: string;
    ca: string[];
  };
  /** Until the next call of it; honest again with undefined. */
  misbehave(how: Misbehaviour | MisbehaviourName | undefined): void;
  /** Shows another certificate from now on; ends all connections. */
  present(which: Presented): void;
  /** Ends all connections that are open, as a proxy does that restarts. */
  cutConnections(): void;
  close(): Promise<void>;
}

const HOUR_MS = 3_600_000;
/** OpenSSL signs nothing with SHA-1, which TLS 1.1 needs, unless it is told to. */
export const OLD_TLS = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;

export function newCredential(): Credential {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const accessKeyId = Array.from(randomBytes(20), (byte) => letters[byte % 32]).join('');
  return { accessKeyId, secretAccessKey: randomBytes(32).toString('base64').slice(0, 43) };
}

export async function startXksProxy(options: XksProxyOptions = {}): Promise<XksProxy> {
  const { host = 'localhost', uriPath = '/kms/xks/v1', region, keys: wanted = { 'key-1': {} } } = options;
  // a name of its own: who trusts several authorities finds the right one by it
  const [authority, stranger] = [await createAuthority(`CA of ${host}`), await createAuthority('stranger')];
  const mine = { commonName: host, names: [host] };
  const certificates: Record<Presented, KeyPair> = {
    good: await authority.issue(mine),
    'wrong name': await authority.issue({ commonName: host, names: ['elsewhere.example.com'] }),
    expired: await authority.issue({
      ...mine,
      notBefore: new Date(Date.now() - 2 * HOUR_MS),
      notAfter: new Date(Date.now() - HOUR_MS),
    }),
    'not yet valid': await authority.issue({ ...mine, notBefore: new Date(Date.now() + HOUR_MS) }),
    'self-signed': await selfSigned(mine),
    'unknown authority': await stranger.issue(mine),
  };
  const pair = (which: Presented): { cert: string; key: string; ca: string } => ({
    cert: certificates[which].certificate,
    key: certificates[which].key,
    ca: authority.pem,
  });
  const credential = newCredential();
  const state: State = {
    uriPath,
    region,
    credentials: [credential],
    keys: new Map(Object.entries(wanted).map(([id, wishes]) => [id, createExternalKey(wishes)])),
    requests: [],
    how: undefined,
    connectionOf: new WeakMap(),
  };

  const needsClient = options.clientCertificate ?? false;
  const server = createServer(
    {
      ...pair('good'),
      requestCert: needsClient,
      rejectUnauthorized: needsClient,
      ...(options.oldTls === true && OLD_TLS),
    },
    (request, response) => void serve(state, request, response),
  );
  let connections = 0;
  server.on('secureConnection', (socket) => state.connectionOf.set(socket, (connections += 1)));
  server.on('tlsClientError', () => undefined); // clients that do not like the certificate say so
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const uriEndpoint = `https://${host}`;

  return {
    host,
    port,
    uriEndpoint,
    uriPath,
    ca: authority.pem,
    credential,
    credentials: state.credentials,
    clientCertificate: await authority.issue({
      commonName: `cks.kms.${region ?? 'us-east-1'}.amazonaws.com`,
    }),
    keys: state.keys,
    requests: state.requests,
    connections: () => connections,
    clientOptions: {
      uriEndpoint,
      uriPath,
      port,
      credential,
      region: region ?? 'us-east-1',
      ca: [authority.pem],
    },
    misbehave: (how) => {
      const wrong = typeof how === 'string' ? misbehaviours[how] : how;
      state.how = wrong === undefined ? undefined : { ...wrong };
    },
    present: (which) => {
      server.setSecureContext(pair(which));
      server.closeAllConnections();
    },
    cutConnections: () => server.closeAllConnections(),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface State {
  uriPath: string;
  region: string | undefined;
  credentials: Credential[];
  keys: Map<string, ExternalKey>;
  requests: XksRequest[];
  how: Misbehaviour | undefined;
  connectionOf: WeakMap<Socket, number>;
}

const verbs: Record<string, XksOperation> = {
  metadata: 'GetKeyMetadata',
  encrypt: 'Encrypt',
  decrypt: 'Decrypt',
};

async function serve(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readAll(request);
  if (body === undefined) return; // the client went away
  const path = request.url ?? '';
  const { operation, externalKeyId } = route(path, state.uriPath);
  const content = parse(body);
  const connection = state.connectionOf.get(request.socket) ?? 0;
  const reused = state.requests.some((one) => one.connection === connection);
  state.requests.push({
    operation,
    externalKeyId,
    path,
    body: content ?? {},
    requestMetadata: (content?.requestMetadata ?? {}) as Record<string, string>,
    accessKeyId: /Credential=([^/]+)/.exec(request.headers.authorization ?? '')?.[1],
    connection,
  });

  const how = takeMisbehaviour(state, operation);
  if (how.delay !== undefined) await new Promise((resolve) => setTimeout(resolve, how.delay).unref());
  if (how.connection === 'hang') return;
  if (how.connection === 'reset' || (how.connection === 'cut-reused' && reused)) {
    request.socket.destroy();
    return;
  }
  const signed = isSigned(request, body, state.credentials, state.region);
  const honest =
    request.method === 'POST'
      ? answerTo(state, { operation, externalKeyId, content, signed }, how)
      : { status: 405, text: '' };
  const status = how.answer?.status ?? honest.status;
  const answer = how.answer?.body ?? honest.text + ' '.repeat(how.padding ?? 0);
  const headers = { 'content-type': 'application/json', ...how.answer?.headers };
  response.on('error', () => undefined); // the client may have had enough
  if (how.connection === 'cut-answer') {
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(answer) });
    response.write(Buffer.from(answer).subarray(0, 10), () => request.socket.destroy());
  } else response.writeHead(status, headers).end(answer);
}

interface Asked {
  operation: XksOperation | undefined;
  externalKeyId: string | undefined;
  content: Json | undefined;
  signed: boolean;
}

function answerTo(state: State, asked: Asked, how: Misbehaviour): { status: number; text: string } {
  const { operation, externalKeyId = '', content, signed } = asked;
  try {
    if (!signed) throw new XksError('AuthenticationFailedException');
    if (operation === undefined) throw new XksError('InvalidUriPathException');
    if (content === undefined) throw new XksError('ValidationException');
    const honest = perform(state, operation, how.otherKey ?? externalKeyId, content);
    return { status: 200, text: JSON.stringify(how.alter === undefined ? honest : how.alter(honest)) };
  } catch (error) {
    if (!(error instanceof XksError)) throw error;
    const { errorName } = error;
    const text = JSON.stringify({ errorName, errorMessage: 'said by the proxy' });
    return { status: STATUS_OF_ERROR[errorName], text };
  }
}

function perform(state: State, operation: XksOperation, id: string, request: Json): Json {
  if (operation === 'GetHealthStatus') return health();
  const key = state.keys.get(id);
  if (key === undefined) throw new XksError('KeyNotFoundException');
  if (operation === 'GetKeyMetadata') return keyMetadata(key);
  return operation === 'Encrypt' ? encrypt(key, request) : decrypt(key, request);
}

function route(
  path: string,
  uriPath: string,
): { operation: XksOperation | undefined; externalKeyId: string | undefined } {
  const rest = path.startsWith(`${uriPath}/`) ? path.slice(uriPath.length) : '';
  if (rest === '/health') return { operation: 'GetHealthStatus', externalKeyId: undefined };
  const [, externalKeyId, verb = ''] = /^\/keys\/([A-Za-z0-9._-]+)\/([a-z]+)$/.exec(rest) ?? [];
  return { operation: verbs[verb], externalKeyId };
}

function takeMisbehaviour(state: State, operation: XksOperation | undefined): Misbehaviour {
  const { how } = state;
  if (how === undefined || (how.operations !== undefined && !how.operations.some((one) => one === operation)))
    return {};
  if (how.times !== undefined) {
    if (how.times === 0) return {};
    how.times -= 1;
  }
  return how;
}

async function readAll(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}

function parse(body: Buffer): Json | undefined {
  try {
    const content = JSON.parse(body.toString()) as unknown;
    return typeof content === 'object' && content !== null ? (content as Json) : undefined;
  } catch {
    return undefined;
  }
}
