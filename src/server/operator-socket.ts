/** The local socket on which a running server answers the operator's commands (src/rpc/operator-messages.ts). */
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { RpcError } from '../rpc/frames.ts';
import { OperatorVerb } from '../rpc/operator-messages.ts';
import { serveConnection } from '../rpc/server.ts';
import type { Kms } from '../services/kms/kms.ts';
import { keyEvidence } from './key-evidence.ts';
import { listenLocally, localSocketPath } from './local-socket.ts';

/** Listens until the server is closed. @param serverDir absolute @throws Error */
export async function serveOperator(serverDir: string, kms: Kms): Promise<Server> {
  const server = createServer((socket) => {
    serveConnection(socket, undefined, {
      [OperatorVerb.KeyEvidence]: async (payload) =>
        Buffer.from(JSON.stringify((await keyEvidence(kms, requestedArn(payload))) ?? null)),
    });
  });
  await listenLocally(server, localSocketPath(serverDir, 'operator.sock'));
  return server.unref();
}

function requestedArn(payload: Buffer): string {
  const { keyArn } = JSON.parse(payload.toString('utf8')) as { keyArn?: unknown };
  if (typeof keyArn !== 'string') throw new RpcError('BAD_REQUEST', 'the request has no keyArn');
  return keyArn;
}
