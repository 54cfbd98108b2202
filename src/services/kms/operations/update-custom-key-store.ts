import { isClusterStore, isExternalStore } from '../../../storage/custom-key-stores.ts';
import type { ClusterStoreRow, CustomKeyStoreRow, ExternalStoreRow } from '../../../storage/schema.ts';
import type { Call } from '../call.ts';
import { changeStore, requireConnectionState, storeOf } from '../custom-key-store-changes.ts';
import {
  haveCommonHistory,
  requireActive,
  requireCluster,
  requirePasswordForm,
  requireTwoHsms,
} from '../custom-key-store-rules.ts';
import { clusterNotRelated, storeNameInUse } from '../errors.ts';
import {
  changedProxy,
  proxyParameters,
  refuseClusterMembers,
  refuseXksMembers,
  requireHealthyProxy,
  requireUsableProxy,
} from '../external-store-rules.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { scopeOf } from '../pipeline.ts';
import { decodeProxy, encodeProxy } from '../proxy-configuration.ts';

type Changes = Partial<Omit<CustomKeyStoreRow, 'mac'>>;

/** What may be changed only while the store is disconnected. AWS: API_UpdateCustomKeyStore. */
const WHILE_DISCONNECTED = [
  'KeyStorePassword',
  'CloudHsmClusterId',
  'XksProxyConnectivity',
  'XksProxyUriEndpoint',
  'XksProxyVpcEndpointServiceName',
  'XksProxyVpcEndpointServiceOwner',
] as const;

/**
 * Changes the name, and how an external key store finds its way into its proxy, at any time; the password that KMS holds, the cluster
 * and where the proxy is only while disconnected. A password is not tried before the next connect; a proxy is asked for its health
 * with the new values first. AWS: API_UpdateCustomKeyStore.
 */
export const updateCustomKeyStore = operation('UpdateCustomKeyStore', {
  action: 'kms:UpdateCustomKeyStore',
  readOnly: false,
  resources: 'none',
  exclusive: 'custom key stores',
  context: noConditions,
  audit: (input) => ({
    customKeyStoreId: input.CustomKeyStoreId,
    newCustomKeyStoreName: input.NewCustomKeyStoreName,
    clusterId: input.CloudHsmClusterId,
    ...proxyParameters(input),
  }),

  async handle(call) {
    const { input, kms } = call;
    const row = storeOf(call, input.CustomKeyStoreId);
    const isAtAnyTime = WHILE_DISCONNECTED.every((member) => input[member] === undefined);
    requireConnectionState(row, isAtAnyTime ? ['CONNECTED', 'DISCONNECTED'] : ['DISCONNECTED']);
    const changes = { ...newName(call, row), ...(await newConnection(call, row)) };
    await changeStore(call, row, changes);
    if (row.connection_state === 'CONNECTED') await kms.customKeyStores.follow(row.custom_key_store_id);
    return {};
  },
});

function newName(call: Call<'UpdateCustomKeyStore'>, row: CustomKeyStoreRow): Changes {
  const { NewCustomKeyStoreName: name } = call.input;
  if (name === undefined) return {};
  const taken = call.kms.customKeyStores
    .list(scopeOf(call))
    .some((other) => other.name === name && other !== row);
  if (taken) throw storeNameInUse(name);
  return { name };
}

async function newConnection(call: Call<'UpdateCustomKeyStore'>, row: CustomKeyStoreRow): Promise<Changes> {
  if (isClusterStore(row)) return newCluster(call, row);
  return isExternalStore(row) ? newProxy(call, row) : {};
}

async function newCluster(call: Call<'UpdateCustomKeyStore'>, row: ClusterStoreRow): Promise<Changes> {
  const { input, kms } = call;
  refuseXksMembers(input);
  const changes: Changes = {};
  if (input.CloudHsmClusterId !== undefined) {
    const cluster = requireCluster(kms.clusters, input.CloudHsmClusterId, scopeOf(call));
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

async function newProxy(call: Call<'UpdateCustomKeyStore'>, row: ExternalStoreRow): Promise<Changes> {
  const { input, kms, now } = call;
  refuseClusterMembers(input);
  const { custom_key_store_id: id, password_sealed: sealed } = row;
  const { secrets } = kms.customKeyStores.external;
  const before = decodeProxy(row.proxy);
  const configuration = changedProxy(before, input, now);
  const given = input.XksProxyAuthenticationCredential?.RawSecretAccessKey;
  if (given === undefined && encodeProxy(configuration) === row.proxy) return {};
  requireUsableProxy(call, configuration, id);
  const secretAccessKey = given ?? (await secrets.unseal(id, sealed));
  await requireHealthyProxy(call, { configuration, secretAccessKey });
  return {
    proxy: encodeProxy(configuration),
    ...(given !== undefined && { password_sealed: await secrets.seal(id, given) }),
  };
}
