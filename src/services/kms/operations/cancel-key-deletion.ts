import { changeKey } from '../key-changes.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';

/** Takes a key back from its deletion; it is then disabled. AWS: API_CancelKeyDeletion. */
export const cancelKeyDeletion = operation('CancelKeyDeletion', {
  action: 'kms:CancelKeyDeletion',
  readOnly: false,
  key: { from: 'KeyId', forms: 'id' },
  context: noConditions,
  audit: ({ KeyId }) => ({ keyId: KeyId }),

  async handle(call) {
    await changeKey(call, () => ({
      state: 'Ready',
      enabled: 0,
      deletion_date: null,
      pending_window_days: null,
    }));
    return { KeyId: call.key.arn };
  },
});
