import type { CustomKeyStoreRow } from '../../../storage/schema.ts';
import type { Call } from '../call.ts';
import { changeStore, requireConnectionState, storeOf } from '../custom-key-store-changes.ts';
import {
  haveCommonHistory,
  requireActive,
  requireCluster,
  requirePasswordForm,
  requireTwoHsms,
} from '../custom-key-store-rules.ts';
import { clusterNotRelated, storeNameInUse, validation } from '../errors.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { scopeOf } from '../pipeline.ts';

type Changes = Partial<Omit<CustomKeyStoreRow, 'mac'>>;

/**
 * Changes the name at any time, the password that KMS holds and the cluster only while disconnected. The password is not
 * tried before the next connect. AWS: API_UpdateCustomKeyStore.
 */
export const updateCustomKeyStore = operation('UpdateCustomKeyStore', {
  action: 'kms:UpdateCustomKeyStore',
  readOnly: false,
  resources: 'none',
  exclusive: 'custom key stores',
  context: noConditions,
  audit: ({ CustomKeyStoreId, NewCustomKeyStoreName, CloudHsmClusterId }) => ({
    customKeyStoreId: CustomKeyStoreId,
    newCustomKeyStoreName: NewCustomKeyStoreName,
    clusterId: CloudHsmClusterId,
  }),
  validate: ({ input }) => {
    for (const [name, value] of Object.entries(input)) {
      if (name.startsWith('Xks') && value !== undefined) {
        throw validation(`${name} is not valid for custom key stores of type AWS_CLOUDHSM.`);
      }
    }
  },

  async handle(call) {
    const row = storeOf(call, call.input.CustomKeyStoreId);
    const { KeyStorePassword, CloudHsmClusterId } = call.input;
    const onlyName = KeyStorePassword === undefined && CloudHsmClusterId === undefined;
    requireConnectionState(row, onlyName ? ['CONNECTED', 'DISCONNECTED'] : ['DISCONNECTED']);
    await changeStore(call, row, await changesOf(call, row));
    return {};
  },
});

async function changesOf(call: Call<'UpdateCustomKeyStore'>, row: CustomKeyStoreRow): Promise<Changes> {
  const { input, kms } = call;
  const scope = scopeOf(call);
  const changes: Changes = {};
  if (input.NewCustomKeyStoreName !== undefined) {
    const taken = kms.customKeyStores
      .list(scope)
      .some((other) => other.name === input.NewCustomKeyStoreName && other !== row);
    if (taken) throw storeNameInUse(input.NewCustomKeyStoreName);
    changes.name = input.NewCustomKeyStoreName;
  }
  if (input.CloudHsmClusterId !== undefined) {
    const cluster = requireCluster(kms.clusters, input.CloudHsmClusterId, scope);
    requireActive(cluster);
    requireTwoHsms(kms.clusters, cluster);
    const original = kms.clusters.find(row.cluster_id);
    if (original === undefined || !haveCommonHistory(original, cluster)) throw clusterNotRelated();
    changes.cluster_id = input.CloudHsmClusterId;
  }
  if (input.KeyStorePassword !== undefined) {
    requirePasswordForm(input.KeyStorePassword);
    changes.password_sealed = await kms.passwords.seal(row.custom_key_store_id, input.KeyStorePassword);
    changes.next_password_sealed = null;
  }
  return changes;
}
