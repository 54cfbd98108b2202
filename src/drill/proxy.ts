/** A TCP proxy between KMS and one HSM, whose network can be cut. It cannot read what passes: TLS ends in the HSM. */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';

/**
 * `silent`: nothing passes any more and nobody is told, as when a cable is pulled (half-open connections). `refuses`: open
 * connections are reset, and new ones at once.
 */
export type Network = 'whole' | 'silent' | 'refuses';

export interface Proxy {
  readonly host: string;
  readonly port: number;
  /** Connections that were accepted so far. */
  readonly accepted: number;
  become(network: Network): void;
  close(): void;
}

/** @param target where the HSM listens now; asked for each connection */
export async function startProxy(target: () => { host: string; port: number }): Promise<Proxy> {
  let network: Network = 'whole';
  let accepted = 0;
  const pairs = new Set<readonly [Socket, Socket]>();
  const reset = (): void => {
    for (const pair of pairs) for (const socket of pair) socket.resetAndDestroy();
    pairs.clear();
  };
  const server = createServer({ pauseOnConnect: true }, (near) => {
    accepted += 1;
    near.on('error', () => near.destroy());
    if (network === 'refuses') {
      near.resetAndDestroy();
      return;
    }
    const far = connect(target());
    far.on('error', () => far.destroy());
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const [from, to] of [pair, [far, near] as const]) {
      from.on('data', (chunk: Buffer) => {
        if (network === 'whole') to.write(chunk);
      });
      from.on('end', () => to.end());
      from.on('close', () => {
        pairs.delete(pair);
        if (network === 'whole') to.destroy();
      });
    }
    near.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { address, port } = server.address() as AddressInfo;
  return {
    host: address,
    port,
    get accepted() {
      return accepted;
    },
    become(next) {
      if (next !== 'silent') reset(); // what was silent has lost bytes: it cannot go on
      network = next;
    },
    close() {
      server.close();
      reset();
    },
  };
}
