import { cloudTrailDate } from '../../../audit/event.ts';
import { validation } from '../errors.ts';
import { changeKey } from '../key-changes.ts';
import { hasReplicas } from '../multi-region.ts';
import { written } from '../condition-context.ts';
import { operation } from '../operation.ts';

const DAY_MS = 86_400_000;
const MIN_DAYS = 7;
const MAX_DAYS = 30;

/** A multi-Region primary key waits for its replicas; its own waiting period begins when the last one is gone. */
type Outcome = 'PendingDeletion' | 'PendingReplicaDeletion';

/** Puts a key to its end after a waiting period of 7 to 30 days. AWS: API_ScheduleKeyDeletion. */
export const scheduleKeyDeletion = operation('ScheduleKeyDeletion', {
  action: 'kms:ScheduleKeyDeletion',
  readOnly: false,
  key: { from: 'KeyId', forms: 'id' },
  context: ({ PendingWindowInDays }) => ({
    'kms:ScheduleKeyDeletionPendingWindowInDays': written(PendingWindowInDays ?? MAX_DAYS),
  }),
  audit: ({ KeyId, PendingWindowInDays }) => ({ keyId: KeyId, pendingWindowInDays: PendingWindowInDays }),
  validate: ({ input }) => {
    const days = input.PendingWindowInDays;
    if (days !== undefined && (days < MIN_DAYS || days > MAX_DAYS)) {
      throw validation(`PendingWindowInDays must be between ${MIN_DAYS} and ${MAX_DAYS} (inclusive).`);
    }
  },

  async handle(call) {
    const { key, kms, input, now } = call;
    const days = input.PendingWindowInDays ?? MAX_DAYS;
    const deletionDate = new Date(now + days * DAY_MS);
    const clusterId = kms.customKeyStores.clusterIdOf(key);
    if (clusterId !== undefined) {
      const backingKeys = key.materials.map((m) => ({ keyHandle: m.handle, backingKeyId: m.id }));
      call.note({
        customKeyStoreId: key.customKeyStoreId,
        clusterId,
        backingKeys: JSON.stringify(backingKeys),
      });
    }
    let waits = false;
    const outcome = (): Outcome => (waits ? 'PendingReplicaDeletion' : 'PendingDeletion');
    await changeKey(
      call,
      (row) => {
        waits = hasReplicas(row);
        return waits
          ? { state: outcome(), pending_window_days: days }
          : { state: outcome(), deletion_date: deletionDate.getTime() };
      },
      () => ({
        keyId: key.arn,
        keyState: outcome(),
        deletionDate: waits ? undefined : cloudTrailDate(deletionDate),
        pendingWindowInDays: days,
      }),
    );
    kms.customKeyStores.forgetKey(key);
    return {
      KeyId: key.arn,
      DeletionDate: waits ? undefined : deletionDate,
      KeyState: outcome(),
      PendingWindowInDays: days,
    };
  },
});
