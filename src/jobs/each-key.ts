/** Regular work on keys, one after the other. */
import type { Kms } from '../services/kms/kms.ts';
import type { KmsKey } from '../services/kms/key.ts';
import { RowTampered } from '../storage/row-mac.ts';
import { DatabaseUnavailable } from '../storage/store.ts';

/** So many keys may fail in a round: with more of them it is not the keys. */
const FAILURES_ALLOWED = 10;

/**
 * Does the work on each key that is still there. One on which it fails must not keep the keys behind it waiting, whosever they are: it
 * is logged, and looked at again in the next round.
 * @param work whether there was anything to do
 * @returns with how many keys there was
 * @throws what failed at last when too many have, and at once when the database is away
 */
export async function withEachKey(
  kms: Kms,
  keyArns: readonly string[],
  work: (key: KmsKey) => Promise<boolean>,
): Promise<number> {
  let done = 0;
  let failures = 0;
  for (const keyArn of keyArns) {
    try {
      const key = await kms.catalog.find(keyArn);
      if (key !== undefined && (await work(key))) done += 1;
    } catch (error) {
      if (error instanceof DatabaseUnavailable) throw error;
      const why = error instanceof RowTampered ? 'it was altered in the database' : 'the work on it failed';
      kms.logger.error({ err: error, keyArn }, `a key is passed over: ${why}`);
      if (!(error instanceof RowTampered)) failures += 1;
      if (failures > FAILURES_ALLOWED) throw error;
    }
  }
  return done;
}
