/**
 * What a person on the server's machine may ask of the running server, beside the APIs: one JSON object a line each way, over
 * a Unix socket that only the user who runs Claviger can open (docs/decisions/0017).
 */
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export type AdminRequest =
  | { command: 'createAccount'; name: string | null }
  | { command: 'listAccounts' }
  | { command: 'listQuarantine' };

export interface ListedAccount {
  accountId: string;
  name: string | null;
  /** ISO 8601. */
  createdAt: string;
}

export interface CreatedAccount extends ListedAccount {
  /** Of the account's root user; told once. */
  accessKeyId: string;
  secretAccessKey: string;
}

/** A key object in an HSM that is on no record. */
export interface QuarantinedObject {
  clusterId: string;
  hsmId: string;
  materialId: string;
  label: string;
  /** ISO 8601. */
  firstSeen: string;
}

export type AdminAnswer<T = unknown> = { ok: true; result: T } | { ok: false; error: string };

/** sockaddr_un.sun_path holds 108 bytes with the closing zero (unix(7)). */
const MAX_SOCKET_PATH_BYTES = 107;

/** Where the server listens for its administrator. @param serverDir `<data>/server`, absolute */
export function adminSocketPath(serverDir: string): string {
  const wanted = join(serverDir, 'admin.sock');
  if (Buffer.byteLength(wanted) <= MAX_SOCKET_PATH_BYTES) return wanted;
  const name = createHash('sha256').update(wanted).digest('hex').slice(0, 24);
  return join(tmpdir(), `claviger-${name}`, 'admin.sock');
}

/** Asks the server. @throws Error when it does not run, or refuses */
export async function askServer<T>(serverDir: string, request: AdminRequest): Promise<T> {
  const socket = connect(adminSocketPath(serverDir));
  try {
    const line = await new Promise<string>((resolve, reject) => {
      socket.once('error', (error: NodeJS.ErrnoException) => reject(explained(error)));
      socket.once('close', () => reject(new Error('the server ended before it answered')));
      createInterface({ input: socket })
        .once('line', resolve)
        .on('error', () => {});
      socket.write(`${JSON.stringify(request)}\n`);
    });
    const answer = JSON.parse(line) as AdminAnswer<T>;
    if (answer.ok) return answer.result;
    throw new Error(answer.error);
  } finally {
    socket.destroy();
  }
}

function explained(error: NodeJS.ErrnoException): Error {
  const absent = error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
  return absent
    ? new Error('no server runs for this data folder: start Claviger first', { cause: error })
    : error;
}
