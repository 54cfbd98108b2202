import { removeStore } from '../../../storage/custom-key-stores.ts';
import { countKeysInStore } from '../../../storage/keys.ts';
import { requireConnectionState, storeOf } from '../custom-key-store-changes.ts';
import { storeHasKeys } from '../errors.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';

/** Forgets the store; the cluster, its users and keys stay as they are. AWS: API_DeleteCustomKeyStore. */
export const deleteCustomKeyStore = operation('DeleteCustomKeyStore', {
  action: 'kms:DeleteCustomKeyStore',
  readOnly: false,
  resources: 'none',
  exclusive: 'custom key stores',
  context: noConditions,
  audit: ({ CustomKeyStoreId }) => ({ customKeyStoreId: CustomKeyStoreId }),

  async handle(call) {
    const { kms, input } = call;
    const row = storeOf(call, input.CustomKeyStoreId);
    requireConnectionState(row, ['DISCONNECTED']);
    await call.commit(null, async (tx) => {
      const keys = await countKeysInStore(tx, row.custom_key_store_id);
      if (keys > 0) throw storeHasKeys(keys);
      await removeStore(tx, row);
    });
    kms.customKeyStores.forget(row.custom_key_store_id);
    return {};
  },
});
