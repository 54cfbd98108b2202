import { changeRotation } from '../material-changes.ts';
import { written } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { DEFAULT_PERIOD_DAYS, nextRotation, requireAutomaticallyRotatable } from '../rotation.ts';

/** Has the key's material replaced every 90 to 2,560 days, counted from now. AWS: API_EnableKeyRotation. */
export const enableKeyRotation = operation('EnableKeyRotation', {
  action: 'kms:EnableKeyRotation',
  readOnly: false,
  key: { from: 'KeyId', forms: 'id' },
  context: ({ RotationPeriodInDays }) => ({
    'kms:RotationPeriodInDays': written(RotationPeriodInDays ?? DEFAULT_PERIOD_DAYS),
  }),
  audit: ({ KeyId, RotationPeriodInDays }) => ({ keyId: KeyId, rotationPeriodInDays: RotationPeriodInDays }),
  validate: ({ key }) => requireAutomaticallyRotatable(key),

  async handle(call) {
    const days = call.input.RotationPeriodInDays ?? DEFAULT_PERIOD_DAYS;
    await changeRotation(call, {
      rotation_period_days: days,
      next_rotation_at: nextRotation(call.now, days),
    });
    return undefined;
  },
});
