/**
 * An XKS proxy: serves the XKS proxy API to KMS, and is itself a client of Claviger's API. It holds no key and no state; what it
 * is told lies in a configuration file, which it can take anew while it serves.
 */
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Server as TlsServer, TLSSocket } from 'node:tls';
import { drain } from '../edge/drain.ts';
import { createEdge } from '../edge/edge.ts';
import type { Logger } from '../logging/logger.ts';
import { Claviger } from './claviger.ts';
import type { ProxyConfiguration, TlsFiles } from './configuration.ts';
import { createHandler } from './handler.ts';
import type { Handler } from './handler.ts';
import { createRouter } from './stores.ts';

export interface ProxyPorts {
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Of this proxy, as KMS is told. */
  readonly version: string;
}

export interface XksProxy {
  readonly host: string;
  readonly port: number;
  /**
   * Answers by this configuration from now on; requests that are under way end by the one before.
   * @throws Error for what only another start can change; nothing is changed then
   */
  reload(configuration: ProxyConfiguration): void;
  /** Takes no new connections; resolves when all requests that are under way were answered. */
  stop(): Promise<void>;
}

/** 8 KiB of associated data and 4,300 bytes of a message, in base64, take 17 KB, and ARNs of 2,048 characters each 2 KB. */
const BODY_BYTES = 64 * 1024;
/** As many as AWS KMS may have to one proxy is not known; more than HSMs can answer at a time is enough. */
const LIMITS = { connections: 1_024, bodyMegabytes: 16, bodyBytes: BODY_BYTES };

/** @throws Error when the address cannot be had */
export async function startProxy(configuration: ProxyConfiguration, ports: ProxyPorts): Promise<XksProxy> {
  const { logger } = ports;
  let current = assemble(configuration, ports);
  const server = createEdge({
    tls: configuration.tls === undefined ? undefined : tlsOptions(configuration.tls),
    handle: (request) => current.handle(request),
    limits: LIMITS,
    refused: (reason) => logger.warn({ reason }, 'there is no room for a connection or a body'),
    failed: (error) => logger.error({ err: error }, 'a request was not answered'),
  });
  server.on('secureConnection', (socket: TLSSocket) => {
    const names = current.configuration.tls?.clientNames;
    if (names !== undefined && !bearsOneOf(socket, names)) {
      logger.warn('a client whose certificate bears none of clientNames was cut off');
      socket.destroy();
    }
  });
  const endConnections = generations(server, configuration.tls !== undefined);
  const { host, port } = await listen(server, configuration);
  return {
    host,
    port,
    reload: (next) => {
      requireSameListener(current.configuration, next);
      const before = current;
      current = assemble(next, ports);
      if (next.tls !== undefined) (server as Server & TlsServer).setSecureContext(tlsOptions(next.tls));
      endConnections();
      before.claviger.close();
    },
    stop: () =>
      new Promise((resolve) =>
        drain(server, () => {
          current.claviger.close();
          resolve();
        }),
      ),
  };
}

interface Assembly {
  readonly configuration: ProxyConfiguration;
  readonly claviger: Claviger;
  readonly handle: Handler;
}

function assemble(configuration: ProxyConfiguration, ports: ProxyPorts): Assembly {
  const claviger = new Claviger(configuration.claviger);
  const router = createRouter(configuration.stores);
  const handle = createHandler({ ...ports, router, claviger, fleetSize: configuration.fleetSize });
  return { configuration, claviger, handle };
}

function tlsOptions({ certificate, key, clientCa }: TlsFiles) {
  return {
    cert: certificate,
    key,
    minVersion: 'TLSv1.2' as const,
    // without a certificate under this authority there is no connection (mutual TLS)
    ...(clientCa !== undefined && { ca: clientCa, requestCert: true }),
  };
}

/** The certificate was verified before; a pattern in it is nobody's name. */
function bearsOneOf(socket: TLSSocket, names: readonly string[]): boolean {
  const certificate = socket.getPeerX509Certificate();
  return names.some(
    (name) => certificate?.checkHost(name, { subject: 'always', wildcards: false }) !== undefined,
  );
}

/**
 * Connections outlive a change of who may make them and of the certificate that they were made under: each that was there at a change ends
 * with the answer to its next request.
 * @returns to be called at a change
 */
function generations(server: Server, tls: boolean): () => void {
  let now = 0;
  const bornIn = new WeakMap<Socket, number>();
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => bornIn.set(socket, now));
  server.prependListener(
    'request',
    ({ socket }: { socket: Socket }, response: { shouldKeepAlive: boolean }) => {
      if (bornIn.get(socket) !== now) response.shouldKeepAlive = false;
    },
  );
  return () => (now += 1);
}

/** @throws Error */
function requireSameListener(before: ProxyConfiguration, next: ProxyConfiguration): void {
  const { host, port } = next.listen;
  if (host !== before.listen.host || port !== before.listen.port)
    throw new Error('listen is another now: restart to apply that');
  if ((next.tls === undefined) !== (before.tls === undefined))
    throw new Error('whether TLS is spoken changed: restart to apply that');
  if ((next.tls?.clientCa === undefined) !== (before.tls?.clientCa === undefined))
    throw new Error('whether clients must show a certificate changed: restart to apply that');
}

function listen(
  server: Server,
  { listen: address }: ProxyConfiguration,
): Promise<{ host: string; port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, () => {
      server.off('error', reject);
      const { address: host, port } = server.address() as AddressInfo;
      resolve({ host, port });
    });
  });
}
