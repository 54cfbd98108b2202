import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { requireRotatable } from '../rotation.ts';

/**
 * Whether, how often and when next the key rotates by itself; false while its deletion is pending, and as before when that
 * is cancelled. A rotation on demand is complete when its call returns, so none is ever shown as running.
 * AWS: API_GetKeyRotationStatus.
 */
export const getKeyRotationStatus = operation('GetKeyRotationStatus', {
  action: 'kms:GetKeyRotationStatus',
  readOnly: true,
  key: { from: 'KeyId', forms: 'id', acrossAccounts: true },
  context: noConditions,
  audit: ({ KeyId }) => ({ keyId: KeyId }),
  validate: ({ key }) => requireRotatable(key),

  async handle({ key }) {
    const { rotation_period_days: days, next_rotation_at: next } = key.row;
    const ending = key.state === 'PendingDeletion' || key.state === 'PendingReplicaDeletion';
    if (days === null || next === null || ending) return { KeyId: key.arn, KeyRotationEnabled: false };
    return {
      KeyId: key.arn,
      KeyRotationEnabled: true,
      RotationPeriodInDays: days,
      NextRotationDate: new Date(next),
    };
  },
});
