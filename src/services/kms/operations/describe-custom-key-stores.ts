import type { CustomKeyStoresListEntry } from '../../../aws/generated/kms.ts';
import { isExternalStore } from '../../../storage/custom-key-stores.ts';
import type { CustomKeyStoreRow } from '../../../storage/schema.ts';
import { storeNotFound, validation } from '../errors.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { page } from '../pagination.ts';
import { scopeOf } from '../pipeline.ts';
import { decodeProxy } from '../proxy-configuration.ts';
import type { ProxyConfiguration } from '../proxy-configuration.ts';

/** AWS: API_DescribeCustomKeyStores. Never shows a password or a secret access key. */
export const describeCustomKeyStores = operation('DescribeCustomKeyStores', {
  action: 'kms:DescribeCustomKeyStores',
  readOnly: true,
  resources: 'none',
  context: noConditions,
  audit: ({ CustomKeyStoreId, CustomKeyStoreName }) => ({
    customKeyStoreId: CustomKeyStoreId,
    customKeyStoreName: CustomKeyStoreName,
  }),
  validate: ({ input }) => {
    if (input.CustomKeyStoreId !== undefined && input.CustomKeyStoreName !== undefined) {
      throw validation('You can specify either CustomKeyStoreId or CustomKeyStoreName, but not both.');
    }
  },

  async handle(call) {
    const { input, kms } = call;
    const { CustomKeyStoreId: id, CustomKeyStoreName: name } = input;
    const stores = kms.customKeyStores
      .list(scopeOf(call))
      .filter(
        (row) =>
          (id === undefined || row.custom_key_store_id === id) && (name === undefined || row.name === name),
      )
      .sort((a, b) => (a.custom_key_store_id < b.custom_key_store_id ? -1 : 1));
    if (stores.length === 0 && (id !== undefined || name !== undefined)) throw storeNotFound();
    const { items, ...rest } = await page(
      input,
      { query: `DescribeCustomKeyStores ${id ?? ''} ${name ?? ''}`, defaultLimit: 100, maxLimit: 1000 },
      async (after, limit) => stores.filter((row) => row.custom_key_store_id > after).slice(0, limit),
      (row) => row.custom_key_store_id,
    );
    return { CustomKeyStores: items.map(entry), ...rest };
  },
});

function entry(row: CustomKeyStoreRow): CustomKeyStoresListEntry {
  return {
    CustomKeyStoreId: row.custom_key_store_id,
    CustomKeyStoreName: row.name,
    CloudHsmClusterId: row.cluster_id ?? undefined,
    TrustAnchorCertificate: row.trust_anchor ?? undefined,
    ConnectionState: row.connection_state,
    ConnectionErrorCode: (row.connection_error_code ??
      undefined) as CustomKeyStoresListEntry['ConnectionErrorCode'],
    CreationDate: new Date(row.created_at),
    CustomKeyStoreType: row.type,
    XksProxyConfiguration: isExternalStore(row) ? proxyEntry(decodeProxy(row.proxy)) : undefined,
  };
}

function proxyEntry(configuration: ProxyConfiguration): CustomKeyStoresListEntry['XksProxyConfiguration'] {
  return {
    Connectivity: configuration.connectivity,
    AccessKeyId: configuration.accessKeyId,
    UriEndpoint: configuration.uriEndpoint,
    UriPath: configuration.uriPath,
    VpcEndpointServiceName: configuration.vpcEndpointServiceName ?? undefined,
    VpcEndpointServiceOwner: configuration.vpcEndpointServiceOwner ?? undefined,
  };
}
