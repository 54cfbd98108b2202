/**
 * Collectors that hang, as processes that were stopped: a required one ends the service until it goes on, others are missed by
 * nobody but the metrics; and a disk that is full.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { EncryptCommand, CreateKeyCommand } from '@aws-sdk/client-kms';
import { createClavigerClient } from '../../../console/src/aws/claviger-client.ts';
import { createMetrics } from '../../../src/metrics/metrics.ts';
import { readings } from '../../../src/server/readings.ts';
import { makeCertificates, startCollector } from '../../audit/collector.ts';
import type { Collector } from '../../audit/collector.ts';
import { eventually } from '../../stories/claviger.ts';
import { startClockedServer } from '../../stories/clocked-server.ts';
import type { ClockedServer } from '../../stories/clocked-server.ts';

const run = promisify(execFile);
const DEADLINE_MS = 700;

/** Encrypts once. @returns `answered`, or the error's name */
function caller(server: ClockedServer, KeyId: string): () => Promise<string> {
  const kms = server.client('us-east-1');
  return () =>
    kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') })).then(
      () => 'answered',
      (error: Error) => error.name,
    );
}

async function newKey(server: ClockedServer): Promise<string> {
  return (await server.client('us-east-1').send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
}

const becomes = (call: () => Promise<string>, wanted: string): Promise<true> =>
  eventually(30_000, `calls are ${wanted}`, async () => ((await call()) === wanted ? true : undefined));

describe('sinks that hang', () => {
  let folder: string;
  let server: ClockedServer;
  let required: Collector;
  let other: Collector;
  let encrypt: () => Promise<string>;
  let describeExternalKey: () => Promise<string>;
  let page: () => Promise<string>;

  const value = async (name: string, sink: string): Promise<number> => {
    const line = (await page())
      .split('\n')
      .find((text) => text.startsWith(`claviger_audit_sink_${name}{sink="${sink}"}`));
    return Number(line?.split(' ').at(-1));
  };
  const ready = async (): Promise<{ status: number; reasons: string[] }> => {
    const answer = await fetch(`${server.endpoint}/readyz`);
    return { status: answer.status, ...((await answer.json()) as { reasons: string[] }) };
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'claviger-sinks-'));
    const certificates = makeCertificates(folder);
    [required, other] = await Promise.all([
      startCollector('https', certificates, join(folder, 'required')),
      startCollector('https', certificates, join(folder, 'other')),
    ]);
    const sink = ({ port }: Collector) => ({
      ...{ type: 'https', address: `https://localhost:${port}/`, ca: certificates.ca },
      deadlineSeconds: DEADLINE_MS / 1000,
    });
    const sinks = { required: { ...sink(required), required: true }, other: sink(other) };
    server = await startClockedServer(
      undefined,
      JSON.stringify({ requestQuotas: { enforced: false }, audit: { sinks } }),
    );
    const metrics = createMetrics(() => readings(server.assembly));
    page = () => metrics.page();
    const keyId = await newKey(server);
    encrypt = caller(server, keyId);
    const { endpoint, credentials } = server.connection;
    const claviger = createClavigerClient(endpoint, { region: 'us-east-1', credentials });
    describeExternalKey = () =>
      claviger.call('DescribeExternalKey', { XksKeyId: `${keyId}.${'A'.repeat(54)}` }).then(
        () => 'answered',
        (error: Error) => error.name,
      );
  });
  after(async () => {
    for (const collector of [required, other]) await collector?.kill();
    await server?.remove();
    rmSync(folder, { recursive: true });
  });

  it('have what they took counted, each for itself', async () => {
    assert.equal(await encrypt(), 'answered');
    for (const [name, collector] of Object.entries({ required, other }))
      await eventually(30_000, `the event at ${name}`, async () =>
        collector.received().includes('"Encrypt"') && (await value('behind_events', name)) === 0
          ? true
          : undefined,
      );
    assert.equal(await value('delivered_total', 'required'), await value('delivered_total', 'other'));
    assert.ok((await value('delivered_total', 'other')) >= 2);
    assert.equal(await value('failed_total', 'other'), 0);
    // an event of the service's own may just have come
    await eventually(30_000, 'nothing waits', async () =>
      (await value('waiting_seconds', 'other')) === 0 ? true : undefined,
    );
  });

  it('and are not required, hold nothing up but themselves', async () => {
    process.kill(other.child.pid as number, 'SIGSTOP');
    assert.equal(await encrypt(), 'answered');
    await eventually(30_000, 'a failed transmission', async () =>
      (await value('failed_total', 'other')) >= 2 ? true : undefined,
    );
    assert.ok((await value('waiting_seconds', 'other')) > DEADLINE_MS / 1000);
    assert.equal(await encrypt(), 'answered');
    assert.deepEqual(await ready(), { status: 200, ready: true, reasons: [] });
    await eventually(30_000, 'both calls are seen to be missing there', async () =>
      (await value('behind_events', 'other')) >= 2 ? true : undefined,
    );
    assert.equal(await value('failed_total', 'required'), 0);
  });

  it('and are required, end the service within their deadline, until they go on', async () => {
    process.kill(required.child.pid as number, 'SIGSTOP');
    await encrypt(); // answered: its event is in the journal, and the sink has its deadline yet
    await becomes(encrypt, 'KMSInternalException');
    const reasons = ['the audit sink required does not take events'];
    assert.deepEqual(await ready(), { status: 503, ready: false, reasons });
    assert.equal(await describeExternalKey(), 'InternalFailure'); // it asks an HSM, and reads no mere metadata
    for (const { child } of [required, other]) process.kill(child.pid as number, 'SIGCONT');
    await becomes(encrypt, 'answered');
    assert.equal(await describeExternalKey(), 'UnsupportedOperationException'); // the key is in no HSM
    assert.equal((await ready()).status, 200);
    const ids = (await server.events()).map(({ eventID }) => eventID);
    for (const collector of [required, other])
      await eventually(60_000, 'all that was recorded meanwhile', () => {
        const received = collector.received();
        return ids.every((id) => received.includes(id)) ? true : undefined;
      });
    await eventually(30_000, 'nothing is behind', async () =>
      (await value('behind_events', 'other')) + (await value('waiting_seconds', 'other')) === 0
        ? true
        : undefined,
    );
  });
});

