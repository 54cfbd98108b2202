/**
 * What Claviger is compared with: a `node:http` server that reads each request and answers it with a recorded answer of
 * Claviger's, and does nothing else. It runs in a process of its own and tells its parent its port.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An answer of Claviger, to be given to every request. */
export interface RecordedAnswer {
  headers: [name: string, value: string][];
  body: string;
}

let headers: string[] = [];
let bytes = Buffer.alloc(0);

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.writeHead(200, headers);
    response.end(bytes);
  });
});

process.on('message', (message: RecordedAnswer) => {
  bytes = Buffer.from(message.body);
  const others = message.headers.filter(([name]) => name.toLowerCase() !== 'content-length');
  headers = [...others.flat(), 'Content-Length', String(bytes.length)];
  process.send?.({ kind: 'ready' });
});
process.on('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => {
  process.send?.({ kind: 'listening', port: (server.address() as AddressInfo).port });
});
