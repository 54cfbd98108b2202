import { changeStore, requireConnectionState, storeOf } from '../custom-key-store-changes.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';

/** Logs KMS out of the cluster; the keys in it become unavailable. AWS: API_DisconnectCustomKeyStore. */
export const disconnectCustomKeyStore = operation('DisconnectCustomKeyStore', {
  action: 'kms:DisconnectCustomKeyStore',
  readOnly: false,
  resources: 'none',
  exclusive: 'custom key stores',
  context: noConditions,
  audit: ({ CustomKeyStoreId }) => ({ customKeyStoreId: CustomKeyStoreId }),

  async handle(call) {
    const row = storeOf(call, call.input.CustomKeyStoreId);
    requireConnectionState(row, ['CONNECTED', 'CONNECTING', 'FAILED']);
    await changeStore(call, row, { connection_state: 'DISCONNECTING', connection_error_code: null });
    call.kms.customKeyStores.beginDisconnecting(row);
    return {};
  },
});