describe('a server whose disk is full', () => {
  it('answers no call within two seconds, is not ready, and is again by itself', async (test) => {
    const disk = mkdtempSync(join(tmpdir(), 'claviger-disk-'));
    const before = process.env['TMPDIR'];
    const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'claviger-test', disk]).then(
      () => true,
      () => false,
    );
    if (!mounted) return test.skip('needs the right to mount a tmpfs');
    process.env['TMPDIR'] = disk; // where the server of the test has its data
    let server: ClockedServer | undefined;
    try {
      server = await startClockedServer();
      const { endpoint } = server;
      const encrypt = caller(server, await newKey(server));
      assert.equal(await encrypt(), 'answered');
      const ballast = join(disk, 'ballast');
      assert.throws(() => writeFileSync(ballast, Buffer.alloc(64 * 1024 * 1024)), /ENOSPC/);
      await becomes(encrypt, 'KMSInternalException');
      const began = performance.now();
      assert.equal(await encrypt(), 'KMSInternalException');
      const took = performance.now() - began;
      assert.ok(took < 10_000, `took ${took} ms`); // two seconds and what a busy machine adds
      const unready = await fetch(`${endpoint}/readyz`);
      assert.equal(unready.status, 503);
      assert.deepEqual(await unready.json(), {
        ready: false,
        reasons: ['the audit trail cannot be written'],
      });
      rmSync(ballast);
      await becomes(encrypt, 'answered');
      assert.equal((await fetch(`${endpoint}/readyz`)).status, 200);
    } finally {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
      await server?.remove();
      await run('umount', [disk]);
      rmSync(disk, { recursive: true });
    }
  });
});
