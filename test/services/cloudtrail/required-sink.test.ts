/** A sink that the operator requires: without it no call is answered, and with it again all goes on by itself. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { makeCertificates } from '../../audit/collector.ts';
import { eventually } from '../../stories/claviger.ts';
import { startClockedServer } from '../../stories/clocked-server.ts';
import type { ClockedServer } from '../../stories/clocked-server.ts';

describe('a required audit sink', () => {
  let folder: string;
  let server: ClockedServer;
  let collector: Server;
  let status = 200;
  const received: string[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'claviger-sink-'));
    const { ca, certificate, key } = makeCertificates(folder);
    const tls = { cert: readFileSync(certificate), key: readFileSync(key) };
    collector = createServer(tls, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        if (status === 200) received.push(...Buffer.concat(chunks).toString().trim().split('\n'));
        response.writeHead(status).end();
      });
    });
    collector.listen(0, '127.0.0.1');
    await once(collector, 'listening');
    const address = `https://localhost:${(collector.address() as AddressInfo).port}/`;
    const deadlineSeconds = 0.5001; // no whole number of milliseconds
    const siem = { type: 'https', address, ca, deadlineSeconds, required: true };
    server = await startClockedServer(undefined, JSON.stringify({ audit: { sinks: { siem } } }));
  });
  after(async () => {
    await server.remove();
    collector.close();
    rmSync(folder, { recursive: true });
  });

  const create = (): Promise<string> =>
    server
      .client('us-east-1')
      .send(new CreateKeyCommand({}))
      .then(
        () => 'answered',
        (error: Error) => error.name,
      );

  it('gets every event', async () => {
    assert.equal(await create(), 'answered');
    await eventually(10_000, 'the event', () =>
      received.some((line) => line.includes('"CreateKey"')) ? true : undefined,
    );
  });

  it('stops the service when it takes nothing for longer than its deadline, and not for good', async () => {
    status = 503;
    await create();
    await eventually(20_000, 'calls are refused', async () =>
      (await create()) === 'KMSInternalException' ? true : undefined,
    );
    const unready = await fetch(`${server.endpoint}/readyz`);
    assert.equal(unready.status, 503);
    const reasons = ['the audit sink siem does not take events'];
    assert.deepEqual(await unready.json(), { ready: false, reasons });
    status = 200;
    await eventually(60_000, 'calls are answered', async () =>
      (await create()) === 'answered' ? true : undefined,
    );
    assert.equal((await fetch(`${server.endpoint}/readyz`)).status, 200);
    const names = (await server.events()).map(({ eventID }) => eventID);
    await eventually(20_000, 'what was recorded meanwhile', () =>
      names.every((eventID) => received.some((line) => line.includes(eventID))) ? true : undefined,
    );
  });
});
