/** The comparison where retention has taken the journal's oldest records: what it cannot know is no mismatch. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openJournal } from '../../src/audit/journal.ts';
import { fingerprintOf, writePublicKeys } from '../../src/audit/public-keys.ts';
import { bury, expiredRecords } from '../../src/audit/retention.ts';
import { writeCopyState } from '../../src/hsm-trail/log-copy.ts';
import { reportLines, reportOnTrails } from '../../src/reconcile/print.ts';
import type { TrailReport } from '../../src/reconcile/print.ts';

const MARGIN_MS = 10_000;
const STEP_MS = 600_000;
const BEGIN = Date.UTC(2026, 10, 25, 12);
const CALLS = 6;
const NOW = BEGIN + CALLS * STEP_MS;

describe('the comparison of a journal whose oldest records were removed', () => {
  let root: string;
  /** Of the first record that is left. */
  let left: number;

  const report = (from: number): Promise<TrailReport> =>
    reportOnTrails({
      ...{ journal: join(root, 'audit'), copies: join(root, 'copies'), from, to: NOW, now: NOW },
      ...{ marginMs: MARGIN_MS, chains: false },
    });

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'claviger-retention-'));
    const dir = join(root, 'audit');
    const journal = await openJournal({ dir, writerId: 'server-1', segmentBytes: 100 });
    const copy = join(root, 'copies', 'hsm-a', '0000');
    mkdirSync(copy, { recursive: true });
    for (let one = 0; one < CALLS; one += 1) {
      const requestId = String(one).repeat(32);
      const at = BEGIN + one * STEP_MS;
      await journal.append(
        JSON.stringify({
          eventTime: new Date(at).toISOString().replace(/\.\d+/, ''),
          ...{ eventSource: 'kms.amazonaws.com', eventName: 'Encrypt', requestParameters: null },
          additionalEventData: { customKeyStoreId: 'cks-1' },
          ...{ requestID: requestId, eventID: requestId, resources: [{ ARN: 'arn:aws:kms:r:1:key/a' }] },
        }),
      );
      const use = `${one} ${at * 1000} USE_KEY 1 0 key=${'ab'.repeat(16)} verb=Encrypt request=${requestId}`;
      appendFileSync(join(copy, '00000000000000000000.log'), `${use} ${'0'.repeat(64)}\n`);
    }
    await journal.close();
    writeCopyState(join(root, 'copies'), {
      ...{ hsmId: 'hsm-a', member: true, clusterId: 'c', generation: 0, entries: CALLS, certificate: '' },
      completeUntilMicros: NOW * 1000,
    });

    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const spki = publicKey.export({ format: 'der', type: 'spki' });
    const fingerprint = fingerprintOf('checkpoint', spki);
    const validity = { validFrom: '2026-01-01T00:00:00Z', validTo: '2027-01-01T00:00:00Z' };
    await writePublicKeys(dir, [
      { fingerprint, purpose: 'checkpoint', region: null, publicKey: spki.toString('base64'), ...validity },
    ]);
    const stone = await expiredRecords(dir, 'server-1', { before: undefined, bytes: 1, readUpTo: 3 });
    assert.ok(stone?.last === 3);
    await bury(dir, stone, NOW, { fingerprint, sign: async (message) => sign(null, message, privateKey) });
    left = BEGIN + 3 * STEP_MS;
  });
  after(() => rmSync(root, { recursive: true }));

  it('judges from the first record that is left on, and says so', async () => {
    const all = await report(0);
    assert.deepEqual([all.outcome, all.findings, all.journalBegins], ['agree', [], left]);
    assert.deepEqual([all.from, all.uses], [left + MARGIN_MS + 1000, 2]);
    assert.match(reportLines(all).join('\n'), /the journal begins at 2026-11-25T12:30:00.000Z/);
    const later = await report(BEGIN + 4 * STEP_MS);
    assert.deepEqual([later.outcome, later.uses, later.journalBegins], ['agree', 2, undefined]);
  });

  it('takes nothing for removed by right of which no signed tombstone says so', async () => {
    rmSync(join(root, 'audit', 'server-1', 'tombstones.log'));
    const all = await report(0);
    assert.deepEqual([all.outcome, all.journalBegins], ['mismatch', undefined]);
    const found = all.findings.map(({ kind, use }) => [kind, use?.sequence]);
    assert.deepEqual(
      found,
      [0, 1, 2].map((sequence) => ['use-without-call', sequence]),
    );
  });
});
