/** The newest events of a log, from an API that answers the oldest first. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newestEvents } from '../../console/src/audit/newest-events.ts';
import type { Span } from '../../console/src/audit/newest-events.ts';

const NOW = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const MOST = 10;

/** An event every `everyMs`, `count` of them up to now: each is its time. */
function log(count: number, everyMs: number) {
  const all = Array.from({ length: count }, (_, index) => NOW - (count - 1 - index) * everyMs);
  const spans: Span[] = [];
  const search = async function* (span: Span): AsyncGenerator<number[]> {
    spans.push(span);
    await Promise.resolve();
    const inside = all.filter((at) => at >= span.startTime && at <= (span.endTime ?? Infinity));
    for (let at = 0; at < inside.length; at += 4) yield inside.slice(at, at + 4);
  };
  return { all, spans, search };
}

describe('the newest events of a log', () => {
  it('are the last of many, and no older span is asked for', async () => {
    const { all, spans, search } = log(50, 1_000);
    assert.deepEqual(await newestEvents(search, NOW, MOST), all.slice(-MOST).reverse());
    assert.equal(spans.length, 1);
  });

  it('are gathered from earlier spans where the last ones have too few, each event once', async () => {
    const { all, search } = log(30, HOUR_MS / 2);
    assert.deepEqual(await newestEvents(search, NOW, MOST), all.slice(-MOST).reverse());
  });

  it('are all of a short log, however old', async () => {
    const { all, spans, search } = log(4, 100 * 24 * HOUR_MS);
    assert.deepEqual(await newestEvents(search, NOW, MOST), [...all].reverse());
    assert.equal(spans.at(-1)?.startTime, 0);
  });

  it('have those that are ahead of the clock of this browser', async () => {
    const search = async function* ({ endTime }: Span): AsyncGenerator<number[]> {
      await Promise.resolve();
      if (endTime === undefined) yield [NOW + 1];
    };
    assert.deepEqual(await newestEvents(search, NOW, MOST), [NOW + 1]);
  });
});
