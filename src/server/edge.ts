/**
 * The HTTP edge: limits, and what a request must look like before anything in it is believed. Knows no service; hands
 * complete requests on and writes answers. Limits: docs/threat-model.md, "HTTP edge".
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

export const EDGE_LIMITS = {
  /** A 32 KiB policy may grow sixfold by JSON escapes. */
  bodyBytes: 256 * 1024,
  headerBytes: 16 * 1024,
  headers: 64,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  keepAliveMs: 65_000,
  requestsPerSocket: 1_000_000,
  sockets: 4_096,
} as const;

/** A request that is complete and within limits; nothing of it is verified yet. */
export interface EdgeRequest {
  method: string;
  /** Raw request target. */
  target: string;
  rawHeaders: readonly string[];
  headers: IncomingMessage['headers'];
  body: Buffer;
  sourceIp: string;
  tls: { tlsVersion: string; cipherSuite: string; clientProvidedHostHeader: string } | undefined;
}

export interface EdgeAnswer {
  status: number;
  /** Flat list: name, value, name, value. */
  headers: string[];
  /** Text leaves in one write with the headers. */
  body: Buffer | string;
}

export interface EdgeOptions {
  /** PEM; plain HTTP without. */
  tls?: { cert: Buffer; key: Buffer } | undefined;
  handle(request: EdgeRequest): Promise<EdgeAnswer>;
}

export function createEdge(options: EdgeOptions): Server {
  const settings = {
    maxHeaderSize: EDGE_LIMITS.headerBytes,
    headersTimeout: EDGE_LIMITS.headersTimeoutMs,
    requestTimeout: EDGE_LIMITS.requestTimeoutMs,
    keepAliveTimeout: EDGE_LIMITS.keepAliveMs,
    connectionsCheckingInterval: 1_000,
    noDelay: true,
    requireHostHeader: false, // looked at below, where what follows on the connection can be dropped too
  };
  const listener = (request: IncomingMessage, response: ServerResponse): void =>
    receive(request, response, options);
  const server =
    options.tls === undefined
      ? createServer(settings, listener)
      : createTlsServer({ ...settings, ...options.tls, minVersion: 'TLSv1.2' }, listener);
  server.maxConnections = EDGE_LIMITS.sockets;
  server.maxRequestsPerSocket = EDGE_LIMITS.requestsPerSocket;
  // `100-continue` has an event of its own, and Node answers it with 100 when nobody listens
  for (const expectation of ['checkContinue', 'checkExpectation']) {
    server.on(expectation, (_request: IncomingMessage, response: ServerResponse) => refuse(response, 417));
  }
  return server;
}

/** Connections that end with a refusal: requests that a client sent on behind it are not carried out unanswered. */
const refused = new WeakSet<Socket>();

function receive(request: IncomingMessage, response: ServerResponse, options: EdgeOptions): void {
  if (refused.has(request.socket)) return;
  const target = request.url ?? '';
  const hostMissing = request.headers.host === undefined && request.httpVersion === '1.1'; // RFC 9112 section 3.2
  if (!target.startsWith('/') || hostMissing || request.rawHeaders.length > EDGE_LIMITS.headers * 2)
    return refuse(response, 400);
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > EDGE_LIMITS.bodyBytes) return refuse(response, 413);
  const chunks: Buffer[] = [];
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > EDGE_LIMITS.bodyBytes) {
      refuse(response, 413);
      request.destroy();
      return;
    }
    chunks.push(chunk);
  });
  request.on('end', () => {
    if (response.headersSent) return;
    const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
    // the handler turns every failure into an answer; should it not, the client gets none, and the server goes on
    answer(request, response, target, body, options).catch(() => request.destroy());
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  target: string,
  body: Buffer,
  options: EdgeOptions,
): Promise<void> {
  const socket = request.socket;
  const result = await options.handle({
    method: request.method ?? '',
    target,
    rawHeaders: request.rawHeaders,
    headers: request.headers,
    body,
    sourceIp: sourceIpOf(socket),
    tls: options.tls === undefined ? undefined : tlsOf(socket as TLSSocket, request.headers.host ?? ''),
  });
  response.writeHead(result.status, result.headers);
  response.end(result.body);
}

function sourceIpOf(socket: Socket): string {
  const address = socket.remoteAddress ?? '';
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}

function tlsOf(socket: TLSSocket, host: string): EdgeRequest['tls'] {
  return {
    tlsVersion: socket.getProtocol() ?? '',
    cipherSuite: socket.getCipher().standardName,
    clientProvidedHostHeader: host,
  };
}

/** Ends a connection whose request is not even looked at. */
function refuse(response: ServerResponse, status: number): void {
  refused.add(response.req.socket);
  response.writeHead(status, { connection: 'close', 'content-length': '0' });
  response.end();
}
