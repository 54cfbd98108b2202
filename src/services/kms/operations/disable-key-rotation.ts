import { changeRotation } from '../material-changes.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { requireAutomaticallyRotatable } from '../rotation.ts';

/** Ends automatic rotation; the materials stay. AWS: API_DisableKeyRotation. */
export const disableKeyRotation = operation('DisableKeyRotation', {
  action: 'kms:DisableKeyRotation',
  readOnly: false,
  key: { from: 'KeyId', forms: 'id' },
  context: noConditions,
  audit: ({ KeyId }) => ({ keyId: KeyId }),
  validate: ({ key }) => requireAutomaticallyRotatable(key),

  async handle(call) {
    await changeRotation(call, { rotation_period_days: null, next_rotation_at: null });
    return undefined;
  },
});
