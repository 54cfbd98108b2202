/**
 * The end of a key's waiting period: the backing key is destroyed in its store, the record goes with its aliases and tags,
 * and a DeleteKey service event tells of it. AWS: "Deleting AWS KMS keys"; the event: CloudTrail, DeleteKey.
 */
import { newEventId } from '../audit/event-id.ts';
import { buildServiceEvent, encodeEvent } from '../audit/event.ts';
import type { KmsKey } from '../services/kms/key.ts';
import type { Kms } from '../services/kms/kms.ts';
import { wipeKey } from '../services/kms/material-removal.ts';
import { withoutReplica } from '../services/kms/multi-region.ts';
import { currentKey, forgetRelated, setRegions } from '../services/kms/related-keys.ts';
import { putOutboxEvent } from '../storage/outbox.ts';
import { putTombstone } from '../storage/clusters.ts';
import { findKey, keysDueForDeletion, removeKey } from '../storage/keys.ts';
import { inTransaction } from '../storage/store.ts';
import type { DatabaseTransaction } from '../storage/store.ts';
import { withEachKey } from './each-key.ts';

const KEYS_PER_ROUND = 100;
const DAY_MS = 86_400_000;

/** Deletes all keys that are due. @returns how many */
export async function deleteDueKeys(kms: Kms): Promise<number> {
  const due = await keysDueForDeletion(kms.db, kms.clock(), KEYS_PER_ROUND);
  return withEachKey(kms, due, (key) => deleteKey(kms, key));
}

/** @returns false when somebody has cancelled it, or another process has deleted it */
async function deleteKey(kms: Kms, key: KmsKey): Promise<boolean> {
  if (!(await markDeleting(kms, key))) return false;
  const additionalEventData = await destroyBackingKeys(kms, key);
  const time = kms.clock();
  const eventId = newEventId(time);
  const event = encodeEvent(
    buildServiceEvent({
      time,
      eventSource: 'kms.amazonaws.com',
      eventName: 'DeleteKey',
      region: key.region,
      accountId: key.accountId,
      eventId,
      resources: [{ accountId: key.accountId, type: 'AWS::KMS::Key', ARN: key.arn }],
      additionalEventData,
    }),
  );
  const deleted = await inTransaction(kms.db, async (tx) => {
    if ((await findKey(tx, key.arn)) === undefined) return false; // another process has told of it
    if (key.multiRegion !== null) await leaveRelatedKeys(kms, tx, key);
    await removeKey(tx, key.arn);
    await putOutboxEvent(tx, kms.audit, { eventId, event });
    return true;
  });
  forgetRelated(kms, key);
  kms.catalog.forgetAliases();
  kms.grants.forget(key.arn);
  kms.lastUsages.forget(key.arn);
  await wipeKey(kms, key);
  if (!deleted) return false;
  await kms.audit.recordCommitted({ eventId, event });
  kms.logger.info({ keyArn: key.arn }, 'a key was deleted at the end of its waiting period');
  return true;
}

/** From here on nobody can cancel; HSMs that are away meet the tombstone when they come back. */
async function markDeleting(kms: Kms, key: KmsKey): Promise<boolean> {
  const clusterId = kms.customKeyStores.clusterIdOf(key);
  const begun = await inTransaction(kms.db, async (tx) => {
    if ((await findKey(tx, key.arn)) === undefined) return false;
    let due = false;
    await kms.catalog.change(tx, key.arn, (row) => {
      due =
        row.state === 'Deleting' ||
        (row.state === 'PendingDeletion' && (row.deletion_date ?? Infinity) <= kms.clock());
      return due ? { state: 'Deleting' } : {};
    });
    if (!due || clusterId === undefined) return due;
    for (const material of key.materials) {
      await putTombstone(tx, kms.mac, { materialId: material.id, clusterId, keyArn: key.arn }, kms.clock());
    }
    return due;
  });
  kms.catalog.forget(key.arn);
  return begun;
}

/**
 * The related keys go on without this one. Was it the last replica of a primary key that is to be deleted, that key's
 * waiting period begins now. AWS: "Deleting multi-Region keys".
 */
async function leaveRelatedKeys(kms: Kms, tx: DatabaseTransaction, key: KmsKey): Promise<void> {
  const leaving = await currentKey(kms, tx, key.arn);
  if (leaving.multiRegion === null) return;
  const regions = withoutReplica(leaving.multiRegion, leaving.region);
  if (regions.primary === leaving.region) return; // a primary key without replicas: nobody is left
  await setRegions(kms, tx, leaving, regions, (row) =>
    row.state === 'PendingReplicaDeletion' && regions.replicas.length === 0
      ? {
          state: 'PendingDeletion',
          deletion_date: kms.clock() + (row.pending_window_days ?? 0) * DAY_MS,
          pending_window_days: null,
        }
      : {},
  );
}

/** Best effort, as in AWS. @returns what the event says of it */
async function destroyBackingKeys(kms: Kms, key: KmsKey): Promise<Record<string, unknown> | undefined> {
  const clusterId = kms.customKeyStores.clusterIdOf(key);
  if (clusterId === undefined) return undefined;
  const cluster = kms.clusters.live(clusterId);
  const status = [];
  for (const material of key.materials) {
    const gone = (await cluster?.repair.destroy(material.id)) ?? false;
    status.push({
      keyHandle: material.handle,
      backingKeyId: material.id,
      deletionStatus: gone ? 'SUCCESS' : 'FAILURE',
    });
  }
  const backingKeys = status.map(({ keyHandle, backingKeyId }) => ({ keyHandle, backingKeyId }));
  return {
    customKeyStoreId: key.customKeyStoreId,
    clusterId,
    backingKeys: JSON.stringify(backingKeys),
    backingKeysDeletionStatus: JSON.stringify(status),
  };
}
