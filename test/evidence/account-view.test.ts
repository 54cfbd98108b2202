import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { reportWithin } from '../../src/evidence/account-view.ts';
import type { TrailReport } from '../../src/reconcile/print.ts';
import type { Call, Finding, Use } from '../../src/reconcile/records.ts';

const OWN = '111111111111';
const OTHER = '222222222222';

describe("one account's view of the comparison", () => {
  const copies = mkdtempSync(join(tmpdir(), 'claviger-'));
  after(() => rmSync(copies, { recursive: true }));

  const finding = (id: string, more: Partial<Finding>): Finding => ({
    ...{ kind: 'call-without-use', id, requestId: id, timeAt: 0, what: id },
    ...more,
  });
  const callFor = (account: string): Call => ({
    ...{ requestId: 'r', timeAt: 0, writer: 'w', seq: 1, eventId: 'e', eventName: 'Encrypt' },
    ...{ outcome: 'succeeded', verbs: ['Encrypt'], keyStore: undefined, wanted: [] },
    keyArns: [`arn:aws:kms:us-east-1:${account}:key/1`],
  });
  const foreignUse: Use = {
    ...{ requestId: 'r', timeAt: 0, hsmId: 'hsm-other', sequence: 1 },
    ...{ verb: 'Encrypt', succeeded: true, materialId: '' },
  };
  const report = (findings: Finding[]): TrailReport => ({
    ...{ from: 0, to: 1, findings, uses: 2, calls: 2, repeated: 0, undecided: 0, outcome: 'mismatch' },
    incomplete: [{ hsmId: 'hsm-other', completeUntil: 0 }],
    chains: {
      journal: { ok: true, records: 3, problems: [] },
      hsmLogs: [{ hsmId: 'hsm-other', intact: false, reason: 'altered' }],
    },
  });
  const view = { accountId: OWN, clusterIds: ['cluster-own'] };

  it("has nothing of other accounts' HSMs and keys, and agrees when only they do not", () => {
    const others = [
      finding('use', { kind: 'use-without-call', use: foreignUse }),
      finding('call', { call: callFor(OTHER) }),
    ];
    const seen = reportWithin(report(others), copies, view);
    assert.equal(seen.outcome, 'agree');
    assert.doesNotMatch(JSON.stringify(seen), new RegExp(`hsm-other|${OTHER}`));
    assert.equal(seen.chains?.journal.records, 3);
  });

  it('keeps what is of its own keys', () => {
    const seen = reportWithin(report([finding('own', { call: callFor(OWN) })]), copies, view);
    assert.equal(seen.outcome, 'mismatch');
    assert.deepEqual(
      seen.findings.map(({ id }) => id),
      ['own'],
    );
  });
});
