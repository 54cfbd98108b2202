/**
 * What may be given out once: a cluster's and an account's room for HSMs, an address, a remote HSM that waits. It is decided from what
 * this process knows; a counter in the database says whether another process has given something out since.
 */
import { StaleRow } from '../../storage/conflicts.ts';
import { findLease, insertLease, replaceLease } from '../../storage/leases.ts';
import type { DatabaseTransaction } from '../../storage/store.ts';
import type { CloudHsm } from './operation.ts';

const NAME = 'hsm-places';

/** To be asked before anything is decided. @returns to be called in the transaction that gives something out: throws StaleRow */
export async function hsmPlaces({
  db,
  refresh,
}: Pick<CloudHsm, 'db' | 'refresh'>): Promise<(tx: DatabaseTransaction) => Promise<void>> {
  await insertLease(db, NAME);
  const seen = await findLease(db, NAME);
  await refresh(); // after the counter: what is given out from now on changes it
  return async (tx) => {
    const isOurs =
      seen !== undefined && (await replaceLease(tx, seen, { holder: null, fence: seen.fence + 1 }));
    if (!isOurs) throw new StaleRow('leases');
  };
}
