import { randomBytes } from 'node:crypto';
import { insertStore } from '../../../storage/custom-key-stores.ts';
import { limitExceeded, storeNameInUse } from '../errors.ts';
import { proxyParameters } from '../external-store-rules.ts';
import { noConditions } from '../condition-context.ts';
import { newStore } from '../new-custom-key-store.ts';
import { operation } from '../operation.ts';
import { scopeOf } from '../pipeline.ts';

/** Ties a custom key store to an HSM cluster, or to the proxy of an external key manager; it is not connected by this. AWS: API_CreateCustomKeyStore. */
export const createCustomKeyStore = operation('CreateCustomKeyStore', {
  action: 'kms:CreateCustomKeyStore',
  readOnly: false,
  resources: 'none',
  exclusive: 'custom key stores',
  context: noConditions,
  audit: (input) => ({
    customKeyStoreName: input.CustomKeyStoreName,
    clusterId: input.CloudHsmClusterId,
    customKeyStoreType: input.CustomKeyStoreType,
    ...proxyParameters(input),
  }),

  async handle(call) {
    const { kms, now, input } = call;
    const scope = scopeOf(call);
    const wanted = newStore(call);
    const existing = kms.customKeyStores.list(scope).find((store) => store.name === input.CustomKeyStoreName);
    if (existing !== undefined) {
      if (existing.connection_state !== 'DISCONNECTED' || !(await wanted.isLike(existing)))
        throw storeNameInUse(existing.name);
      return { CustomKeyStoreId: existing.custom_key_store_id };
    }
    if (kms.customKeyStores.list(scope).length >= kms.limits.customKeyStores) {
      throw limitExceeded('The request was rejected because a limit was exceeded: custom key stores.');
    }
    await wanted.require();

    const id = `cks-${randomBytes(9).toString('hex').slice(0, 17)}`;
    const row = kms.mac.seal('custom_key_stores', {
      custom_key_store_id: id,
      account_id: scope.accountId,
      region: scope.region,
      name: input.CustomKeyStoreName,
      ...(await wanted.columns(id)),
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
