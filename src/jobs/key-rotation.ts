/**
 * Automatic rotation: keys whose period is over get new material, related multi-Region keys with them, and a RotateKey
 * service event tells of it.
 */
import type { KmsKey } from '../services/kms/key.ts';
import type { Kms } from '../services/kms/kms.ts';
import { synchronize } from '../services/kms/multi-region-sync.ts';
import { newMaterial } from '../services/kms/new-material.ts';
import { forgetRelated } from '../services/kms/related-keys.ts';
import { makeCurrent, rotationEvent } from '../services/kms/rotation.ts';
import { putOutboxEvent } from '../storage/outbox.ts';
import { inTransaction } from '../storage/store.ts';
import { keysDueForRotation } from '../storage/keys.ts';
import { withEachKey } from './each-key.ts';

const KEYS_PER_ROUND = 100;

/** Rotates all keys that are due; disabled ones wait until they are enabled. @returns how many */
export async function rotateDueKeys(kms: Kms): Promise<number> {
  const due = await keysDueForRotation(kms.db, kms.clock(), KEYS_PER_ROUND);
  return withEachKey(kms, due, (key) => rotate(kms, key));
}

async function rotate(kms: Kms, key: KmsKey): Promise<boolean> {
  const material = await newMaterial(kms, key.arn);
  const event = rotationEvent(kms, key, 'AUTOMATIC');
  const events = await inTransaction(kms.db, async (tx) => {
    const rows = await kms.catalog.rows(tx, key.arn);
    if (rows === undefined || rows.key.state !== 'Ready' || rows.key.enabled !== 1) return [];
    if (rows.key.next_rotation_at === null || rows.key.next_rotation_at > kms.clock()) return [];
    await makeCurrent(kms, tx, rows.key, material, 'AUTOMATIC');
    await putOutboxEvent(tx, kms.audit, event);
    const synchronized = await synchronize(kms, tx, key);
    return synchronized === undefined ? [event] : [event, synchronized.event];
  });
  forgetRelated(kms, key);
  if (events.length === 0) return false;
  for (const committed of events) await kms.audit.recordCommitted(committed);
  kms.logger.info({ keyArn: key.arn }, 'a key was rotated');
  return true;
}
