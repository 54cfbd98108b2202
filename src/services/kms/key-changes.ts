/** Changes to a key's row that several operations share: the row, the audit event and the memory of it move together. */
import type { KmsKeyRow } from '../../storage/schema.ts';
import type { Call } from './call.ts';
import { requireState } from './key-states.ts';
import { asKeyOperation } from './operation.ts';
import type { OperationName } from './operation.ts';

/**
 * Changes the row of the call's key in one transaction with the audit event. The state rule is looked at again there, so
 * that of two calls at once the second meets what the first has made.
 * @throws ApiError of the key state table
 */
export async function changeKey<N extends OperationName>(
  call: Call<N>,
  change: (row: KmsKeyRow) => Partial<Omit<KmsKeyRow, 'key_arn' | 'mac'>>,
  responseElements: Record<string, unknown> | (() => Record<string, unknown>) = { keyId: call.key.arn },
): Promise<void> {
  const { kms, key } = call;
  try {
    await call.commit(responseElements, (tx) =>
      kms.catalog.change(tx, key.arn, (row) => {
        const current = { ...key, state: row.state, enabled: row.enabled === 1 };
        requireState(asKeyOperation(call.operation.name), key.arn, kms.customKeyStores.keyState(current));
        return change(row);
      }),
    );
  } finally {
    kms.catalog.forget(key.arn);
  }
}

export async function setKeyEnabled<N extends 'EnableKey' | 'DisableKey'>(
  call: Call<N>,
  enabled: 0 | 1,
): Promise<void> {
  await changeKey(call, () => ({ enabled }));
  if (enabled === 0) call.kms.customKeyStores.forgetKey(call.key);
}
