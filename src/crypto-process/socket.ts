/** The Unix socket: in a folder that only this user may enter, because whoever can connect can use every key. */
import { createHash } from 'node:crypto';
import { lstatSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { serveConnection } from '../rpc/server.ts';
import type { RpcHandlers } from '../rpc/server.ts';
import { makePrivateFolder } from '../files/durable.ts';

/** sockaddr_un.sun_path holds 108 bytes with the closing zero (unix(7)). */
const MAX_SOCKET_PATH_BYTES = 107;

/** Where to listen: the wanted path, or a short one in the temporary folder, the same for the same wanted path. */
export function usableSocketPath(wanted: string): string {
  if (Buffer.byteLength(wanted) <= MAX_SOCKET_PATH_BYTES) return wanted;
  const name = createHash('sha256').update(wanted).digest('hex').slice(0, 24);
  return join(tmpdir(), `claviger-${name}`, 'crypto.sock');
}

/**
 * Listens on the path, after removing the socket that a killed predecessor left (the caller holds the folder's lock, so
 * nobody else listens there).
 * @throws Error when the folder is open to others
 */
export async function listen(path: string, handlers: RpcHandlers<undefined>): Promise<Server> {
  const folder = dirname(path);
  makePrivateFolder(folder);
  const { mode, uid } = lstatSync(folder);
  if ((mode & 0o077) !== 0 || uid !== process.getuid?.() || !lstatSync(folder).isDirectory()) {
    throw new Error(`the socket's folder ${folder} must belong to this user alone (mode 0700)`);
  }
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true) rmSync(path);
  const server = createServer((socket) => serveConnection(socket, undefined, handlers));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return server;
}
