/** The HSM's TLS 1.3 listener. Clients prove nothing by certificate: they log in. */
import { constants } from 'node:crypto';
import { createServer } from 'node:tls';
import type { Server, TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import type { Identity } from './identity.ts';

/** CloudHSM serves 900 client connections. */
const MAX_CONNECTIONS = 900;
const HANDSHAKE_MS = 5_000;
/** After so long without a word it is asked whether the other end is still there, ten times in ten seconds (libuv). */
const SILENT_MS = 10_000;

export interface Listener {
  readonly server: Server;
  /** Uses the identity's present certificate for new connections. */
  renewCertificate(): void;
}

export function createListener(identity: Identity, onConnection: (socket: TLSSocket) => void): Listener {
  const secureContext = (): object => ({
    key: identity.privateKey,
    cert: identity.installed?.certificate ?? identity.selfSigned,
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    secureOptions: constants.SSL_OP_NO_TICKET,
  });
  const server = createServer(
    {
      ...secureContext(),
      handshakeTimeout: HANDSHAKE_MS,
      noDelay: true,
      // a client that lost its power never says goodbye, and would keep its login and its place here
      keepAlive: true,
      keepAliveInitialDelay: SILENT_MS,
    },
    onConnection,
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return { server, renewCertificate: () => server.setSecureContext(secureContext()) };
}

/** Listens on the address; when its port is in use, on any free port of the host. */
export async function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  try {
    await listenOnce(server, host, port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    await listenOnce(server, host, 0);
  }
  return server.address() as AddressInfo;
}

function listenOnce(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
