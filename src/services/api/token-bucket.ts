/**
 * A token bucket: so many requests a second, and as many as come in one second at once. It refills when it is asked, so a
 * bucket that nobody asks costs nothing. Times are of a monotonic clock: a wall clock that is set back must not starve callers.
 */
export interface TokenBucket {
  readonly perSecond: number;
  /** Below one request a second, one may still come. */
  readonly capacity: number;
  tokens: number;
  /** When `tokens` was right, milliseconds. */
  filledAt: number;
}

export function fullBucket(perSecond: number, now: number): TokenBucket {
  const capacity = Math.max(1, perSecond);
  return { perSecond, capacity, tokens: capacity, filledAt: now };
}

/** A bucket is never further below zero than so many times what it holds: what went wrong must come to an end. */
const MAX_DEBT = 10;

/** Takes tokens whether or not they are there. */
export function chargeTokens(bucket: TokenBucket, count: number, now: number): void {
  refill(bucket, now);
  bucket.tokens = Math.max(-MAX_DEBT * bucket.capacity, bucket.tokens - count);
}

/** Takes `count` tokens (a full bucket if it holds fewer), or none. @returns whether they were there */
export function takeTokens(bucket: TokenBucket, count: number, now: number): boolean {
  refill(bucket, now);
  const wanted = Math.min(count, bucket.capacity);
  if (bucket.tokens < wanted) return false;
  bucket.tokens -= wanted;
  return true;
}

function refill(bucket: TokenBucket, now: number): void {
  const fresh = ((now - bucket.filledAt) / 1000) * bucket.perSecond;
  bucket.tokens = Math.min(bucket.capacity, bucket.tokens + Math.max(0, fresh));
  bucket.filledAt = now;
}
