/** The two types of custom key stores; a store has its own for life. */
import type { CustomKeyStoreType, CustomKeyStoresListEntry } from '@aws-sdk/client-kms';

export const STORE_TYPES: Readonly<Record<CustomKeyStoreType, string>> = {
  AWS_CLOUDHSM: 'HSM cluster',
  EXTERNAL_KEY_STORE: 'External key store',
};

/** Its keys are in a key manager behind a proxy, and it has no cluster. */
export function isExternal({
  CustomKeyStoreType,
}: Pick<CustomKeyStoresListEntry, 'CustomKeyStoreType'>): boolean {
  return CustomKeyStoreType === 'EXTERNAL_KEY_STORE';
}
