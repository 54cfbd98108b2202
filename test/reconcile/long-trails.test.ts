/** Trails that are long: what is compared now costs no more because of all that was recorded before. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openJournal } from '../../src/audit/journal.ts';
import { segmentName as journalSegment } from '../../src/audit/line.ts';
import { segmentName as hsmSegment } from '../../src/hsm-log/segments.ts';
import { writeCopyState } from '../../src/hsm-trail/log-copy.ts';
import { reconcile } from '../../src/reconcile/reconcile.ts';

const BEGIN = Date.UTC(2026, 10, 25, 12);
const STEP_MS = 600_000;
const CALLS = 6;
const NOW = BEGIN + CALLS * STEP_MS;

describe('the comparison of the end of long trails', () => {
  let root: string;
  let journalDir: string;
  let copyDir: string;

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'claviger-long-'));
    [journalDir, copyDir] = [join(root, 'audit'), join(root, 'copies', 'hsm-a', '0000')];
    mkdirSync(copyDir, { recursive: true });
    const journal = await openJournal({ dir: journalDir, writerId: 'server-1', segmentBytes: 100 });
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
      writeFileSync(join(copyDir, hsmSegment(one)), `${use} ${'0'.repeat(64)}\n`);
    }
    await journal.close();
    writeCopyState(join(root, 'copies'), {
      ...{ hsmId: 'hsm-a', member: true, clusterId: 'c', generation: 0, entries: CALLS, certificate: '' },
      completeUntilMicros: NOW * 1000,
    });
  });
  after(() => rmSync(root, { recursive: true }));

  it('opens no segment that is far older than what is compared', async () => {
    for (const file of [join(journalDir, 'server-1', journalSegment(2)), join(copyDir, hsmSegment(1))]) {
      rmSync(file);
      mkdirSync(file); // whoever opens it fails
    }
    const { findings, uses, calls } = await reconcile({
      ...{ journal: journalDir, copies: join(root, 'copies'), now: NOW, marginMs: 10_000 },
      ...{ from: BEGIN + 4 * STEP_MS, to: NOW },
    });
    assert.deepEqual([findings, uses, calls], [[], 2, 2]);
  });
});
