/** Further sinks: syslog over TLS and HTTPS, each at its own pace, nothing missing after a failure. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import type { Server, TLSSocket } from 'node:tls';
import { Forwarder } from '../../src/audit/forwarding/forwarder.ts';
import type { ForwarderState } from '../../src/audit/forwarding/forwarder.ts';
import { httpsSink } from '../../src/audit/forwarding/https-sink.ts';
import type { Sink } from '../../src/audit/forwarding/sink.ts';
import { syslogSink } from '../../src/audit/forwarding/syslog-sink.ts';
import { openJournal } from '../../src/audit/journal.ts';
import type { Journal } from '../../src/audit/journal.ts';
import { makeCertificates } from './collector.ts';
import { freshFolder, sampleEvent } from './sample.ts';

interface World {
  dir: string;
  journal: Journal;
  cert: Buffer;
  key: Buffer;
  ca: string;
}

async function world(test: TestContext): Promise<World> {
  const dir = await freshFolder();
  const { ca, certificate, key } = makeCertificates(dir);
  const journal = await openJournal({ dir: join(dir, 'audit'), writerId: 'w1' });
  test.after(() => journal.close());
  return { dir, journal, ca, cert: readFileSync(certificate), key: readFileSync(key) };
}

function forward(test: TestContext, { dir }: World, name: string, sink: Sink, deadlineMs = 5_000) {
  const states: ForwarderState[] = [];
  const forwarder = new Forwarder({
    ...{ name, sink, deadlineMs },
    journalDir: join(dir, 'audit'),
    placeFile: join(dir, 'sinks', `${name}.json`),
    onState: (state) => states.push(state),
  });
  test.after(() => forwarder.stop());
  return { forwarder, state: () => states.at(-1) };
}

async function until(what: string, condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 10) {
    assert.ok(waited < 20_000, `waited too long: ${what}`);
    await sleep(10);
  }
}

async function portOf(server: Server | ReturnType<typeof createHttpsServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Takes frames of RFC 5425 apart: a length, a space, a message. */
function messagesOf(bytes: Buffer): string[] {
  const messages: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(bytes.toString('latin1', at, space));
    messages.push(bytes.toString('utf8', space + 1, space + 1 + length));
    at = space + 1 + length;
  }
  return messages;
}

