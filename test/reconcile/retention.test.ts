/** The comparison where retention has taken the journal's oldest records: what it cannot know is no mismatch. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { writePublicKeys } from '../../src/audit/public-keys.ts';
import { bury, expiredRecords } from '../../src/audit/retention.ts';
import { reportLines, reportOnTrails } from '../../src/reconcile/print.ts';
import type { TrailReport } from '../../src/reconcile/print.ts';
import { newSigner } from '../audit/signer.ts';
import { BEGIN, END, MARGIN_MS, STEP_MS, WRITER, longTrails } from './trails.ts';
import type { Trails } from './trails.ts';

describe('the comparison of a journal whose oldest records were removed', () => {
  let trails: Trails;
  /** Of the first record that is left. */
  const left = BEGIN + 3 * STEP_MS;

  const report = (from: number): Promise<TrailReport> => {
    const { journal, copies } = trails.options;
    return reportOnTrails({
      ...{ journal, copies, from, to: END, now: END },
      ...{ marginMs: MARGIN_MS, chains: false },
    });
  };

  before(async () => {
    trails = await longTrails();
    const { journal } = trails.options;
    const signer = newSigner();
    await writePublicKeys(journal, [signer.published]);
    const stone = await expiredRecords(journal, WRITER, { before: undefined, bytes: 1, readUpTo: 3 });
    assert.ok(stone?.last === 3);
    await bury(journal, stone, END, signer);
  });

  it('judges from the first record that is left on, and says so', async () => {
    const all = await report(0);
    assert.deepEqual([all.outcome, all.findings, all.journalBegins], ['agree', [], left]);
    assert.deepEqual([all.from, all.uses], [left + MARGIN_MS + 1000, 2]);
    assert.match(reportLines(all).join('\n'), /the journal begins at 2026-11-25T12:30:00.000Z/);
    const later = await report(BEGIN + 4 * STEP_MS);
    assert.deepEqual([later.outcome, later.uses, later.journalBegins], ['agree', 2, undefined]);
  });

  it('takes nothing for removed by right of which no signed tombstone says so', async () => {
    rmSync(join(trails.options.journal, WRITER, 'tombstones.log'));
    const all = await report(0);
    assert.deepEqual([all.outcome, all.journalBegins], ['mismatch', undefined]);
    const found = all.findings.map(({ kind, use }) => [kind, use?.sequence]);
    assert.deepEqual(
      found,
      [0, 1, 2].map((sequence) => ['use-without-call', sequence]),
    );
  });
});
