import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fullBucket, takeTokens } from '../../../src/services/api/token-bucket.ts';
import type { TokenBucket } from '../../../src/services/api/token-bucket.ts';

/** How many of `asked` single tokens the bucket gives at that moment. */
function taken(bucket: TokenBucket, asked: number, now: number): number {
  let count = 0;
  for (let n = 0; n < asked; n += 1) if (takeTokens(bucket, 1, now)) count += 1;
  return count;
}

describe('a token bucket', () => {
  it('gives a second of requests at once, and then no more', () => {
    const bucket = fullBucket(5, 1000);
    assert.equal(taken(bucket, 20, 1000), 5);
    assert.equal(taken(bucket, 20, 1000), 0);
  });

  it('refills at its rate, never beyond a second of requests', () => {
    const bucket = fullBucket(5, 0);
    taken(bucket, 5, 0);
    assert.equal(taken(bucket, 20, 199), 0);
    assert.equal(taken(bucket, 20, 200), 1);
    assert.equal(taken(bucket, 20, 800), 3);
    assert.equal(taken(bucket, 20, 3_600_000), 5);
  });

  it('gives no more than its rate over a long time, however it is asked', () => {
    const bucket = fullBucket(10, 0);
    let count = 0;
    for (let now = 0; now <= 60_000; now += 7) count += taken(bucket, 3, now);
    assert.ok(count >= 600 && count <= 610, String(count));
  });

  it('of less than one request a second gives one, and then keeps callers waiting', () => {
    const bucket = fullBucket(0.25, 0);
    assert.equal(taken(bucket, 3, 0), 1);
    assert.equal(taken(bucket, 3, 3999), 0);
    assert.equal(taken(bucket, 3, 4000), 1);
  });

  it('gives several tokens or none of them', () => {
    const bucket = fullBucket(5, 0);
    assert.ok(takeTokens(bucket, 4, 0));
    assert.ok(!takeTokens(bucket, 2, 0));
    assert.ok(takeTokens(bucket, 1, 0));
  });

  it('that is smaller than what is asked for gives all it has when it is full, so that nobody waits for ever', () => {
    const bucket = fullBucket(1, 0);
    assert.ok(takeTokens(bucket, 2, 0));
    assert.ok(!takeTokens(bucket, 2, 999));
    assert.ok(takeTokens(bucket, 2, 1000));
  });

  it('takes nothing away when a clock stands still or goes back', () => {
    const bucket = fullBucket(5, 1000);
    taken(bucket, 3, 1000);
    assert.equal(taken(bucket, 20, 500), 2);
  });
});