describe('a syslog sink', () => {
  it('sends each event as one message of RFC 5424 in a frame of RFC 5425, again after a broken connection', async (test) => {
    const here = await world(test);
    const sockets: TLSSocket[] = [];
    let received = Buffer.alloc(0);
    const collector = createTlsServer({ cert: here.cert, key: here.key }, (socket) => {
      sockets.push(socket);
      socket.on('data', (chunk: Buffer) => (received = Buffer.concat([received, chunk])));
      socket.on('error', () => socket.destroy());
    });
    test.after(() => {
      for (const socket of sockets) socket.destroy();
      collector.close();
    });
    const port = await portOf(collector);
    const target = { host: 'localhost', port, ca: here.ca, certificate: undefined, key: undefined };
    const { forwarder, state } = forward(test, here, 'collector', syslogSink(target));
    for (let i = 0; i < 150; i += 1) await here.journal.append(sampleEvent({ readOnly: i % 2 === 0 }));
    forwarder.advance({ w1: 150 });
    await until('all events', () => state()?.positions['w1'] === 150 && state()?.waitingSince === undefined);
    await until('all frames', () => messagesOf(received).length === 150);
    const [first] = messagesOf(received);
    assert.match(
      first ?? '',
      /^<110>1 2025-05-20T20:46:16Z \S+ claviger \d+ GenerateDataKey \[record@32473 writer="w1" seq="1"\] \{"eventVersion"/,
    );
    const records = messagesOf(received).map(
      (message) => JSON.parse(message.slice(message.indexOf('{'))) as object,
    );
    assert.equal(records.length, 150);

    for (const socket of sockets) socket.destroy();
    await here.journal.append(sampleEvent({ error: { code: 'DisabledException', message: 'no' } }));
    await until('the broken connection was noticed', () => sockets.every(({ destroyed }) => destroyed));
    forwarder.advance({ w1: 151 });
    await until('the event after it', () => received.includes('seq="151"'));
    assert.match(messagesOf(received).at(-1) ?? '', /^<109>1 /);
  });

  it('gives up after its deadline, says so, and keeps no other sink waiting', async (test) => {
    const here = await world(test);
    const silent = createTlsServer({ cert: here.cert, key: here.key }, (socket) => {
      socket.pause();
      socket.on('error', () => socket.destroy());
      test.after(() => socket.destroy());
    });
    test.after(() => silent.close());
    const target = {
      host: 'localhost',
      port: await portOf(silent),
      ca: here.ca,
      certificate: undefined,
      key: undefined,
    };
    const stuck = forward(test, here, 'stuck', syslogSink(target), 300);
    let taken = 0;
    const swift = forward(test, here, 'swift', {
      send: async (records) => void (taken += records.length),
      close: () => undefined,
    });
    const large = { requestParameters: { encryptionContext: { text: 'x'.repeat(200_000) } } };
    for (let i = 0; i < 100; i += 1) await here.journal.append(sampleEvent(large));
    for (const { forwarder } of [stuck, swift]) forwarder.advance({ w1: 100 });
    await until('the swift one', () => taken === 100);
    await until('the error of the stuck one', () => stuck.state()?.error !== undefined);
    assert.ok(stuck.state()?.waitingSince !== undefined);
    assert.equal(swift.state()?.waitingSince, undefined);
  });
});

describe('a sink whose place is damaged', () => {
  it('counts as one that takes nothing, says what to do, and goes on once that is done', async (test) => {
    const here = await world(test);
    const place = join(here.dir, 'sinks', 'lost.json');
    mkdirSync(join(here.dir, 'sinks'));
    writeFileSync(place, '');
    let taken = 0;
    const { forwarder, state } = forward(test, here, 'lost', {
      send: async (records) => void (taken += records.length),
      close: () => undefined,
    });
    await here.journal.append(sampleEvent());
    forwarder.advance({ w1: 1 });
    await until('the error', () => state()?.error !== undefined);
    assert.match(state()?.error ?? '', /lost\.json is damaged; once it is removed/);
    assert.ok(state()?.waitingSince !== undefined);
    rmSync(place);
    await until('the event', () => taken === 1 && state()?.waitingSince === undefined);
    assert.equal(readFileSync(place, 'utf8'), '{"w1":1}\n');
  });
});

describe('an HTTPS sink', () => {
  it('posts events as lines until they are taken, and goes on there after a restart', async (test) => {
    const here = await world(test);
    let status = 503;
    const taken: string[] = [];
    const seen: unknown[] = [];
    const collector = createHttpsServer({ cert: here.cert, key: here.key }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { headers } = request;
        seen.push([headers.authorization, headers['x-claviger-first'], headers['x-claviger-last']]);
        if (status === 200) taken.push(...Buffer.concat(chunks).toString().trim().split('\n'));
        response.writeHead(status).end();
      });
    });
    test.after(() => collector.close());
    const token = join(here.dir, 'token');
    execFileSync('sh', ['-c', 'printf "Bearer xyz\n" > "$1"', 'sh', token]);
    const url = `https://localhost:${await portOf(collector)}/events`;
    const sink = (): Sink => httpsSink({ url, ca: here.ca, authorization: token });
    const first = forward(test, here, 'endpoint', sink());
    for (let i = 0; i < 3; i += 1) await here.journal.append(sampleEvent());
    first.forwarder.advance({ w1: 3 });
    await until('a refusal', () => first.state()?.error !== undefined);
    assert.match(first.state()?.error ?? '', /answered 503/);
    status = 200;
    await until('all taken', () => taken.length === 3 && first.state()?.waitingSince === undefined);
    assert.deepEqual(seen.at(-1), ['Bearer xyz', '1', '3']);
    await first.forwarder.stop();
    await here.journal.append(sampleEvent());
    const second = forward(test, here, 'endpoint', sink());
    second.forwarder.advance({ w1: 4 });
    await until('the fourth', () => taken.length === 4);
    assert.deepEqual(seen.at(-1), ['Bearer xyz', '4', '4']);
    const ids = taken.map((line) => (JSON.parse(line) as { eventID: string }).eventID);
    assert.equal(new Set(ids).size, 4);
  });
});
