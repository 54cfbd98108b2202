import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { figure } from '../../bench/chart.ts';
import { Histogram } from '../../bench/histogram.ts';
import { htmlPage, latencyChart } from '../../bench/html.ts';
import { Queue } from '../../bench/open-loop.ts';
import { startLoadGenerator } from '../../bench/processes.ts';
import type { LoadGenerator } from '../../bench/processes.ts';
import { unexplainedOf } from '../../bench/soak.ts';

const REQUEST = Buffer.from('POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 1\r\n\r\nx');

describe('the histogram', () => {
  it('gives quantiles to one per cent, from a microsecond to an hour', () => {
    for (const scale of [0.01, 1, 1_000, 60_000]) {
      const histogram = new Histogram();
      for (let n = 1; n <= 1_000; n += 1) histogram.record((n / 1_000) * scale);
      for (const q of [0.01, 0.5, 0.9, 0.99, 1]) {
        const off = Math.abs(histogram.quantile(q) / (q * scale) - 1);
        assert.ok(
          off < 0.01 || Math.abs(histogram.quantile(q) - q * scale) <= 0.001,
          `${q} of ${scale}: off by ${off}`,
        );
      }
      assert.equal(histogram.maxMs, scale);
      assert.equal(Histogram.fromPlain(histogram.toPlain()).quantile(0.5), histogram.quantile(0.5));
    }
    assert.ok(Number.isNaN(new Histogram().quantile(0.5)));
  });
});

describe("the generator's queue", () => {
  it('gives what came first, whatever comes and goes in between', () => {
    const queue = new Queue<number>();
    let pushed = 0;
    let shifted = 0;
    for (const [more, fewer] of [
      [3, 2],
      [5_000, 1],
      [10, 5_000],
      [1, 11],
      [2, 1],
    ] as const) {
      for (let n = 0; n < more; n += 1) queue.push((pushed += 1));
      for (let n = 0; n < fewer && shifted < pushed; n += 1) {
        assert.equal(queue.first, (shifted += 1));
        assert.equal(queue.shift(), shifted);
      }
      assert.equal(queue.length, pushed - shifted);
    }
    assert.equal(queue.shift(), shifted + 1);
    assert.deepEqual([queue.length, queue.first, queue.shift()], [0, undefined, undefined]);
  });
});

describe('the open loop', () => {
  let generator: LoadGenerator;
  before(() => (generator = startLoadGenerator()));
  after(() => generator.stop());
  const shape = {
    rate: 500,
    connections: 4,
    warmupMs: 50,
    measureMs: 1_000,
    timeoutMs: 20_000,
    intervalMs: 200,
  };

  it('counts latency from when a request was due, although a server that stalls keeps it from being sent', async (t) => {
    let until: number | undefined; // one stall, from the first request on
    const server = createServer((_request, response) => {
      const answer = (): void => void response.writeHead(200, { 'Content-Length': 2 }).end('ok');
      until ??= performance.now() + 600;
      setTimeout(answer, Math.max(0, until - performance.now()));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.closeAllConnections());
    t.after(() => server.close());
    generator.load([REQUEST]);
    const { port } = server.address() as AddressInfo;
    const result = await generator.open({ ...shape, port });
    assert.equal(result.ok.count, result.offered, 'every request that was due was answered');
    assert.equal(result.failed, 0);
    assert.ok(result.connections <= 4);
    assert.ok(result.ok.quantile(0.8) > 2 * result.served.quantile(0.8), 'the stall was left out');
    assert.ok(result.intervals.reduce((sum, { ok }) => sum + ok, 0) === result.ok.count);
  });

  it('tells what was throttled from what failed', async (t) => {
    let n = 0;
    const server = createServer((_request, response) => {
      n += 1;
      const [status, body] = [
        [200, 'ok'],
        [400, '{"__type":"ThrottlingException"}'],
        [500, 'broken'],
      ][n % 3] as [number, string];
      response.writeHead(status, { 'Content-Length': body.length }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.closeAllConnections());
    t.after(() => server.close());
    generator.load([REQUEST]);
    const { port } = server.address() as AddressInfo;
    const { offered, ok, throttled, failed, failures } = await generator.open({ ...shape, port });
    assert.equal(ok.count + throttled + failed, offered);
    assert.ok(throttled > 0 && failed > 0 && ok.count > 0);
    assert.deepEqual([...failures.keys()], ['status 500: broken']);
  });
});

describe('the soak', () => {
  it('takes errors as explained only around the time when the server was killed', () => {
    const interval = (at: number, failed: number) => ({ at, seconds: 10, failed, throttled: 0 });
    const intervals = [
      interval(10, 1),
      interval(110, 5),
      interval(120, 7),
      interval(160, 2),
      interval(300, 3),
    ];
    const faults = [
      { at: 105, name: 'server killed' },
      { at: 299, name: 'HSM killed' },
    ];
    assert.equal(unexplainedOf(intervals, faults), 1 + 2 + 3);
    assert.equal(unexplainedOf(intervals, []), 18);
  });
});

describe('the report', () => {
  it('draws what it is given and needs nothing from elsewhere', () => {
    const latencies = new Histogram();
    for (let n = 1; n < 2_000; n += 1) latencies.record(n / 100);
    const chart = latencyChart('Latency', [{ name: 'a <run> & more', latencies }]);
    const svg = figure(chart);
    assert.match(svg, /a &lt;run> &amp; more/);
    assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
    const page = htmlPage('T', 'machine', [{ title: 'S', text: 'text', charts: [chart] }], new Date(0));
    assert.doesNotMatch(page, /https?:|src=|<script|@import|url\(/);
    assert.match(page, /99\.9 %/);
  });
});
