/** An anchor outside over HTTPS: a real server with a CA of its own, what it can prove, and what happens while it is away. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { ListKeysCommand } from '@aws-sdk/client-kms';
import { pino } from 'pino';
import { CHECKPOINTS_NAME } from '../../src/audit/checkpoints.ts';
import { verifyJournal } from '../../src/audit/verify.ts';
import { startClockedServer } from '../stories/clocked-server.ts';
import type { ClockedServer } from '../stories/clocked-server.ts';
import { makeCertificates } from './collector.ts';
import type { Certificates } from './collector.ts';

interface Anchored {
  writer: string;
  checkpoint: { seq: number };
  keys: { purpose: string }[];
}

describe('an anchor that is an HTTPS server', () => {
  let folder: string;
  let certificates: Certificates;
  let outside: Server | undefined;
  let port = 0;
  let server: ClockedServer;
  const taken: Anchored[] = [];
  const log: string[] = [];

  /** Takes what an outside place takes, on the same port each time. */
  const open = async (): Promise<void> => {
    const tls = { cert: readFileSync(certificates.certificate), key: readFileSync(certificates.key) };
    outside = createServer(tls, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        taken.push(JSON.parse(Buffer.concat(chunks).toString()) as Anchored);
        response.writeHead(204).end();
      });
    });
    outside.listen(port, '127.0.0.1');
    await once(outside, 'listening');
    ({ port } = outside.address() as AddressInfo);
  };
  const close = async (): Promise<void> => {
    const closed = outside && once(outside, 'close');
    outside?.close();
    outside?.closeAllConnections();
    await closed;
    outside = undefined;
  };
  /** Something is recorded, and a checkpoint made. @returns the number of the last record */
  const checkpoint = async (): Promise<number> => {
    await server.client('us-east-1').send(new ListKeysCommand({}));
    await server.assembly.trails.checkpoints.run();
    return server.kms.audit.position.seq;
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'claviger-anchor-'));
    certificates = makeCertificates(folder);
    await open();
    const anchor = { url: `https://localhost:${port}/checkpoints`, ca: certificates.ca };
    const logger = pino(
      new Writable({ write: (chunk, _encoding, done) => (log.push(String(chunk)), done()) }),
    );
    server = await startClockedServer(undefined, JSON.stringify({ audit: { anchor } }), { logger });
  });
  after(async () => {
    await server?.remove();
    await close();
    rmSync(folder, { recursive: true });
  });

  it('gets each checkpoint with the key that proves it', async () => {
    const seq = await checkpoint();
    assert.deepEqual(
      taken.map((sent) => [sent.writer, sent.checkpoint.seq]),
      [['server-1', seq]],
    );
    assert.ok(taken[0]?.keys.some(({ purpose }) => purpose === 'checkpoint'));
  });

  it('is told of the newest one when it is back, and the journal goes on meanwhile', async () => {
    const before = taken.length;
    await close();
    await checkpoint();
    const seq = await checkpoint();
    assert.equal(taken.length, before);
    assert.ok(
      log.some((line) => line.includes('the anchor did not take a checkpoint and will be asked again')),
    );
    await open();
    await server.assembly.trails.checkpoints.run(); // as the next minute does, with nothing new recorded
    assert.deepEqual(
      taken.slice(before).map((sent) => sent.checkpoint.seq),
      [seq],
    );
  });

  it('gets nothing when its certificate is of another CA', async () => {
    const before = taken.length;
    await close();
    const other = mkdtempSync(join(folder, 'other-'));
    const own = certificates;
    certificates = makeCertificates(other);
    await open();
    await checkpoint();
    assert.equal(taken.length, before);
    await close();
    certificates = own;
    await open();
    await server.assembly.trails.checkpoints.run();
    assert.equal(taken.length, before + 1);
  });

  it('proves by what it kept that the journal was cut off, or is gone', async () => {
    const anchor = join(folder, 'kept');
    mkdirSync(anchor);
    for (const { writer, checkpoint: line } of taken)
      appendFileSync(join(anchor, `${writer}-${CHECKPOINTS_NAME}`), `${JSON.stringify(line)}\n`);
    writeFileSync(join(anchor, 'keys.json'), JSON.stringify({ keys: taken.at(-1)?.keys }));
    const copy = join(folder, 'copy');
    execFileSync('cp', ['-r', join(server.dataDir, 'audit'), copy]);
    const whole = await verifyJournal(copy, { anchor });
    assert.deepEqual([whole.ok, whole.signed], [true, taken.at(-1)?.checkpoint.seq]);
    rmSync(join(copy, 'server-1'), { recursive: true });
    const { problems } = await verifyJournal(copy, { anchor });
    assert.ok(
      problems.some(({ kind, seq }) => kind === 'truncated' && seq === 1),
      JSON.stringify(problems),
    );
    assert.equal((await verifyJournal(copy)).ok, false); // who has keys has a journal
  });
});
