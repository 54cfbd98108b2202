/** The local socket on which a running server answers the operator's commands (src/rpc/operator-messages.ts). */
import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { RpcError } from '../rpc/frames.ts';
import { OperatorVerb } from '../rpc/operator-messages.ts';
import { serveConnection } from '../rpc/server.ts';
import type { Kms } from '../services/kms/kms.ts';
import { keyEvidence } from './key-evidence.ts';

/** Listens until the server is closed. Only the user that runs the server can connect. */
export async function serveOperator(path: string, kms: Kms): Promise<Server> {
  rmSync(path, { force: true }); // of a process before this one; the data folder's lock says that it is gone
  const server = createServer((socket) => {
    serveConnection(socket, undefined, {
      [OperatorVerb.KeyEvidence]: async (payload) =>
        Buffer.from(JSON.stringify((await keyEvidence(kms, requestedArn(payload))) ?? null)),
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  return server.unref();
}

function requestedArn(payload: Buffer): string {
  const { keyArn } = JSON.parse(payload.toString('utf8')) as { keyArn?: unknown };
  if (typeof keyArn !== 'string') throw new RpcError('BAD_REQUEST', 'the request has no keyArn');
  return keyArn;
}
