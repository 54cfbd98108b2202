/** Keys in external key stores: which external keys they may have. AWS: "Create a KMS key in external key stores". */
import type { ExternalKeyMetadata } from '../../keystores/external/proxy-messages.ts';
import { ProxyFailed } from '../../keystores/external/proxy-failures.ts';
import type { ExternalUse } from '../../keystores/key-store.ts';
import { findKeyOfExternalKey } from '../../storage/keys.ts';
import type { KmsKeyRow } from '../../storage/schema.ts';
import type { Call } from './call.ts';
import { externalKeyInUse, externalKeyUnfit } from './errors.ts';
import type { KmsKey } from './key.ts';
import type { OperationName } from './operation.ts';
import { externalKeyError } from './proxy-errors.ts';

/** What a key's external key store tells its proxy of a use; undefined for keys of other stores. */
export function externalUse<N extends OperationName>(call: Call<N>, key: KmsKey): ExternalUse | undefined {
  const { externalKeyId } = key;
  if (externalKeyId === null) return undefined;
  return { externalKeyId, principalArn: call.caller.arn, operation: call.operation.name };
}

/**
 * The external key is there, fit for use, and no other KMS key of the store has it. The store may have no key with it yet when this
 * is asked; of two that come at once, the second finds the first when its row is refused.
 * @throws ApiError XksKeyAlreadyInUseException, XksKeyNotFoundException, XksKeyInvalidConfigurationException,
 *   CustomKeyStoreInvalidStateException
 */
export async function requireExternalKey(
  call: Call<'CreateKey'>,
  {
    custom_key_store_id: storeId,
    xks_key_id: externalKeyId,
  }: Pick<KmsKeyRow, 'custom_key_store_id' | 'xks_key_id'>,
): Promise<void> {
  if (storeId === null || externalKeyId === null) throw new Error('the key is not in an external key store');
  if ((await findKeyOfExternalKey(call.kms.db, storeId, externalKeyId)) !== undefined)
    throw externalKeyInUse(externalKeyId);
  requireFit(await describe(call, storeId, externalKeyId));
}

async function describe(
  call: Call<'CreateKey'>,
  customKeyStoreId: string,
  externalKeyId: string,
): Promise<ExternalKeyMetadata> {
  const on = {
    principalArn: call.caller.arn,
    operation: call.operation.name,
    requestId: call.requestIdBytes,
  };
  try {
    return await call.kms.customKeyStores.external.describeKey(customKeyStoreId, externalKeyId, on);
  } catch (error) {
    throw error instanceof ProxyFailed ? externalKeyError(error) : error;
  }
}

/** AWS's words: recorded in "Troubleshoot external key stores", "CreateKey errors for the external key". */
function requireFit({ keySpec, keyStatus, keyUsage }: ExternalKeyMetadata): void {
  if (keySpec !== 'AES_256')
    throw externalKeyUnfit(
      `The key spec of the external key must be AES_256. The key spec of specified external key is ${keySpec}.`,
    );
  if (keyStatus !== 'ENABLED')
    throw externalKeyUnfit(
      `The status of the external key must be ENABLED. The status of specified external key is ${keyStatus}.`,
    );
  if (!keyUsage.includes('ENCRYPT') || !keyUsage.includes('DECRYPT'))
    throw externalKeyUnfit(
      `The key usage of the external key must include ENCRYPT and DECRYPT. The key use of specified external key is ${keyUsage.join(', ')}.`,
    );
}
