/** Completes what ReplicateKey and UpdatePrimaryRegion began: a moment after the call, and at the next start after a crash. */
import { finishSynchronization, synchronize } from '../services/kms/multi-region-sync.ts';
import type { Kms } from '../services/kms/kms.ts';
import { keysInMultiRegionChange } from '../storage/keys.ts';
import { inTransaction } from '../storage/store.ts';
import { withEachKey } from './each-key.ts';

const KEYS_PER_ROUND = 100;

/** @returns how many multi-Region keys were brought in step */
export async function completeMultiRegionChanges(kms: Kms): Promise<number> {
  const done = new Set<string>();
  for (const keyArn of await keysInMultiRegionChange(kms.db, KEYS_PER_ROUND)) {
    if (done.has(keyArn)) continue; // before it is found: a key is loaded with all its grants
    await withEachKey(kms, [keyArn], async (key) => {
      const synchronized = await inTransaction(kms.db, (tx) => synchronize(kms, tx, key));
      if (synchronized === undefined) return false;
      await finishSynchronization(kms, synchronized);
      for (const arn of synchronized.keyArns) done.add(arn);
      return true;
    });
  }
  return done.size;
}
