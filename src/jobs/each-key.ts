/** Regular work on keys, one after the other. */
import type { Kms } from '../services/kms/kms.ts';
import type { KmsKey } from '../services/kms/key.ts';
import { RowTampered } from '../storage/row-mac.ts';

/**
 * Does the work on each key that is still there. On one whose rows were altered nothing can be done, which must not keep the
 * keys behind it waiting, whosever they are: it is logged, and looked at again in the next round.
 * @param work whether there was anything to do
 * @returns with how many keys there was
 */
export async function withEachKey(
  kms: Kms,
  keyArns: readonly string[],
  work: (key: KmsKey) => Promise<boolean>,
): Promise<number> {
  let done = 0;
  for (const keyArn of keyArns) {
    try {
      const key = await kms.catalog.find(keyArn);
      if (key !== undefined && (await work(key))) done += 1;
    } catch (error) {
      if (!(error instanceof RowTampered)) throw error;
      kms.logger.error({ err: error, keyArn }, 'a key is passed over: it was altered in the database');
    }
  }
  return done;
}
