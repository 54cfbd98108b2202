/** What CreateCustomKeyStore makes of a request, by type of key store. */
import type { CustomKeyStoreRow } from '../../storage/schema.ts';
import { isExternalStore } from '../../storage/custom-key-stores.ts';
import type { Call } from './call.ts';
import {
  haveCommonHistory,
  requireActive,
  requireCluster,
  requirePasswordForm,
  requireTrustAnchor,
  requireTwoHsms,
} from './custom-key-store-rules.ts';
import { clusterInUse, validation } from './errors.ts';
import {
  proxyOf,
  refuseClusterMembers,
  refuseXksMembers,
  requireHealthyProxy,
  requireUsableProxy,
} from './external-store-rules.ts';
import { scopeOf } from './pipeline.ts';
import { decodeProxy, encodeProxy } from './proxy-configuration.ts';

type Columns = Pick<CustomKeyStoreRow, 'type' | 'cluster_id' | 'trust_anchor' | 'proxy' | 'password_sealed'>;

export interface NewStore {
  /** Whether a store is what was asked for. AWS: an identical request for a store that is disconnected answers with that store. */
  isLike(existing: CustomKeyStoreRow): Promise<boolean>;
  /** @throws ApiError when the cluster or the proxy is not fit for it */
  require(): Promise<void>;
  columns(customKeyStoreId: string): Promise<Columns>;
}

/** @throws ApiError ValidationException */
export function newStore(call: Call<'CreateCustomKeyStore'>): NewStore {
  return call.input.CustomKeyStoreType === 'EXTERNAL_KEY_STORE' ? externalStore(call) : clusterStore(call);
}

function clusterStore(call: Call<'CreateCustomKeyStore'>): NewStore {
  const { input, kms } = call;
  refuseXksMembers(input);
  const {
    CloudHsmClusterId: clusterId,
    TrustAnchorCertificate: trustAnchor,
    KeyStorePassword: password,
  } = input;
  if (clusterId === undefined || trustAnchor === undefined || password === undefined) {
    throw validation(
      'CloudHsmClusterId, TrustAnchorCertificate and KeyStorePassword are required for type AWS_CLOUDHSM.',
    );
  }
  requirePasswordForm(password);
  return {
    isLike: async (existing) =>
      existing.cluster_id === clusterId &&
      existing.trust_anchor === trustAnchor &&
      (await kms.passwords.unseal(existing.custom_key_store_id, existing.password_sealed)) === password,
    require: async () => {
      const scope = scopeOf(call);
      const cluster = requireCluster(kms.clusters, clusterId, scope);
      requireActive(cluster);
      requireTwoHsms(kms.clusters, cluster);
      requireTrustAnchor(cluster, trustAnchor);
      const user = kms.customKeyStores.list(scope).find((store) => {
        const other = store.cluster_id === null ? undefined : kms.clusters.find(store.cluster_id);
        return other !== undefined && haveCommonHistory(other, cluster);
      });
      if (user !== undefined) throw clusterInUse(user.custom_key_store_id);
    },
    columns: async (id) => ({
      type: 'AWS_CLOUDHSM',
      cluster_id: clusterId,
      trust_anchor: trustAnchor,
      proxy: null,
      password_sealed: await kms.passwords.seal(id, password),
    }),
  };
}

function externalStore(call: Call<'CreateCustomKeyStore'>): NewStore {
  const { input, kms, now } = call;
  refuseClusterMembers(input);
  const { configuration, secret } = proxyOf(input, now);
  const { secrets } = kms.customKeyStores.external;
  return {
    isLike: async (existing) => {
      if (!isExternalStore(existing)) return false;
      const { credentialSince } = decodeProxy(existing.proxy);
      return (
        encodeProxy({ ...configuration, credentialSince }) === existing.proxy &&
        (await secrets.unseal(existing.custom_key_store_id, existing.password_sealed)) === secret
      );
    },
    require: async () => {
      requireUsableProxy(call, configuration, undefined);
      // one behind a VPC endpoint service is tried when it is connected
      if (configuration.connectivity === 'PUBLIC_ENDPOINT')
        await requireHealthyProxy(call, { configuration, secretAccessKey: secret });
    },
    columns: async (id) => ({
      type: 'EXTERNAL_KEY_STORE',
      cluster_id: null,
      trust_anchor: null,
      proxy: encodeProxy(configuration),
      password_sealed: await secrets.seal(id, secret),
    }),
  };
}
