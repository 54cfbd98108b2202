/**
 * The end of imported key material: it is deleted when its time is over, the key is pending import again, and a
 * DeleteExpiredKeyMaterial service event tells of it. AWS: "Setting an expiration time for imported key material".
 */
import type { KmsKey } from '../services/kms/key.ts';
import type { Kms } from '../services/kms/kms.ts';
import { isImported } from '../services/kms/imported-material.ts';
import { takeAway, wipe } from '../services/kms/material-removal.ts';
import { synchronize } from '../services/kms/multi-region-sync.ts';
import { forgetRelated } from '../services/kms/related-keys.ts';
import { keyServiceEvent } from '../services/kms/service-events.ts';
import { putOutboxEvent } from '../storage/outbox.ts';
import { inTransaction } from '../storage/store.ts';
import { keysWithExpiredMaterial } from '../storage/keys.ts';
import { withEachKey } from './each-key.ts';

const KEYS_PER_ROUND = 100;

/** Deletes all material that has expired. @returns of how many keys */
export async function deleteExpiredMaterial(kms: Kms): Promise<number> {
  const keyArns = await keysWithExpiredMaterial(kms.db, kms.clock(), KEYS_PER_ROUND);
  return withEachKey(kms, keyArns, (key) => expire(kms, key));
}

async function expire(kms: Kms, key: KmsKey): Promise<boolean> {
  const event = keyServiceEvent(kms, key, 'DeleteExpiredKeyMaterial', { keyId: key.keyId });
  const expired = await inTransaction(kms.db, async (tx) => {
    const rows = (await kms.catalog.rows(tx, key.arn))?.materials ?? [];
    const over = rows.filter(
      (row) => isImported(row) && row.valid_to !== null && row.valid_to <= kms.clock(),
    );
    for (const row of over) await takeAway(kms, tx, row);
    if (over.length === 0) return { over, events: [] };
    await putOutboxEvent(tx, kms.audit, event);
    const synchronized = await synchronize(kms, tx, key);
    return { over, events: synchronized === undefined ? [event] : [event, synchronized.event] };
  });
  forgetRelated(kms, key);
  for (const committed of expired.events) await kms.audit.recordCommitted(committed);
  await wipe(kms, expired.over);
  if (expired.over.length === 0) return false;
  kms.logger.info({ keyArn: key.arn }, 'imported key material expired and was deleted');
  return true;
}
