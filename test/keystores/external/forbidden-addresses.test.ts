/**
 * Whoever makes an external key store names the host that the server connects to. Listeners here stand for what he must not
 * reach: they count connections, whether a byte is sent or not.
 */
import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { addressRule } from '../../../src/configuration/address-rule.ts';
import { ProxyClient } from '../../../src/keystores/external/proxy-client.ts';
import { ProxyFailed } from '../../../src/keystores/external/proxy-failures.ts';
import { startXksProxy } from '../../xks/xks-proxy.ts';
import type { XksProxy } from '../../xks/xks-proxy.ts';

const on = { operation: 'CreateCustomKeyStore', requestId: Buffer.alloc(16) };
const GOOD = '127.0.0.1';
const SECRET = '127.0.0.2';

describe('a proxy at an address that is not allowed', () => {
  let proxy: XksProxy;
  let secret: Server;
  let connections: number;

  /** The proxy at 127.0.0.1 and the listener at 127.0.0.2 have the same port. */
  before(async () => {
    proxy = await startXksProxy({ host: 'xks.example.com' });
    secret = createServer((socket) => {
      connections += 1;
      socket.on('error', () => undefined).resume();
      socket.end();
    });
    secret.listen(proxy.port, SECRET);
    await once(secret, 'listening');
  });
  after(async () => {
    secret.close();
    await proxy.close();
  });
  beforeEach(() => {
    connections = 0;
    proxy.requests.length = 0;
    proxy.cutConnections();
  });

  const connect = (
    allowed: string[],
    host: string,
    resolve?: (host: string) => Promise<LookupAddress[]>,
  ): ProxyClient =>
    new ProxyClient({
      ...proxy.clientOptions,
      uriEndpoint: `https://${host}`,
      mayConnectTo: addressRule(allowed),
      timeoutMs: 5_000,
      resolve,
    });
  const named =
    (...addresses: string[]): (() => Promise<LookupAddress[]>) =>
    () =>
      Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
  const isUnreachable = (error: unknown): boolean =>
    error instanceof ProxyFailed && error.failure === 'unreachable';

  it('is reached by this test when it is allowed', async () => {
    await assert.rejects(connect([SECRET], SECRET).health(on), isUnreachable);
    assert.equal(connections, 2, 'cut, and tried again');
    await assert.rejects(
      connect(['127.0.0.0/8'], 'xks.example.com', named(SECRET)).health(on),
      isUnreachable,
    );
    assert.equal(connections, 4);
  });

  const ways = [
    SECRET,
    '127.2',
    '2130706434',
    '0x7f000002',
    '0177.0.0.2',
    `[::ffff:${SECRET}]`,
    '[::ffff:7f00:2]',
  ];
  for (const host of ways)
    it(`is not connected to as https://${host}`, async () => {
      await assert.rejects(connect([], host).health(on), isUnreachable);
      await assert.rejects(connect([GOOD], host).health(on), isUnreachable);
      assert.equal(connections, 0);
    });

  for (const address of [SECRET, `::ffff:${SECRET}`, '::ffff:7f00:2'])
    it(`is not connected to by a name of ${address}`, async () => {
      await assert.rejects(connect([GOOD], 'xks.example.com', named(address)).health(on), isUnreachable);
      assert.equal(connections, 0);
    });

  it('is not connected to as localhost, by the resolver of the system', async () => {
    let local = 0;
    const own = createServer((socket) => {
      local += 1;
      socket.on('error', () => undefined).destroy();
    });
    own.listen(0, GOOD);
    await once(own, 'listening');
    const { port } = own.address() as AddressInfo;
    const to = (allowed: string[]): ProxyClient =>
      new ProxyClient({
        ...proxy.clientOptions,
        uriEndpoint: 'https://localhost',
        port,
        mayConnectTo: addressRule(allowed),
      });
    await assert.rejects(to([]).health(on), isUnreachable);
    assert.equal(local, 0);
    await assert.rejects(to([GOOD]).health(on), isUnreachable);
    assert.equal(local, 2);
    own.close();
  });

  it('is passed over when the name has an allowed one too', async () => {
    for (const addresses of [
      [SECRET, GOOD],
      [GOOD, SECRET],
      [SECRET, '10.0.0.1', GOOD],
    ])
      await connect([GOOD], 'xks.example.com', named(...addresses)).health(on);
    assert.equal(connections, 0);
    assert.equal(proxy.requests.length, 3);
  });

  it('is not reached by a name that changes: what is connected to was looked up once, and looked at', async () => {
    const answers = [GOOD, SECRET, SECRET];
    let lookups = 0;
    const client = connect([GOOD], 'xks.example.com', () => named(answers[(lookups += 1) - 1] ?? SECRET)());
    await client.health(on);
    assert.equal(lookups, 1);
    await client.health(on);
    assert.equal(lookups, 1, 'a kept connection');
    proxy.cutConnections();
    await assert.rejects(client.health(on), isUnreachable);
    assert.ok(lookups > 1);
    assert.equal(connections, 0);
    assert.equal(proxy.requests.length, 2);
  });

  it('is not reached by a redirect', async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      proxy.misbehave({ answer: { status, headers: { location: `https://${SECRET}:${proxy.port}/` } } });
      await assert.rejects(
        connect(['127.0.0.0/8'], 'xks.example.com', named(GOOD)).health(on),
        (error) => error instanceof ProxyFailed && error.failure === 'invalid-response',
      );
    }
    proxy.misbehave(undefined);
    assert.equal(connections, 0);
    assert.equal(proxy.requests.length, 5);
  });

  it('is not asked for again: the name is looked up once', async () => {
    let lookups = 0;
    const client = connect([], 'xks.example.com', () => {
      lookups += 1;
      return named(SECRET)();
    });
    await assert.rejects(client.health(on), isUnreachable);
    assert.equal(lookups, 1);
  });
});

describe('the look-up of a name', () => {
  it('is one for many connections that begin at once', async () => {
    const proxy = await startXksProxy({ host: 'xks.example.com' });
    try {
      let lookups = 0;
      const client = new ProxyClient({
        ...proxy.clientOptions,
        mayConnectTo: () => true,
        timeoutMs: 5_000,
        resolve: async () => {
          lookups += 1;
          await new Promise((resolve) => setTimeout(resolve, 20));
          return [{ address: GOOD, family: 4 }];
        },
      });
      await Promise.all(Array.from({ length: 30 }, () => client.health(on)));
      assert.equal(lookups, 1);
      client.close();
    } finally {
      await proxy.close();
    }
  });

  it('that fails is a proxy that cannot be reached', async () => {
    const proxy = await startXksProxy();
    try {
      const nowhere = { ...proxy.clientOptions, mayConnectTo: () => true, timeoutMs: 5_000 };
      const failing = new ProxyClient({
        ...nowhere,
        resolve: () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })),
      });
      const empty = new ProxyClient({ ...nowhere, resolve: () => Promise.resolve([]) });
      for (const client of [failing, empty])
        await assert.rejects(
          client.health(on),
          (error) => error instanceof ProxyFailed && error.failure === 'unreachable',
        );
    } finally {
      await proxy.close();
    }
  });
});
