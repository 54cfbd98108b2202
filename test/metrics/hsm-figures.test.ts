import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HsmFigures, INTERVAL_SECONDS } from '../../src/metrics/hsm-figures.ts';

const INTERVAL_MS = INTERVAL_SECONDS * 1000;
const HSM = { hsmId: 'hsm-a' };

describe('the figures of HSMs', () => {
  const at = (start: number): { figures: HsmFigures; pass: (milliseconds: number) => void } => {
    let now = start;
    return { figures: new HsmFigures(() => now), pass: (milliseconds) => void (now += milliseconds) };
  };

  it('tell of an interval once it is over, and of those without work too', () => {
    const { figures, pass } = at(1_000 * INTERVAL_MS);
    figures.performed(HSM, 'ok', 2);
    assert.equal(figures.lastMinute('hsm-a').operations, 0);
    pass(INTERVAL_MS);
    assert.equal(figures.lastMinute('hsm-a').operations, 1);
    const intervals = figures.intervals('hsm-a');
    assert.equal(intervals.length, 89);
    assert.deepEqual(intervals.at(-1)?.startsAt, 1_000 * INTERVAL_MS);
    assert.equal(intervals.at(-1)?.operationsPerSecond, 1 / INTERVAL_SECONDS);
    assert.equal(intervals.at(-2)?.operations, 0);
    assert.equal(intervals.at(-2)?.p50, undefined);
  });

  it('give percentiles within 8 %', () => {
    const { figures, pass } = at(0);
    for (let milliseconds = 1; milliseconds <= 100; milliseconds += 1)
      figures.performed(HSM, 'ok', milliseconds);
    pass(INTERVAL_MS);
    const { p50 = 0, p95 = 0, p99 = 0 } = figures.lastMinute('hsm-a');
    for (const [told, right] of [
      [p50, 50],
      [p95, 95],
      [p99, 99],
    ] as const)
      assert.ok(Math.abs(told - right) / right < 0.08, `${told} for ${right}`);
  });

  it('count what failed as an error, and a refused ciphertext as work without a latency', () => {
    const { figures, pass } = at(0);
    figures.performed(HSM, 'DEADLINE', 250);
    figures.performed(HSM, 'INVALID_CIPHERTEXT', 1);
    pass(INTERVAL_MS);
    const { operations, errors, p50 } = figures.lastMinute('hsm-a');
    assert.deepEqual([operations, errors, p50], [1, 1, undefined]);
  });

  it('keep extreme latencies, and forget after a quarter of an hour', () => {
    const { figures, pass } = at(0);
    figures.performed(HSM, 'ok', 0);
    figures.performed(HSM, 'ok', 1e9);
    pass(INTERVAL_MS);
    assert.equal(figures.lastMinute('hsm-a').operations, 2);
    assert.ok((figures.lastMinute('hsm-a').p99 ?? 0) > 10_000);
    pass(90 * INTERVAL_MS);
    figures.performed(HSM, 'ok', 1);
    assert.ok(figures.intervals('hsm-a').every(({ operations }) => operations === 0));
  });

  it('know nothing of an HSM that did nothing', () => {
    const { figures } = at(0);
    assert.equal(figures.lastMinute('hsm-b').operations, 0);
    assert.equal(figures.intervals('hsm-b').length, 89);
  });
});
