/** A proxy with several endpoints of Claviger: one that is away is not noticed by KMS. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { Endpoints, NoAnswer } from '../../src/xks-proxy/endpoints.ts';
import type { ClavigerApi } from './claviger-api.ts';
import { startClavigerApi } from './claviger-api.ts';
import { proxyForTests } from './served.ts';

const PATIENT_MS = 5_000;
const ask = {
  method: 'POST',
  path: '/',
  headers: (host: string) => ({ host, 'x-amz-target': 'a' }),
  body: '{}',
} as const;
const on = { principalArn: 'arn:aws:iam::111122223333:user/alice', operation: 'DescribeKey', requestId: 'r' };

describe('endpoints of Claviger', () => {
  let one: ClavigerApi;
  let two: ClavigerApi;
  const opened: Endpoints[] = [];
  const open = (...urls: string[]): Endpoints => {
    const endpoints = new Endpoints({ urls, ca: undefined });
    opened.push(endpoints);
    return endpoints;
  };

  before(async () => {
    one = await startClavigerApi();
    two = await startClavigerApi(one);
  });
  afterEach(() => {
    for (const endpoints of opened.splice(0)) endpoints.close();
    for (const api of [one, two]) {
      api.manner = {};
      api.calls.length = 0;
    }
  });
  after(async () => {
    await one?.close();
    await two?.close();
  });

  it('share the work', async () => {
    const endpoints = open(one.url, two.url);
    for (let times = 0; times < 10; times += 1) await endpoints.ask(ask, PATIENT_MS);
    assert.deepEqual([one.calls.length, two.calls.length], [5, 5]);
  });

  for (const connection of ['reset', 'cut-answer'] as const)
    it(`take each other's place after a ${connection}, and the broken one is left alone for a while`, async () => {
      one.manner = { connection };
      const endpoints = open(one.url, two.url);
      for (let times = 0; times < 10; times += 1)
        assert.equal((await endpoints.ask(ask, PATIENT_MS)).status, 400); // it is not signed
      assert.deepEqual([one.calls.length, two.calls.length], [1, 10]);
    });

  it('take the place of one that nobody listens at, or that hangs, within the time of one call', async () => {
    const refusing = open('http://127.0.0.1:1', one.url);
    for (let times = 0; times < 4; times += 1) await refusing.ask(ask, PATIENT_MS);
    assert.equal(one.calls.length, 4);
    one.manner = { connection: 'hang' };
    const hanging = open(one.url, two.url);
    for (let times = 0; times < 4; times += 1) await hanging.ask(ask, 1_000);
    assert.equal(two.calls.length, 4);
  });

  it('take the place of one that fails by itself', async () => {
    one.manner = { status: 500, body: '{"__type":"InternalFailure"}' };
    const endpoints = open(one.url, two.url);
    for (let times = 0; times < 4; times += 1)
      assert.equal((await endpoints.ask(ask, PATIENT_MS)).status, 400);
    const alone = open(one.url);
    assert.equal((await alone.ask(ask, PATIENT_MS)).status, 500);
  });

  it('are not set aside for want of time', async () => {
    const endpoints = open(one.url, two.url);
    for (const api of [one, two]) api.manner = { delay: 100 };
    for (let times = 0; times < 4; times += 1) await assert.rejects(endpoints.ask(ask, 20), NoAnswer);
    for (const api of [one, two]) {
      api.manner = {};
      api.calls.length = 0;
    }
    for (let times = 0; times < 4; times += 1) await endpoints.ask(ask, PATIENT_MS);
    assert.deepEqual([one.calls.length, two.calls.length], [2, 2]);
  });

  it('are asked again when they are the only ones, even if they were set aside', async () => {
    one.manner = { connection: 'reset' };
    const endpoints = open(one.url);
    await assert.rejects(endpoints.ask(ask, PATIENT_MS), NoAnswer);
    one.manner = {};
    assert.equal((await endpoints.ask(ask, PATIENT_MS)).status, 400);
  });

  it('may end connections that were kept', async () => {
    const endpoints = open(one.url);
    await endpoints.ask(ask, PATIENT_MS);
    one.manner = { connection: 'reset-reused' };
    for (let times = 0; times < 3; times += 1)
      assert.equal((await endpoints.ask(ask, PATIENT_MS)).status, 400);
  });

  it('say in time that nobody answers', async () => {
    for (const api of [one, two]) api.manner = { connection: 'hang' };
    const started = performance.now();
    await assert.rejects(open(one.url, two.url).ask(ask, 200), (error) => {
      assert.ok(error instanceof NoAnswer && error.late);
      assert.match(error.message, /127\.0\.0\.1:\d+: time is up; 127\.0\.0\.1:\d+: time is up/);
      return true;
    });
    assert.ok(performance.now() - started < 5_000);
  });
});

describe('an XKS proxy whose Claviger is away', () => {
  const proxy = proxyForTests((setup, api) => {
    setup.settings.claviger.endpoints = [api.url, 'http://127.0.0.1:1'];
    delete setup.settings.claviger.clusterId;
    setup.settings.claviger.timeoutMilliseconds = 200;
  });

  it('tells of its endpoints, when it knows no cluster', async () => {
    const { ekmFleetDetails } = await proxy.served.client().health(on);
    assert.deepEqual(
      ekmFleetDetails.map(({ id, healthStatus }) => [id, healthStatus]),
      [
        [`127.0.0.1:${proxy.api.port}`, 'ACTIVE'],
        ['127.0.0.1:1', 'UNAVAILABLE'],
      ],
    );
    proxy.api.ready = false;
    await assert.rejects(proxy.served.client().health(on), { failure: 'unhealthy' });
  });

  it('says that Claviger does not answer in time, before KMS has had enough', async () => {
    proxy.api.manner = { connection: 'hang' };
    const keyId = proxy.api.addKey();
    await assert.rejects(proxy.served.client().getKeyMetadata(keyId, on), { failure: 'dependency-timeout' });
    const { ms, status } = proxy.served.log.at(-1) ?? {};
    assert.equal(status, 503);
    assert.ok(Number(ms) >= 190 && Number(ms) < 5_000, String(ms));
  });

  it('says that there is no Claviger', async () => {
    await proxy.api.close();
    const keyId = proxy.api.addKey();
    await assert.rejects(proxy.served.client().getKeyMetadata(keyId, on), { failure: 'internal' });
    assert.match(String(proxy.served.log.at(-1)?.reason), /ECONNREFUSED/);
  });
});
