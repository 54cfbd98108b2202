/** Changes to a key's materials and to its rotation, which related multi-Region keys share. */
import { putOutboxEvent } from '../../storage/outbox.ts';
import { replaceKey } from '../../storage/keys.ts';
import type { KmsKeyRow } from '../../storage/schema.ts';
import type { DatabaseTransaction } from '../../storage/store.ts';
import type { CommittedEvent } from '../api/call.ts';
import type { Call } from './call.ts';
import { keyNotFound } from './errors.ts';
import type { KeyRows } from './key-catalog.ts';
import { requireState } from './key-states.ts';
import { keyFromRows } from './key.ts';
import { synchronize } from './multi-region-sync.ts';
import { asKeyOperation } from './operation.ts';
import type { OperationName } from './operation.ts';
import { forgetRelated } from './related-keys.ts';

/**
 * Runs the change in one transaction with the audit event, on the rows as they are there and not as memory has them; the
 * state rule is looked at again, and related keys are brought in step. `follower` is a service event that the change sets
 * off.
 * @throws ApiError of the key state table, and what `change` throws
 */
export async function changeMaterials<N extends OperationName, R>(
  call: Call<N>,
  responseElements: (result: R) => Record<string, unknown>,
  change: (tx: DatabaseTransaction, rows: KeyRows) => Promise<R>,
  follower?: CommittedEvent,
): Promise<R> {
  const { kms, key } = call;
  let followers: CommittedEvent[] = [];
  try {
    const result = await call.commit(responseElements, async (tx) => {
      followers = follower === undefined ? [] : [follower];
      const rows = await kms.catalog.rows(tx, key.arn);
      if (rows === undefined) throw keyNotFound(key.arn);
      const current = keyFromRows(rows.key, rows.materials);
      requireState(asKeyOperation(call.operation.name), key.arn, kms.customKeyStores.keyState(current));
      const outcome = await change(tx, rows);
      for (const event of followers) await putOutboxEvent(tx, kms.audit, event);
      const synchronized = await synchronize(kms, tx, current);
      if (synchronized !== undefined) followers.push(synchronized.event);
      return outcome;
    });
    call.companions.push(...followers);
    return result;
  } finally {
    forgetRelated(kms, key);
  }
}

/** Changes the setting of automatic rotation. @throws ApiError of the key state table */
export async function changeRotation<N extends 'EnableKeyRotation' | 'DisableKeyRotation'>(
  call: Call<N>,
  setting: Pick<KmsKeyRow, 'rotation_period_days' | 'next_rotation_at'>,
): Promise<void> {
  await changeMaterials(
    call,
    () => ({ keyId: call.key.arn }),
    (tx, rows) => replaceKey(tx, call.kms.mac.seal('kms_keys', { ...rows.key, ...setting })),
  );
}
