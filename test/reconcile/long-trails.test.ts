/** Trails that are long: what is compared now costs no more because of all that was recorded before. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { segmentName as journalSegment } from '../../src/audit/line.ts';
import { segmentName as hsmSegment } from '../../src/hsm-log/segments.ts';
import { reconcile } from '../../src/reconcile/reconcile.ts';
import { BEGIN, END, MARGIN_MS, STEP_MS, WRITER, longTrails } from './trails.ts';

describe('the comparison of the end of long trails', () => {
  it('opens no segment that is far older than what is compared', async () => {
    const trails = await longTrails();
    const { journal, copies } = trails.options;
    for (const file of [
      join(journal, WRITER, journalSegment(2)),
      join(trails.copyOf('hsm-a'), hsmSegment(1)),
    ]) {
      rmSync(file);
      mkdirSync(file); // whoever opens it fails
    }
    const { findings, uses, calls } = await reconcile({
      ...{ journal, copies, now: END, marginMs: MARGIN_MS },
      ...{ from: BEGIN + 4 * STEP_MS, to: END },
    });
    assert.deepEqual([findings, uses, calls], [[], 2, 2]);
  });
});
