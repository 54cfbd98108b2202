import { isClusterStore } from '../../../storage/custom-key-stores.ts';
import type { ClusterStoreRow } from '../../../storage/schema.ts';
import { changeStore, requireConnectionState, storeOf } from '../custom-key-store-changes.ts';
import { requireActive } from '../custom-key-store-rules.ts';
import { clusterInvalidConfiguration } from '../errors.ts';
import { noConditions } from '../condition-context.ts';
import type { Kms } from '../kms.ts';
import { operation } from '../operation.ts';

/**
 * Begins to connect: the answer comes at once, the state goes from CONNECTING to CONNECTED or FAILED.
 * AWS: API_ConnectCustomKeyStore.
 */
export const connectCustomKeyStore = operation('ConnectCustomKeyStore', {
  action: 'kms:ConnectCustomKeyStore',
  readOnly: false,
  resources: 'none',
  exclusive: 'custom key stores',
  context: noConditions,
  audit: ({ CustomKeyStoreId }) => ({ customKeyStoreId: CustomKeyStoreId }),

  async handle(call) {
    const { kms, input } = call;
    const row = storeOf(call, input.CustomKeyStoreId);
    requireConnectionState(row, ['DISCONNECTED', 'CONNECTED', 'CONNECTING']);
    if (row.connection_state !== 'DISCONNECTED') return {};
    if (isClusterStore(row)) requireHsms(kms, row);
    await changeStore(call, row, { connection_state: 'CONNECTING', connection_error_code: null });
    kms.customKeyStores.beginConnecting(row);
    return {};
  },
});

/** @throws ApiError CloudHsmClusterNotActiveException, CloudHsmClusterInvalidConfigurationException */
function requireHsms({ clusters }: Kms, { cluster_id: id }: ClusterStoreRow): void {
  const cluster = clusters.find(id);
  if (cluster === undefined || cluster.state === 'DELETED') return; // the connection fails, and says so
  requireActive(cluster);
  if (!clusters.hsmsOf(id).some((hsm) => hsm.state === 'ACTIVE'))
    throw clusterInvalidConfiguration('The CloudHSM cluster has no active HSM.');
}
