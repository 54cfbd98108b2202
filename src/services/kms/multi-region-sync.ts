/**
 * Brings related multi-Region keys in step: replicas get the shared properties and the materials of their primary key, and
 * what waited for that (Creating, Updating) is over. Run in one transaction, so that no ciphertext can be made under
 * material that a related key has not.
 * AWS: "Shared properties of multi-Region keys"; the event: CloudTrail, SynchronizeMultiRegionKey.
 */
import { randomUUID } from 'node:crypto';
import { newEventId } from '../../audit/event-id.ts';
import { buildEvent, encodeEvent } from '../../audit/event.ts';
import { putOutboxEvent } from '../../storage/outbox.ts';
import { findKey, insertMaterial, replaceKey, replaceMaterial } from '../../storage/keys.ts';
import type { KeyMaterialRow, KmsKeyRow } from '../../storage/schema.ts';
import type { DatabaseTransaction } from '../../storage/store.ts';
import type { CommittedEvent } from '../api/call.ts';
import { keyFromRows } from './key.ts';
import type { KmsKey } from './key.ts';
import type { Kms } from './kms.ts';
import { expectMaterials, settlePending } from './multi-region-import.ts';
import { SHARED_COLUMNS, relatedArn, relatedArns } from './multi-region.ts';

interface Rows {
  key: KmsKeyRow;
  materials: KeyMaterialRow[];
}

/** What a synchronisation did: keys to forget, and its event to record, once the transaction is committed. */
export interface Synchronization {
  keyArns: string[];
  event: CommittedEvent;
}

/**
 * @param key any of the related keys; a single-Region key has none and nothing happens
 * @throws RowTampered
 */
export async function synchronize(
  kms: Kms,
  tx: DatabaseTransaction,
  key: KmsKey,
): Promise<Synchronization | undefined> {
  if (key.multiRegion === null) return undefined;
  const primary = await readRows(kms, tx, relatedArn(key, key.multiRegion.primary));
  if (primary === undefined) return undefined;
  const current = keyFromRows(primary.key, primary.materials);
  await putRow(kms, tx, primary.key, { state: completed(primary.key.state) });
  for (const region of current.multiRegion?.replicas ?? []) {
    const replica = await readRows(kms, tx, relatedArn(key, region));
    if (replica !== undefined) await synchronizeReplica(kms, tx, primary, replica);
  }
  if (current.origin === 'EXTERNAL') await settlePending(kms, tx, relatedArns(current));
  const event = synchronizationEvent(kms, current);
  await putOutboxEvent(tx, kms.audit, event);
  return { keyArns: relatedArns(current), event };
}

/** Call after the transaction of `synchronize` was committed. */
export async function finishSynchronization(kms: Kms, done: Synchronization): Promise<void> {
  for (const arn of done.keyArns) kms.catalog.forget(arn);
  await kms.audit.recordCommitted(done.event);
}

async function synchronizeReplica(
  kms: Kms,
  tx: DatabaseTransaction,
  primary: Rows,
  replica: Rows,
): Promise<void> {
  const shared: Partial<KmsKeyRow> = {
    state: completed(replica.key.state),
    current_material_id: primary.key.current_material_id,
  };
  for (const column of SHARED_COLUMNS) Object.assign(shared, { [column]: primary.key[column] });
  if (primary.key.origin === 'AWS_KMS') await copyMaterials(kms, tx, primary, replica);
  else await expectMaterials(kms, tx, primary, replica);
  await putRow(kms, tx, replica.key, shared);
}

async function copyMaterials(kms: Kms, tx: DatabaseTransaction, primary: Rows, replica: Rows): Promise<void> {
  const present = new Set(replica.materials.map((material) => material.material_id));
  for (const { mac: _mac, ...material } of primary.materials) {
    const copy = kms.mac.seal('key_materials', { ...material, key_arn: replica.key.key_arn });
    if (present.has(material.material_id)) await replaceMaterial(tx, copy);
    else await insertMaterial(tx, copy);
  }
}

/** A key whose deletion was scheduled meanwhile stays as it is. */
function completed(state: KmsKeyRow['state']): KmsKeyRow['state'] {
  return state === 'Replicating' || state === 'Updating' ? 'Ready' : state;
}

async function readRows(kms: Kms, tx: DatabaseTransaction, keyArn: string): Promise<Rows | undefined> {
  const rows = await findKey(tx, keyArn);
  if (rows === undefined) return undefined;
  kms.mac.check('kms_keys', rows.key);
  for (const material of rows.materials) kms.mac.check('key_materials', material);
  return rows;
}

async function putRow(
  kms: Kms,
  tx: DatabaseTransaction,
  row: KmsKeyRow,
  changes: Partial<KmsKeyRow>,
): Promise<void> {
  await replaceKey(tx, kms.mac.seal('kms_keys', { ...row, ...changes }));
}

/** As CloudTrail shows it: an API call that nobody made, in the Region of the primary key and with its ARN alone. */
function synchronizationEvent(kms: Kms, primary: KmsKey): CommittedEvent {
  const time = kms.clock();
  const eventId = newEventId(time);
  const event = encodeEvent(
    buildEvent({
      identity: { accountId: primary.accountId, invokedBy: 'AWS Internal' },
      time,
      eventSource: 'kms.amazonaws.com',
      eventName: 'SynchronizeMultiRegionKey',
      region: primary.region,
      sourceIp: 'AWS Internal',
      userAgent: 'AWS Internal',
      requestParameters: null,
      responseElements: null,
      requestId: randomUUID(),
      eventId,
      readOnly: false,
      resources: [{ accountId: primary.accountId, type: 'AWS::KMS::Key', ARN: primary.arn }],
      recipientAccountId: primary.accountId,
    }),
  );
  return { eventId, event };
}
