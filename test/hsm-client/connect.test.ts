import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import type { TlsOptions } from 'node:tls';
import { connectHsm } from '../../src/hsm-client/connect.ts';
import { createOperatorCa, signHsmRequest } from '../../src/operator/ca.ts';
import type { OperatorCa } from '../../src/operator/ca.ts';
import { RpcError } from '../../src/rpc/frames.ts';
import { HsmVerb } from '../../src/rpc/hsm-messages.ts';
import { serveConnection } from '../../src/rpc/server.ts';
import { makeRequest } from '../operator/certificate-request.ts';

const A = { hsmId: 'hsm-aaaaaaaaaaa', clusterId: 'cluster-ccccccccccc' };
const B = { hsmId: 'hsm-bbbbbbbbbbb', clusterId: 'cluster-ccccccccccc' };

/** A peer that answers whatever certificate it has; it stands for machines that are not the HSM that was meant. */
interface Peer {
  host: string;
  port: number;
  /** Verbs that reached it. */
  verbs: number[];
}

describe('connecting to an HSM', () => {
  let dir: string;
  let ca: OperatorCa;
  let otherCa: OperatorCa;
  const servers: Server[] = [];
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'claviger-client-'));
    ca = await createOperatorCa(join(dir, 'a'), { modulusBits: 2048 });
    otherCa = await createOperatorCa(join(dir, 'b'), { modulusBits: 2048 });
  });
  after(() => rm(dir, { recursive: true, force: true }));
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  it('speaks to the HSM whose certificate the trust anchor signed', async () => {
    const peer = await servePeer(await identityOf(A, ca));
    const connection = await connectHsm({ ...A, ...peer, trustAnchor: ca.certificatePem, timeoutMs: 2_000 });
    await connection.ping(1_000);
    assert.deepEqual(peer.verbs, [HsmVerb.Ping]);
    assert.equal(connection.verified, true);
    assert.equal(connection.inFlight, 0);
    const closed = new Promise<void>((resolve) => connection.onClose(resolve));
    connection.close();
    await closed;
    await assert.rejects(connection.ping(), hasCode('CONNECTION_LOST'));
  });

  it('refuses a certificate of another CA, and sends nothing', async () => {
    const peer = await servePeer(await identityOf(A, otherCa));
    await refusedUnder(ca, A, peer, /not signed by the trust anchor/);
  });

  it('refuses the certificate of another HSM of the cluster, and sends nothing', async () => {
    const peer = await servePeer(await identityOf(B, ca));
    await refusedUnder(ca, A, peer, /not that of hsm-aaaaaaaaaaa/);
  });

  it('refuses an HSM of another cluster, and sends nothing', async () => {
    const peer = await servePeer(await identityOf({ ...A, clusterId: 'cluster-ddddddddddd' }, ca));
    await refusedUnder(ca, A, peer, /not that of hsm-aaaaaaaaaaa/);
  });

  it('refuses a trust anchor that is only the certificate of an HSM', async () => {
    const { csrPem, keyPem } = await makeRequest(A);
    const leaf = await signHsmRequest(ca, csrPem);
    const peer = await servePeer({ cert: leaf, key: keyPem });
    const options = { ...A, ...peer, trustAnchor: leaf, timeoutMs: 2_000 }; // an HSM's certificate is no anchor
    await assert.rejects(connectHsm(options), hasCode('UNTRUSTED_HSM'));
  });

  it('refuses TLS 1.2', async () => {
    const peer = await servePeer({ ...(await identityOf(A, ca)), maxVersion: 'TLSv1.2' });
    const options = { ...A, ...peer, trustAnchor: ca.certificatePem, timeoutMs: 2_000 };
    await assert.rejects(connectHsm(options), hasCode('UNREACHABLE'));
  });

  it('ends in time when the peer says nothing', async () => {
    const server = createTcpServer(() => {});
    const port = await listen(server);
    const started = performance.now();
    const options = { ...A, host: '127.0.0.1', port, trustAnchor: ca.certificatePem, timeoutMs: 200 };
    await assert.rejects(connectHsm(options), hasCode('DEADLINE'));
    assert.ok(performance.now() - started < 1_500);
  });

  it('says so when nobody listens', async () => {
    const server = createTcpServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const options = { ...A, host: '127.0.0.1', port, trustAnchor: ca.certificatePem, timeoutMs: 2_000 };
    await assert.rejects(connectHsm(options), hasCode('UNREACHABLE'));
  });

  it('without a trust anchor turns away from an HSM that is initialised', async () => {
    const peer = await servePeer(await identityOf(A, ca), 'ACTIVE');
    await assert.rejects(connectHsm({ ...A, ...peer, timeoutMs: 2_000 }), hasCode('UNTRUSTED_HSM'));
  });

  it('without a trust anchor never sends a password or a key request', async () => {
    const peer = await servePeer(await identityOf(A, otherCa), 'UNINITIALIZED');
    const connection = await connectHsm({ ...A, ...peer, timeoutMs: 2_000 });
    const login = { name: 'kmsuser', password: 'secret-password', owner: 'test' };
    await assert.rejects(connection.loginUser(login), hasCode('UNTRUSTED_HSM'));
    await assert.rejects(connection.activate('secret-password'), hasCode('UNTRUSTED_HSM'));
    await assert.rejects(connection.loginOfficer('admin', 'secret-password'), hasCode('UNTRUSTED_HSM'));
    await assert.rejects(connection.random(Buffer.alloc(16), 16), hasCode('UNTRUSTED_HSM'));
    connection.close();
    assert.deepEqual(peer.verbs, [HsmVerb.Describe]);
  });

  async function refusedUnder(anchor: OperatorCa, hsm: typeof A, peer: Peer, reason: RegExp): Promise<void> {
    const options = { ...hsm, ...peer, trustAnchor: anchor.certificatePem, timeoutMs: 2_000 };
    await assert.rejects(connectHsm(options), (error) => {
      assert.ok(error instanceof RpcError);
      assert.equal(error.code, 'UNTRUSTED_HSM');
      assert.match(error.message, reason);
      return true;
    });
    assert.deepEqual(peer.verbs, []);
  }

  async function servePeer(tls: TlsOptions, state = 'UNINITIALIZED'): Promise<Peer> {
    const verbs: number[] = [];
    const answer = (verb: number, value: unknown) => (): Buffer => {
      verbs.push(verb);
      return Buffer.from(JSON.stringify(value));
    };
    const others = Object.values(HsmVerb).map((verb) => [verb, answer(verb, {})] as const);
    const handlers = {
      ...Object.fromEntries(others),
      [HsmVerb.Describe]: answer(HsmVerb.Describe, { state }),
    };
    const server = createTlsServer({ minVersion: 'TLSv1.2', ...tls }, (socket) =>
      serveConnection(socket, {}, handlers),
    );
    return { host: '127.0.0.1', port: await listen(server), verbs };
  }

  async function listen(server: Server): Promise<number> {
    servers.push(server);
    server.on('connection', (socket) => socket.unref());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }
});

async function identityOf(hsm: typeof A, issuer: OperatorCa): Promise<{ cert: string; key: string }> {
  const { csrPem, keyPem } = await makeRequest(hsm);
  return { cert: await signHsmRequest(issuer, csrPem), key: keyPem };
}

function hasCode(code: string): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof RpcError, String(error));
    assert.equal(error.code, code);
    return true;
  };
}
