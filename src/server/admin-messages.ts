/**
 * What a person on the server's machine may ask of the running server, beside the APIs: one JSON object a line each way, over
 * a Unix socket that only the user who runs Claviger can open (docs/decisions/0017).
 */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { localSocketPath } from './local-socket.ts';

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

/** Asks the server. @param serverDir `<data>/server`, absolute @throws Error when it does not run, or refuses */
export async function askServer<T>(serverDir: string, request: AdminRequest): Promise<T> {
  const socket = connect(localSocketPath(serverDir, 'admin.sock'));
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
