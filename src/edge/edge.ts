/**
 * The HTTP edge: limits, and what a request must look like before anything in it is believed. Knows no service; hands
 * complete requests on and writes answers. Limits: docs/threat-model.md, "HTTP edge".
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket, TlsOptions } from 'node:tls';
import type { Refusal } from '../admission/compartments.ts';
import type { Admission } from '../configuration/admission.ts';
import { keepConnections } from './connections.ts';
import type { Connections } from './connections.ts';

export const EDGE_LIMITS = {
  /** A 32 KiB policy may grow sixfold by JSON escapes. */
  bodyBytes: 256 * 1024,
  headerBytes: 16 * 1024,
  headers: 64,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  /** Of a connection on which nothing moves: an answer takes too long to make, or its client does not read it. */
  stillMs: 120_000,
  /** Requests of one connection that were not answered yet. Clients that send one behind the other are rare. */
  pipelined: 8,
  keepAliveMs: 65_000,
  requestsPerSocket: 1_000_000,
  tlsHandshakeMs: 10_000,
  /** Bodies up to this length are what connections are for; longer ones share `bodyMegabytes`. */
  shortBodyBytes: 16 * 1024,
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
  /** PEM, and whose certificates clients must show if they must; plain HTTP without. */
  tls?: Pick<TlsOptions, 'cert' | 'key' | 'ca' | 'requestCert'> | undefined;
  handle(request: EdgeRequest): Promise<EdgeAnswer>;
  /** `bodyBytes`: of one body; EDGE_LIMITS.bodyBytes when undefined. */
  limits: Pick<Admission, 'connections' | 'bodyMegabytes'> & { bodyBytes?: number };
  /** Told of what is refused, or cut off, for want of room. */
  refused(reason: Refusal): void;
  /** Told of a request that `handle` gave no answer to, or none that can be sent. */
  failed(error: unknown): void;
}

/** What all requests of a server share. */
interface Edge extends EdgeOptions {
  connections: Connections;
  /** Longest body. */
  bodyBytes: number;
  /** Bytes of long bodies that may still come in. */
  bodyRoom: number;
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
    receive(request, response, edge);
  const server =
    options.tls === undefined
      ? createServer(settings, listener)
      : createTlsServer(
          {
            ...settings,
            ...options.tls,
            minVersion: 'TLSv1.2',
            handshakeTimeout: EDGE_LIMITS.tlsHandshakeMs,
          },
          listener,
        );
  const { connections: most, bodyMegabytes, bodyBytes = EDGE_LIMITS.bodyBytes } = options.limits;
  const edge: Edge = {
    ...options,
    bodyBytes,
    connections: keepConnections(server, most, () => options.refused('connections')),
    bodyRoom: bodyMegabytes * 2 ** 20,
  };
  server.timeout = EDGE_LIMITS.stillMs;
  server.maxRequestsPerSocket = EDGE_LIMITS.requestsPerSocket;
  // `100-continue` has an event of its own, and Node answers it with 100 when nobody listens
  for (const expectation of ['checkContinue', 'checkExpectation']) {
    server.on(expectation, (_request: IncomingMessage, response: ServerResponse) => refuse(response, 417));
  }
  return server;
}

/** Connections that end with a refusal: requests that a client sent on behind it are not carried out unanswered. */
const refused = new WeakSet<Socket>();

/** Requests of a connection whose answers have not left. */
const unanswered = new WeakMap<Socket, number>();

/** Counts a request that a connection brings. @returns false: too many before it wait for their answers */
function takesOn(socket: Socket, response: ServerResponse): boolean {
  const before = unanswered.get(socket) ?? 0;
  if (before >= EDGE_LIMITS.pipelined) return false;
  unanswered.set(socket, before + 1);
  response.once('finish', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1));
  return true;
}

function receive(request: IncomingMessage, response: ServerResponse, edge: Edge): void {
  const { socket } = request;
  if (refused.has(socket)) return;
  if (!takesOn(socket, response)) {
    edge.refused('connections');
    refused.add(socket);
    socket.destroy(); // no refusal, which would have to wait for all answers before it
    return;
  }
  const target = request.url ?? '';
  const hostMissing = request.headers.host === undefined && request.httpVersion === '1.1'; // RFC 9112 section 3.2
  if (!target.startsWith('/') || hostMissing || request.rawHeaders.length > EDGE_LIMITS.headers * 2)
    return refuse(response, 400);
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > edge.bodyBytes) return refuse(response, 413);
  const room = takeRoom(edge, response);
  if (!room(announced)) return refuse(response, 503);
  const chunks: Buffer[] = [];
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    const tooLong = length > edge.bodyBytes;
    if (tooLong || !room(length)) {
      refuse(response, tooLong ? 413 : 503);
      request.destroy();
      return;
    }
    chunks.push(chunk);
  });
  request.on('end', () => {
    if (response.headersSent) return;
    const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
    // the handler turns every failure into an answer; should it not, the client gets none, and the server goes on
    answer(request, response, target, body, edge).catch((error: unknown) => {
      edge.failed(error);
      request.socket.destroy(); // destroying a request that has come in whole leaves its connection open
    });
  });
}

/** Room for a body that is long, until it was answered. @returns tells whether there is room for so many bytes of it */
function takeRoom(edge: Edge, response: ServerResponse): (bytes: number) => boolean {
  let taken = 0;
  return (bytes) => {
    if (bytes <= EDGE_LIMITS.shortBodyBytes || bytes <= taken) return true;
    if (edge.bodyRoom < bytes - taken) {
      edge.refused('bodies');
      return false;
    }
    if (taken === 0) whenOver(response, () => (edge.bodyRoom += taken));
    edge.bodyRoom -= bytes - taken;
    taken = bytes;
    return true;
  };
}

/** When an answer has left, or never will: when a connection ends, Node closes the one that is being sent and none behind it. */
function whenOver(response: ServerResponse, over: () => void): void {
  const closing = [response, response.req.socket];
  const closed = (): void => {
    for (const emitter of closing) emitter.off('close', closed);
    over();
  };
  for (const emitter of closing) emitter.once('close', closed);
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  target: string,
  body: Buffer,
  edge: Edge,
): Promise<void> {
  const socket = request.socket;
  edge.connections.busy(socket);
  try {
    const result = await edge.handle({
      method: request.method ?? '',
      target,
      rawHeaders: request.rawHeaders,
      headers: request.headers,
      body,
      sourceIp: sourceIpOf(socket),
      tls: edge.tls === undefined ? undefined : tlsOf(socket as TLSSocket, request.headers.host ?? ''),
    });
    response.writeHead(result.status, result.headers);
    response.end(result.body);
  } finally {
    edge.connections.idle(socket);
  }
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
