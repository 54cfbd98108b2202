/** Changes to a custom key store's row, together with the audit event that tells of them. */
import { replaceStore } from '../../storage/custom-key-stores.ts';
import type { CustomKeyStoreRow } from '../../storage/schema.ts';
import type { Call } from './call.ts';
import { storeInvalidState } from './errors.ts';
import type { OperationName } from './operation.ts';
import { scopeOf } from './pipeline.ts';

/** The store that a call names, with what CloudTrail shows of it. @throws ApiError CustomKeyStoreNotFoundException */
export function storeOf<N extends OperationName>(call: Call<N>, customKeyStoreId: string): CustomKeyStoreRow {
  const row = call.kms.customKeyStores.require(customKeyStoreId, scopeOf(call));
  call.note({ customKeyStoreName: row.name, ...(row.cluster_id !== null && { clusterId: row.cluster_id }) });
  return row;
}

/** @throws ApiError CustomKeyStoreInvalidStateException */
export function requireConnectionState(
  row: CustomKeyStoreRow,
  allowed: readonly CustomKeyStoreRow['connection_state'][],
): void {
  if (allowed.includes(row.connection_state)) return;
  throw storeInvalidState(
    `The custom key store ${row.custom_key_store_id} is in state ${row.connection_state}, which is not valid for this operation.`,
  );
}

/** Replaces members of the row. @throws StaleRow when another process changed it meanwhile */
export async function changeStore<N extends OperationName>(
  call: Call<N>,
  row: CustomKeyStoreRow,
  changes: Partial<Omit<CustomKeyStoreRow, 'mac'>>,
): Promise<void> {
  const changed = call.kms.mac.seal('custom_key_stores', { ...row, ...changes });
  await call.commit(null, (tx) => replaceStore(tx, changed, row.mac));
  call.kms.customKeyStores.remember(changed);
}
