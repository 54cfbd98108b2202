import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import {
  cpuSeconds,
  quantile,
  startBareServer,
  startLoadGenerator,
  withDescendants,
} from '../../bench/processes.ts';
import type { LoadGenerator } from '../../bench/processes.ts';
import { medianOf, table } from '../../bench/report.ts';

const SHAPE = { connections: 8, warmupMs: 50, measureMs: 300 };

function requestOf(body: string): Buffer {
  return Buffer.from(
    `POST / HTTP/1.1\r\nhost: test\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** A server whose answers depend on the request's body. */
async function serve(answer: (body: string) => { status: number; body: string }): Promise<[Server, number]> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { status, body: text } = answer(body);
      response.writeHead(status, { 'Content-Length': Buffer.byteLength(text) }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return [server, (server.address() as AddressInfo).port];
}

describe('load generator', () => {
  let generator: LoadGenerator;
  before(() => (generator = startLoadGenerator()));
  after(() => generator.stop());

  it('measures the bare server, which gives the recorded answer', async (test) => {
    const bare = await startBareServer();
    test.after(() => bare.stop());
    await bare.answerWith({ headers: [['content-type', 'application/x-amz-json-1.1']], body: '{"A":"é"}' });
    const response = await fetch(`http://127.0.0.1:${bare.port}`, { method: 'POST', body: 'x' });
    assert.equal(response.headers.get('content-type'), 'application/x-amz-json-1.1');
    assert.equal(await response.text(), '{"A":"é"}');
    generator.load([requestOf('a'), requestOf('b')]);
    const result = await generator.run({ port: bare.port, pids: () => [bare.pid] }, SHAPE);
    assert.equal(result.errors, 0);
    assert.ok(result.requests > 100, `${result.requests} requests`);
    assert.equal(Math.round(result.rps), Math.round(result.requests / 0.3));
    assert.ok(result.p50Ms > 0 && result.p99Ms >= result.p50Ms);
    assert.ok(result.cpuUs > 0);
  });

  it('sends the requests in turn and counts every answer that is not 200', async (test) => {
    const seen = new Map<string, number>();
    const [server, port] = await serve((body) => {
      seen.set(body, (seen.get(body) ?? 0) + 1);
      return body === 'bad' ? { status: 400, body: 'no such key' } : { status: 200, body: 'ok' };
    });
    test.after(() => server.close());
    generator.load(['a', 'bad', 'c', 'd'].map(requestOf));
    const result = await generator.run({ port, pids: () => [] }, { ...SHAPE, measureMs: 50 });
    assert.equal(result.errors, seen.get('bad'));
    assert.equal(result.firstErrors[0], 'status 400: no such key');
    const counts = [...seen.values()];
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 1);
  });

  it('reconnects when the server ends a connection after an answer, and counts one cut off without', async (test) => {
    const [server, port] = await serve(() => ({ status: 200, body: 'ok' }));
    server.maxRequestsPerSocket = 3;
    test.after(() => server.close());
    generator.load([requestOf('a')]);
    const polite = await generator.run({ port, pids: () => [] }, { ...SHAPE, measureMs: 50 });
    assert.equal(polite.errors, 0);
    assert.ok(polite.requests > 3, 'no connection came to its end');
    server.removeAllListeners('request');
    server.on('request', (request) => request.socket.destroy());
    const rude = await generator.run({ port, pids: () => [] }, { ...SHAPE, measureMs: 50 });
    assert.ok(rude.errors > 0);
    assert.equal(rude.requests, 0);
  });

  it('collects the answer to each request, in order', async (test) => {
    const [server, port] = await serve((body) => ({ status: 200, body: body.toUpperCase() }));
    test.after(() => server.close());
    const words = Array.from({ length: 100 }, (_, n) => `word ${n}`);
    generator.load(words.map(requestOf));
    assert.deepEqual(
      await generator.collect(port, 7),
      words.map((word) => word.toUpperCase()),
    );
  });
});

describe('measuring', () => {
  it('takes nearest-rank quantiles', () => {
    const values = Array.from({ length: 100 }, (_, n) => n + 1);
    assert.deepEqual([quantile(values, 0.5), quantile(values, 0.99), quantile([7], 0.99)], [50, 99, 7]);
    assert.ok(Number.isNaN(quantile([], 0.5)));
  });

  it('reads the CPU time of processes, and finds their descendants', async (test) => {
    const bare = await startBareServer();
    test.after(() => bare.stop());
    assert.ok(withDescendants([process.pid]).includes(bare.pid));
    const used = process.cpuUsage();
    assert.ok(Math.abs(cpuSeconds([process.pid]) - (used.user + used.system) / 1e6) < 0.1);
    assert.equal(cpuSeconds([2 ** 22 + 1]), 0);
  });

  it('reports medians, and the errors of all rounds', () => {
    const round = { rps: 1, requests: 10, p50Ms: 1, p99Ms: 2, cpuUs: 3, errors: 0, firstErrors: [] };
    const outcome = medianOf([
      round,
      { ...round, rps: 9, errors: 2, firstErrors: ['a'] },
      { ...round, rps: 5 },
    ]);
    assert.deepEqual(outcome, { ...round, rps: 5, requests: 30, errors: 2, firstErrors: ['a'] });
    const text = table({ cpu: 'c', cores: 2, node: 'v', kernel: 'k' }, { measureMs: 1000, rounds: 3 }, [
      {
        operation: 'Encrypt',
        store: 'built-in',
        connections: 1,
        measured: outcome,
        bare: { ...outcome, rps: 10 },
      },
    ]);
    assert.match(text, /Encrypt +built-in +1 +5 +1\.00 +2\.00 +3 +10 .* 0\.50 +4\n/);
  });
});
