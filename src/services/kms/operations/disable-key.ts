import { setKeyEnabled } from '../key-changes.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';

/** Takes a key out of use until it is enabled again. AWS: API_DisableKey. */
export const disableKey = operation('DisableKey', {
  action: 'kms:DisableKey',
  readOnly: false,
  key: { from: 'KeyId', forms: 'id' },
  context: noConditions,
  audit: ({ KeyId }) => ({ keyId: KeyId }),

  async handle(call) {
    await setKeyEnabled(call, 0);
    return undefined;
  },
});
