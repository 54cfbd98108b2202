import { randomBytes } from 'node:crypto';
import { insertStore } from '../../../storage/custom-key-stores.ts';
import type { CustomKeyStoreRow } from '../../../storage/schema.ts';
import type { Call } from '../call.ts';
import {
  haveCommonHistory,
  requireActive,
  requireCluster,
  requirePasswordForm,
  requireTrustAnchor,
  requireTwoHsms,
} from '../custom-key-store-rules.ts';
import { clusterInUse, limitExceeded, storeNameInUse, unsupported, validation } from '../errors.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { scopeOf } from '../pipeline.ts';

interface Parameters {
  name: string;
  clusterId: string;
  trustAnchor: string;
  password: string;
}

/** Ties a custom key store to an HSM cluster; it is not connected by this. AWS: API_CreateCustomKeyStore. */
export const createCustomKeyStore = operation('CreateCustomKeyStore', {
  action: 'kms:CreateCustomKeyStore',
  readOnly: false,
  resources: 'none',
  exclusive: 'custom key stores',
  context: noConditions,
  audit: ({ CustomKeyStoreName, CloudHsmClusterId, CustomKeyStoreType }) => ({
    customKeyStoreName: CustomKeyStoreName,
    clusterId: CloudHsmClusterId,
    customKeyStoreType: CustomKeyStoreType,
  }),

  async handle(call) {
    const { kms, now } = call;
    const scope = scopeOf(call);
    const wanted = requireParameters(call);
    const existing = kms.customKeyStores.list(scope).find((store) => store.name === wanted.name);
    if (existing !== undefined) return answerExisting(call, existing, wanted);
    if (kms.customKeyStores.list(scope).length >= kms.limits.customKeyStores) {
      throw limitExceeded('The request was rejected because a limit was exceeded: custom key stores.');
    }
    const cluster = requireCluster(kms.clusters, wanted.clusterId, scope);
    requireActive(cluster);
    requireTwoHsms(kms.clusters, cluster);
    requireTrustAnchor(cluster, wanted.trustAnchor);
    const user = kms.customKeyStores.list(scope).find((store) => {
      const other = kms.clusters.find(store.cluster_id);
      return other !== undefined && haveCommonHistory(other, cluster);
    });
    if (user !== undefined) throw clusterInUse(user.custom_key_store_id);

    const id = `cks-${randomBytes(9).toString('hex').slice(0, 17)}`;
    const row = kms.mac.seal('custom_key_stores', {
      custom_key_store_id: id,
      account_id: scope.accountId,
      region: scope.region,
      name: wanted.name,
      type: 'AWS_CLOUDHSM',
      cluster_id: wanted.clusterId,
      trust_anchor: wanted.trustAnchor,
      password_sealed: await kms.passwords.seal(id, wanted.password),
      next_password_sealed: null,
      connection_state: 'DISCONNECTED' as const,
      connection_error_code: null,
      created_at: now,
    });
    await call.commit({ customKeyStoreId: id }, (tx) => insertStore(tx, row));
    kms.customKeyStores.remember(row);
    return { CustomKeyStoreId: id };
  },
});

function requireParameters({ input }: Call<'CreateCustomKeyStore'>): Parameters {
  if (input.CustomKeyStoreType === 'EXTERNAL_KEY_STORE') {
    throw unsupported('Claviger does not connect external key stores yet.');
  }
  for (const [name, value] of Object.entries(input)) {
    if (name.startsWith('Xks') && value !== undefined) {
      throw validation(`${name} is not valid for custom key stores of type AWS_CLOUDHSM.`);
    }
  }
  const { CloudHsmClusterId, TrustAnchorCertificate, KeyStorePassword } = input;
  if (
    CloudHsmClusterId === undefined ||
    TrustAnchorCertificate === undefined ||
    KeyStorePassword === undefined
  ) {
    throw validation(
      'CloudHsmClusterId, TrustAnchorCertificate and KeyStorePassword are required for type AWS_CLOUDHSM.',
    );
  }
  requirePasswordForm(KeyStorePassword);
  return {
    name: input.CustomKeyStoreName,
    clusterId: CloudHsmClusterId,
    trustAnchor: TrustAnchorCertificate,
    password: KeyStorePassword,
  };
}

/** AWS: an identical request for a store that is disconnected answers with that store. */
async function answerExisting(
  { kms }: Call<'CreateCustomKeyStore'>,
  existing: CustomKeyStoreRow,
  wanted: Parameters,
): Promise<{ CustomKeyStoreId: string }> {
  const id = existing.custom_key_store_id;
  const same =
    existing.connection_state === 'DISCONNECTED' &&
    existing.cluster_id === wanted.clusterId &&
    existing.trust_anchor === wanted.trustAnchor &&
    (await kms.passwords.unseal(id, existing.password_sealed)) === wanted.password;
  if (!same) throw storeNameInUse(wanted.name);
  return { CustomKeyStoreId: id };
}
