import { setKeyEnabled } from '../key-changes.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';

/** Lets a disabled key be used again. AWS: API_EnableKey. */
export const enableKey = operation('EnableKey', {
  action: 'kms:EnableKey',
  readOnly: false,
  key: { from: 'KeyId', forms: 'id' },
  context: noConditions,
  audit: ({ KeyId }) => ({ keyId: KeyId }),

  async handle(call) {
    await setKeyEnabled(call, 1);
    return undefined;
  },
});
