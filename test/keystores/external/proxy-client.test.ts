/** The client of an XKS proxy against a real one: what goes out, when it asks again, how long it waits. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { ProxyClient } from '../../../src/keystores/external/proxy-client.ts';
import type { ProxyClientOptions, ProxyObservation } from '../../../src/keystores/external/proxy-client.ts';
import { ProxyFailed, failureMessages } from '../../../src/keystores/external/proxy-failures.ts';
import type { ProxyFailure } from '../../../src/keystores/external/proxy-failures.ts';
import { KeyStoreUnavailable } from '../../../src/keystores/key-store.ts';
import { STATUS_OF_ERROR } from '../../../src/xks/protocol.ts';
import type { ErrorName } from '../../../src/xks/protocol.ts';
import { misbehaviours, refusal } from '../../xks/misbehaviours.ts';
import type { Misbehaviour, MisbehaviourName } from '../../xks/misbehaviours.ts';
import { OLD_TLS, newCredential, startXksProxy } from '../../xks/xks-proxy.ts';
import type { Presented, XksProxy } from '../../xks/xks-proxy.ts';

/** Enough for a machine that does much else; tests of the deadline set their own. */
const PATIENT_MS = 5_000;
const on = {
  principalArn: 'arn:aws:iam::111122223333:user/alice',
  operation: 'DescribeKey',
  requestId: Buffer.from('4112f4d6db544af4ae30c55a22a8dfae', 'hex'),
};
const use = {
  ...on,
  operation: 'Encrypt',
  externalKeyId: 'key-1',
  keyArn: 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
};
const AAD = Buffer.from('associated');
const PLAINTEXT = Buffer.from('attack at dawn');

