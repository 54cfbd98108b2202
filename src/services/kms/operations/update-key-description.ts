import { changeKey } from '../key-changes.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';

/** AWS: API_UpdateKeyDescription. */
export const updateKeyDescription = operation('UpdateKeyDescription', {
  action: 'kms:UpdateKeyDescription',
  readOnly: false,
  key: { from: 'KeyId', forms: 'id' },
  context: noConditions,
  audit: ({ KeyId, Description }) => ({ keyId: KeyId, description: Description }),

  async handle(call) {
    await changeKey(call, () => ({ description: call.input.Description }));
    return undefined;
  },
});
