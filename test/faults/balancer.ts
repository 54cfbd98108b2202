/** A TCP balancer as stands before several nodes: it hands each connection to the next node that takes it. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface Balancer {
  /** `http://…` */
  endpoint: string;
  close(): void;
}

/** @param nodes their endpoints, asked for with each connection */
export async function startBalancer(nodes: () => string[]): Promise<Balancer> {
  let next = 0;
  const sockets = new Set<Socket>();
  const hand = (client: Socket, left: number): void => {
    const all = nodes();
    const { hostname, port } = new URL(all[(next += 1) % all.length] as string);
    const node = connect(Number(port), hostname);
    let connected = false;
    node.once('connect', () => {
      connected = true;
      client.pipe(node).pipe(client);
    });
    node.on('error', () => {
      if (connected || left === 0) client.destroy();
      else hand(client, left - 1);
    });
    node.once('close', () => connected && client.destroy());
    client.once('close', () => node.destroy());
  };
  const server = createServer((client) => {
    sockets.add(client);
    client.once('close', () => sockets.delete(client));
    client.on('error', () => client.destroy());
    hand(client, nodes().length);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