describe('the client of an XKS proxy', () => {
  let proxy: XksProxy;
  let client: ProxyClient;
  let observations: ProxyObservation[];
  const clients: ProxyClient[] = [];

  const connect = (options: Partial<ProxyClientOptions> = {}): ProxyClient => {
    const made = new ProxyClient({
      ...proxy.clientOptions,
      mayConnectTo: () => true,
      timeoutMs: PATIENT_MS,
      observed: (observation) => observations.push(observation),
      ...options,
    });
    clients.push(made);
    return made;
  };
  const fails = async (failure: ProxyFailure, run: () => Promise<unknown>): Promise<void> => {
    await assert.rejects(run, (error) => {
      assert.ok(error instanceof ProxyFailed, String(error));
      assert.ok(error instanceof KeyStoreUnavailable);
      assert.equal(error.failure, failure, String(error.cause));
      assert.equal(error.message, failureMessages[failure]);
      const all = `${error.stack} ${String(error.cause)}`;
      assert.ok(!all.includes('said by the proxy'), 'errorMessage is not passed on');
      assert.ok(!all.includes(proxy.credential.secretAccessKey));
      return true;
    });
  };

  before(async () => {
    proxy = await startXksProxy({
      region: 'us-east-1',
      keys: { 'key-1': {}, 'key-2': {}, 'iv-16': { ivBytes: 16, metadata: false } },
    });
  });
  after(() => proxy.close());
  beforeEach(() => {
    observations = [];
    proxy.requests.length = 0;
    client = connect();
  });
  afterEach(() => {
    proxy.misbehave(undefined);
    for (const one of clients.splice(0)) one.close();
    proxy.cutConnections();
  });

  describe('with a proxy that does as it should', () => {
    it('reads the metadata of a key', async () => {
      assert.deepEqual(await client.getKeyMetadata('key-1', on), {
        keySpec: 'AES_256',
        keyUsage: ['ENCRYPT', 'DECRYPT'],
        keyStatus: 'ENABLED',
      });
      const [request] = proxy.requests;
      assert.equal(request?.path, '/kms/xks/v1/keys/key-1/metadata');
      assert.deepEqual(request?.requestMetadata, {
        awsPrincipalArn: on.principalArn,
        kmsOperation: 'DescribeKey',
        kmsRequestId: '4112f4d6-db54-4af4-ae30-c55a22a8dfae',
      });
    });

    it('opens what it had encrypted, with metadata and without, with both lengths of IVs', async () => {
      for (const [externalKeyId, metadata, iv] of [
        ['key-1', 1, 12],
        ['iv-16', 0, 16],
      ] as const) {
        const message = await client.encrypt({ ...use, externalKeyId }, AAD, PLAINTEXT);
        assert.deepEqual([message.metadata.length, message.iv.length], [metadata, iv]);
        const opened = await client.decrypt({ ...use, operation: 'Decrypt', externalKeyId }, AAD, message);
        assert.deepEqual(opened, PLAINTEXT);
        await fails('invalid-ciphertext', () =>
          client.decrypt({ ...use, externalKeyId }, Buffer.from('other'), message),
        );
        await fails('invalid-ciphertext', () =>
          client.decrypt({ ...use, externalKeyId: 'key-2' }, AAD, message),
        );
      }
      assert.equal(proxy.requests[0]?.requestMetadata.kmsKeyArn, use.keyArn);
      assert.equal(proxy.requests[0]?.body.ciphertextDataIntegrityValueAlgorithm, 'SHA_256');
    });

    it('opens what was encrypted before the external key was rotated', async () => {
      const message = await client.encrypt(use, AAD, PLAINTEXT);
      proxy.keys.get('key-1')?.versions.push(Buffer.alloc(32, 1));
      assert.deepEqual(await client.decrypt(use, AAD, message), PLAINTEXT);
      assert.notDeepEqual((await client.encrypt(use, AAD, PLAINTEXT)).metadata, message.metadata);
    });

    it('takes and gives the longest message, under the longest associated data', async () => {
      const plaintext = Buffer.alloc(4300, 5);
      const aad = Buffer.alloc(8192, 6);
      assert.deepEqual(await client.decrypt(use, aad, await client.encrypt(use, aad, plaintext)), plaintext);
    });

    it('reads its health, and tells metrics of it', async () => {
      const { ekmFleetDetails } = await client.health({
        operation: 'KmsHealthCheck',
        requestId: on.requestId,
      });
      assert.equal(ekmFleetDetails[0]?.healthStatus, 'ACTIVE');
      const [{ milliseconds, certificateValidTo, ...rest } = {} as ProxyObservation] = observations;
      assert.deepEqual(rest, {
        operation: 'GetHealthStatus',
        kmsOperation: 'KmsHealthCheck',
        managers: { ACTIVE: 1, DEGRADED: 0, UNAVAILABLE: 0 },
      });
      assert.ok(milliseconds > 0 && milliseconds < PATIENT_MS);
      const hours = ((certificateValidTo ?? 0) - Date.now()) / 3_600_000;
      assert.ok(hours > 23 && hours < 25, `the certificate ends in ${hours} hours`);
    });

    it('makes many calls on one connection', async () => {
      const before = proxy.connections();
      for (let i = 0; i < 10; i += 1) await client.getKeyMetadata('key-1', on);
      assert.equal(proxy.connections() - before, 1);
    });

    it('makes no more than its share of connections, however many calls there are', async () => {
      const before = proxy.connections();
      await Promise.all(Array.from({ length: 300 }, () => client.getKeyMetadata('key-1', on)));
      assert.equal(proxy.requests.length, 300);
      assert.ok(proxy.connections() - before <= 128);
    });

    it('keeps no connection after close, and lets a call that runs end', async () => {
      proxy.misbehave({ delay: 100, times: 1 });
      const running = client.getKeyMetadata('key-1', on);
      await until(() => proxy.requests.length === 1);
      client.close();
      await running;
      const before = proxy.connections();
      await client.getKeyMetadata('key-1', on);
      await client.getKeyMetadata('key-1', on);
      assert.equal(proxy.connections() - before, 2);
    });
  });

  describe('signs', () => {
    it('with its credential: either of two, and no other', async () => {
      const second = newCredential();
      proxy.credentials.push(second);
      await connect({ credential: second }).health(on);
      await client.health(on);
      assert.deepEqual(
        proxy.requests.map(({ accessKeyId }) => accessKeyId),
        [second.accessKeyId, proxy.credential.accessKeyId],
      );
      const wrong = { ...proxy.credential, secretAccessKey: second.secretAccessKey };
      await fails('authentication', () => connect({ credential: wrong }).health(on));
      await fails('authentication', () => connect({ credential: newCredential() }).health(on));
      await fails('authentication', () => connect({ region: 'eu-west-1' }).health(on));
      assert.equal(proxy.requests.length, 5, 'a refusal is not tried again');
    });

    it('for the path of its key store', async () => {
      await fails('invalid-uri-path', () => connect({ uriPath: '/elsewhere/kms/xks/v1' }).health(on));
      const prefixed = await startXksProxy({ uriPath: '/stores/a_1/kms/xks/v1' });
      try {
        await connect({ ...prefixed.clientOptions }).getKeyMetadata('key-1', on);
        assert.equal(prefixed.requests[0]?.path, '/stores/a_1/kms/xks/v1/keys/key-1/metadata');
      } finally {
        await prefixed.close();
      }
    });

    it('for no key that a path cannot name', async () => {
      for (const id of ['.', '..']) await fails('key-not-found', () => client.getKeyMetadata(id, on));
      for (const id of ['', 'a/b', 'a?b', '%2e', 'a b', 'é', 'a'.repeat(129)])
        await assert.rejects(client.getKeyMetadata(id, on), /no id of an external key/);
      assert.equal(proxy.requests.length, 0);
      await fails('key-not-found', () => client.getKeyMetadata('...', on));
      assert.equal(proxy.requests.length, 1);
    });
  });

  describe('knows what a proxy refuses', () => {
    const failures: Record<ErrorName, ProxyFailure> = {
      ValidationException: 'invalid-response',
      InvalidStateException: 'invalid-state',
      InvalidCiphertextException: 'invalid-ciphertext',
      InvalidKeyUsageException: 'invalid-key-usage',
      AuthenticationFailedException: 'authentication',
      AccessDeniedException: 'access-denied',
      KeyNotFoundException: 'key-not-found',
      InvalidUriPathException: 'invalid-uri-path',
      ThrottlingException: 'throttling',
      InternalException: 'internal',
      UnsupportedOperationException: 'unsupported',
      DependencyTimeoutException: 'dependency-timeout',
    };
    for (const [name, failure] of Object.entries(failures))
      it(`${STATUS_OF_ERROR[name as ErrorName]} ${name}, and does not ask again`, async () => {
        proxy.misbehave(refusal(name));
        await fails(failure, () => client.encrypt(use, AAD, PLAINTEXT));
        assert.equal(proxy.requests.length, 1);
        assert.deepEqual(
          observations.map((one) => one.failure),
          [failure],
        );
      });

    const byStatus: Record<number, ProxyFailure> = {
      400: 'invalid-response',
      401: 'authentication',
      403: 'access-denied',
      404: 'invalid-response',
      418: 'invalid-response',
      429: 'throttling',
      500: 'internal',
      501: 'unsupported',
      502: 'invalid-response',
      503: 'dependency-timeout',
    };
    for (const [status, failure] of Object.entries(byStatus))
      it(`a ${status} with a name that nobody knows`, async () => {
        proxy.misbehave(refusal('toString', Number(status)));
        await fails(failure, () => client.encrypt(use, AAD, PLAINTEXT));
      });

    it('a key that is disabled, is for something else, or is not there', async () => {
      const own = await startXksProxy({
        keys: { off: { keyStatus: 'DISABLED' }, only: { keyUsage: ['ENCRYPT'] } },
      });
      try {
        const to = connect({ ...own.clientOptions });
        assert.equal((await to.getKeyMetadata('off', on)).keyStatus, 'DISABLED');
        await fails('invalid-state', () => to.encrypt({ ...use, externalKeyId: 'off' }, AAD, PLAINTEXT));
        const message = await to.encrypt({ ...use, externalKeyId: 'only' }, AAD, PLAINTEXT);
        await fails('invalid-key-usage', () => to.decrypt({ ...use, externalKeyId: 'only' }, AAD, message));
        await fails('key-not-found', () => to.getKeyMetadata('none', on));
      } finally {
        await own.close();
      }
    });
  });

  describe('believes nothing that is wrong', () => {
    /** What is not an invalid response. */
    const others: Partial<Record<MisbehaviourName, ProxyFailure>> = {
      slow: 'timeout',
      hang: 'timeout',
      reset: 'unreachable',
      'all unavailable': 'unhealthy',
    };
    /** Wrong only for who opens it: the store's tests. */
    const UNSEEN: MisbehaviourName[] = ['other plaintext'];
    const names = Object.keys(misbehaviours) as MisbehaviourName[];
    for (const name of names.filter((one) => !UNSEEN.includes(one)))
      it(name, async () => {
        const impatient = connect(name === 'slow' || name === 'hang' ? { timeoutMs: 400 } : {});
        const message = await client.encrypt(use, AAD, PLAINTEXT);
        const [operation = 'Encrypt'] = (misbehaviours[name] as Misbehaviour).operations ?? [];
        const ask = {
          GetKeyMetadata: () => impatient.getKeyMetadata('key-1', on),
          Encrypt: () => impatient.encrypt(use, AAD, PLAINTEXT),
          Decrypt: () => impatient.decrypt(use, AAD, message),
          GetHealthStatus: () => impatient.health(on),
        }[operation];
        await ask();
        proxy.requests.length = 0;
        proxy.misbehave(name);
        const failure = others[name] ?? 'invalid-response';
        await fails(failure, ask);
        assert.equal(observations.at(-1)?.failure, failure);
        const again = failure === 'timeout' || failure === 'unreachable';
        assert.equal(proxy.requests.length, again ? 2 : 1);
        proxy.misbehave(undefined);
        await ask(); // whatever it was, it is over with the proxy's fault
      });

    for (const which of [
      'wrong name',
      'expired',
      'not yet valid',
      'self-signed',
      'unknown authority',
    ] as Presented[])
      it(`a certificate: ${which}`, async () => {
        await client.health(on);
        proxy.present(which);
        proxy.requests.length = 0;
        try {
          await fails('tls', () => client.health(on));
          await fails('tls', () => connect().health(on));
          assert.equal(proxy.requests.length, 0, 'nothing was said');
        } finally {
          proxy.present('good');
        }
        await client.health(on);
      });

    it('a certificate of the authority that it was not told of', async () => {
      await fails('tls', () => connect({ ca: undefined }).health(on));
      await fails('tls', () => connect({ ca: [] }).health(on));
    });

    it('any certificate, where the environment tells Node to', async () => {
      process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
      try {
        const socket = connectTls({ host: '127.0.0.1', port: proxy.port });
        await once(socket, 'secureConnect'); // Node does
        socket.destroy();
        await fails('tls', () => connect({ ca: undefined }).health(on));
      } finally {
        delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      }
    });

    it('TLS 1.1', async () => {
      const old = await startXksProxy({ oldTls: true });
      try {
        const socket = connectTls({
          ...OLD_TLS,
          host: '127.0.0.1',
          port: old.port,
          servername: old.host,
          ca: old.ca,
        });
        await once(socket, 'secureConnect'); // it does speak, to who puts up with it
        assert.equal(socket.getProtocol(), 'TLSv1.1');
        socket.destroy();
        await fails('tls', () => connect({ ...old.clientOptions }).health(on));
        assert.equal(old.requests.length, 0);
      } finally {
        await old.close();
      }
    });

    it('plain HTTP, or what is no server at all', async () => {
      const garbage = createServer((socket) => {
        socket.on('error', () => undefined).resume();
        socket.end('HTTP/1.1 200 OK\r\n\r\n{}');
      });
      garbage.listen(0, '127.0.0.1');
      await once(garbage, 'listening');
      const { port } = garbage.address() as AddressInfo;
      await fails('tls', () => connect({ port }).health(on));
      garbage.close();
      await once(garbage, 'close');
      await fails('unreachable', () => connect({ port }).health(on));
    });

    it('a change of the protocol, and headers without end', async () => {
      proxy.misbehave({
        answer: { status: 101, headers: { connection: 'upgrade', upgrade: 'other' }, body: '' },
      });
      await fails('invalid-response', () => client.health(on));
      proxy.misbehave({ answer: { headers: { 'x-much': 'x'.repeat(100_000) } } });
      await fails('invalid-response', () => client.health(on));
    });
  });

  describe('asks once more', () => {
    it('when time was up, and takes that answer', async () => {
      const impatient = connect({ timeoutMs: 500 });
      await impatient.health(on);
      proxy.requests.length = 0;
      proxy.misbehave({ connection: 'hang', times: 1 });
      await impatient.health(on);
      assert.equal(proxy.requests.length, 2);
      assert.deepEqual(
        observations.map((one) => one.failure),
        [undefined, 'timeout', undefined],
      );
    });

    it('when the connection was cut before an answer, and tells nobody', async () => {
      proxy.misbehave({ connection: 'reset', times: 1 });
      await client.encrypt(use, AAD, PLAINTEXT);
      assert.equal(proxy.requests.length, 2);
      assert.deepEqual(
        observations.map((one) => one.failure),
        [undefined],
      );
    });

    it('on a new connection when the proxy closes kept ones, all of them', async () => {
      await Promise.all(Array.from({ length: 20 }, () => client.health(on)));
      proxy.misbehave({ connection: 'cut-reused' });
      for (let i = 0; i < 5; i += 1) await client.health(on);
      assert.deepEqual(
        observations.filter((one) => one.failure !== undefined),
        [],
      );
    });

    it('after a restart of the proxy, for which many calls wait', async () => {
      await Promise.all(Array.from({ length: 20 }, () => client.health(on)));
      proxy.cutConnections();
      await Promise.all(Array.from({ length: 20 }, () => client.health(on)));
    });

    it('and only once, within twice the time', async () => {
      const impatient = connect({ timeoutMs: undefined });
      for (const how of ['hang', 'slow'] as const) {
        proxy.requests.length = 0;
        observations.length = 0;
        proxy.misbehave(how);
        const started = performance.now();
        await fails('timeout', () => impatient.health(on));
        const took = performance.now() - started;
        assert.ok(took >= 490 && took < 3_000, `${took} ms`); // what a busy machine adds included
        assert.equal(proxy.requests.length, 2);
        assert.deepEqual(
          observations.map((one) => one.failure),
          ['timeout', 'timeout'],
        );
        for (const { milliseconds } of observations)
          assert.ok(milliseconds >= 245 && milliseconds < 2_000, `${milliseconds} ms`);
      }
    });

    it('not when an answer had begun', async () => {
      proxy.misbehave({ connection: 'cut-answer', times: 1 });
      await fails('invalid-response', () => client.health(on));
      assert.equal(proxy.requests.length, 1);
    });
  });

  describe('waits no longer than its time', () => {
    const elapsed = async (run: () => Promise<unknown>): Promise<number> => {
      const started = performance.now();
      await fails('timeout', run);
      return performance.now() - started;
    };

    it('for a name', async () => {
      const nameless = connect({ timeoutMs: 100, resolve: () => new Promise(() => undefined) });
      assert.ok((await elapsed(() => nameless.health(on))) < 1_000);
    });

    it('for a handshake', async () => {
      const silent = createServer((socket) => socket.on('error', () => undefined));
      silent.listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const { port } = silent.address() as AddressInfo;
      const stuck = connect({ timeoutMs: 100, port });
      assert.ok((await elapsed(() => stuck.health(on))) < 1_000);
      silent.close();
    });

    it('for the rest of an answer', async () => {
      const drip = connect({ timeoutMs: 300 });
      await drip.health(on);
      proxy.misbehave({ answer: { headers: { 'content-length': '1000' }, body: '{' } });
      assert.ok((await elapsed(() => drip.health(on))) < 1_500);
    });

    it('for a connection that is free', async () => {
      const busy = connect({ timeoutMs: 300 });
      proxy.misbehave('hang');
      const calls = await Promise.allSettled(Array.from({ length: 200 }, () => busy.health(on)));
      for (const call of calls)
        assert.equal(((call as PromiseRejectedResult).reason as ProxyFailed).failure, 'timeout');
      proxy.misbehave(undefined);
      await busy.health(on); // none of them is in the way afterwards
    });
  });

  describe('reaches its proxy', () => {
    it('that wants to see a certificate', async () => {
      const strict = await startXksProxy({ clientCertificate: true });
      try {
        const { clientCertificate, clientOptions } = strict;
        await connect({ ...clientOptions, clientCertificate }).health(on);
        await fails('tls', () => connect({ ...clientOptions }).health(on));
        const foreign = proxy.clientCertificate;
        await assert.rejects(
          connect({ ...clientOptions, clientCertificate: foreign }).health(on),
          ProxyFailed,
        );
        assert.equal(strict.requests.length, 1);
      } finally {
        await strict.close();
      }
    });

    it('through a VPC endpoint service, under its own name and past the rule of addresses', async () => {
      const own = await startXksProxy({ host: 'xks.corp.example.com' });
      try {
        const options = {
          ...own.clientOptions,
          port: undefined,
          mayConnectTo: () => false,
          resolve: (host: string) => {
            assert.equal(host, 'endpoint.vpce.example.com');
            return Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
          },
        };
        await connect({
          ...options,
          connectTo: { host: 'endpoint.vpce.example.com', port: own.port },
        }).health(on);
        await connect({ ...options, connectTo: { host: '127.0.0.1', port: own.port } }).health(on);
        assert.equal(own.requests.length, 2);
        const misnamed = { ...options, uriEndpoint: 'https://other.corp.example.com' };
        await fails('tls', () =>
          connect({ ...misnamed, connectTo: { host: '127.0.0.1', port: own.port } }).health(on),
        );
      } finally {
        await own.close();
      }
    });

    it('only by https', () => {
      assert.throws(() => connect({ uriEndpoint: 'http://localhost' }), /https/);
      assert.throws(() => connect({ uriEndpoint: 'localhost' }), Error);
    });
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
