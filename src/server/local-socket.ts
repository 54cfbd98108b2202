/** Unix sockets on which a running server answers commands of its own machine. */
import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** sockaddr_un.sun_path holds 108 bytes with the closing zero (unix(7)). */
const MAX_SOCKET_PATH_BYTES = 107;

/**
 * Where the server listens: in its folder, or where that has too long a path, in a short one of its own below the temporary folder.
 * @param serverDir `<data>/server`, absolute
 */
export function localSocketPath(serverDir: string, name: 'admin.sock' | 'operator.sock'): string {
  const wanted = join(serverDir, name);
  if (Buffer.byteLength(wanted) <= MAX_SOCKET_PATH_BYTES) return wanted;
  const folder = createHash('sha256').update(wanted).digest('hex').slice(0, 24);
  return join(tmpdir(), `claviger-${folder}`, name);
}

/**
 * Listens, for the user that runs the server alone; a socket that a killed predecessor left is removed (one server runs for a
 * data folder).
 * @throws Error when the socket's folder is open to others
 */
export async function listenLocally(server: Server, path: string): Promise<void> {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { mode, uid } = lstatSync(folder);
  if ((mode & 0o077) !== 0 || uid !== process.getuid?.())
    throw new Error(`the socket's folder ${folder} must belong to this user alone (mode 0700)`);
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true) rmSync(path);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600); // the folder kept others out until now
}
