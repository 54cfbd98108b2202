/**
 * A collector of events as a process of its own, to be stopped: `node collector-process.ts <https|syslog> <cert> <key> <file>`.
 * It tells its port, and appends to the file what it gets.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

const [kind, certificate = '', privateKey = '', file = ''] = process.argv.slice(2);
const tls = { cert: readFileSync(certificate), key: readFileSync(privateKey) };
const take = (chunk: Buffer): void => appendFileSync(file, chunk);

const server =
  kind === 'https'
    ? createHttpsServer(tls, (request, response) => {
        request.on('data', take);
        request.on('end', () => response.writeHead(200).end());
      })
    : createTlsServer(tls, (socket) => {
        socket.on('data', take);
        socket.on('error', () => socket.destroy());
      });
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
