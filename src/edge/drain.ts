/** How a server ends without breaking off what is under way. */
import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';

/** How long connections that wait for nothing may stay when the process is to end, and the others. */
const DRAIN_MS = 500;
const CUT_OFF_MS = 3_000;

/**
 * Takes no new connections. Each connection gets the answer to what it asks next, and is told with it that it ends; those that ask
 * nothing are cut off after a while.
 */
export function drain(server: Server, drained: () => void): void {
  server.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false;
  });
  NetServer.prototype.close.call(server, drained); // the HTTP server's own would cut idle connections off now
  setTimeout(() => server.closeIdleConnections(), DRAIN_MS).unref();
  setTimeout(() => server.closeAllConnections(), CUT_OFF_MS).unref();
}
