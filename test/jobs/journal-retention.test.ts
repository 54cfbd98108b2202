/** The journal's retention as the server does it: what the configuration gives up goes, with a tombstone, and all that is left is proved. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ListKeysCommand } from '@aws-sdk/client-kms';
import { openJournal } from '../../src/audit/journal.ts';
import { printVerification } from '../../src/audit/print.ts';
import { verifyJournal } from '../../src/audit/verify.ts';
import { eventually } from '../stories/claviger.ts';
import { startClockedServer } from '../stories/clocked-server.ts';
import type { ClockedServer } from '../stories/clocked-server.ts';
import { makeCertificates } from '../audit/collector.ts';
import { sampleEvent } from '../audit/sample.ts';

const WRITER = 'server-1';
const OLD_RECORDS = 12;

/** What this server recorded long ago, in segments of a few records. */
async function oldJournal(dataDir: string): Promise<void> {
  const dir = join(dataDir, 'audit');
  const journal = await openJournal({ dir, writerId: WRITER, segmentBytes: 3_500 });
  for (let count = 0; count < OLD_RECORDS; count += 1) await journal.append(sampleEvent());
  await journal.close();
  for (const name of segmentsOf(dataDir)) utimesSync(join(dir, WRITER, name), 1_000, 1_000);
}

const segmentsOf = (dataDir: string): string[] =>
  readdirSync(join(dataDir, 'audit', WRITER)).filter((name) => /^journal-\d+\.log$/.test(name));

describe("retention of a server's journal", () => {
  let server: ClockedServer;
  let folder: string;
  let sink: Server;
  let status = 503;
  let journalDir: string;

  const verified = async (): Promise<{ ok: boolean; text: string }> => {
    let text = '';
    const ok = await printVerification(journalDir, {}, (piece) => void (text += piece));
    return { ok, text };
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'claviger-retention-'));
    const tls = makeCertificates(folder);
    sink = createServer(
      { cert: readFileSync(tls.certificate), key: readFileSync(tls.key) },
      (request, response) => {
        request.resume().on('end', () => response.writeHead(status).end());
      },
    );
    sink.listen(0, '127.0.0.1');
    await once(sink, 'listening');
    const { port } = sink.address() as AddressInfo;
    server = await startClockedServer(
      undefined,
      JSON.stringify({
        requestQuotas: { enforced: false },
        reconciliation: { continuous: false },
        audit: {
          retentionDays: 30,
          sinks: { siem: { type: 'https', address: `https://localhost:${port}/`, ca: tls.ca } },
        },
      }),
      { prepare: oldJournal },
    );
    journalDir = join(server.dataDir, 'audit');
  });
  after(async () => {
    await server?.remove();
    sink?.close();
    rmSync(folder, { recursive: true });
  });

  it('removes nothing that a sink has not had', async () => {
    await server.client('us-east-1').send(new ListKeysCommand({}));
    await server.assembly.trails.checkpoints.run();
    const before = segmentsOf(server.dataDir);
    assert.ok(before.length >= 4);
    await server.assembly.trails.retire();
    assert.deepEqual(segmentsOf(server.dataDir), before);
    assert.equal((await verified()).ok, true);
  });

  it('removes old segments with a signed tombstone, and what is left is proved', async () => {
    status = 200;
    await eventually(30_000, 'the old segments are gone', async () => {
      await server.assembly.trails.retire();
      return segmentsOf(server.dataDir).length === 1 ? true : undefined;
    });
    const { ok, text } = await verified();
    assert.equal(ok, true, text);
    assert.match(
      text,
      /^Records 1 to (\d+) of server-1 were removed for their age \(signed tombstone of 20/m,
    );
    const { removals, records } = await verifyJournal(journalDir);
    const last = removals?.[0]?.last ?? 0;
    assert.equal(last, OLD_RECORDS);
    assert.equal(last + records, server.kms.audit.position.seq);
  });

  it('goes on with a journal that begins later, and with nothing to remove', async () => {
    const before = segmentsOf(server.dataDir);
    await server.client('us-east-1').send(new ListKeysCommand({}));
    await server.assembly.trails.retire();
    await server.assembly.trails.checkpoints.run();
    assert.deepEqual(segmentsOf(server.dataDir), before);
    assert.equal((await verified()).ok, true);
  });
});
