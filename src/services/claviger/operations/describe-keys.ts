import { setImmediate as otherWork } from 'node:timers/promises';
import { lowerCamel } from '../../../audit/event.ts';
import type { KeyError, KeySummary } from '../../../aws/generated/claviger.ts';
import { ApiError } from '../../../aws/errors.ts';
import { keyMetadata } from '../../kms/key-metadata.ts';
import { allowedKey } from '../key-access.ts';
import { operation } from '../operation.ts';
import type { ClavigerCall } from '../operation.ts';

/** So many keys are looked at before other requests have their turn. */
const AT_A_TIME = 20;

/**
 * Many keys of the caller's account in one call, by their ids or ARNs. Needs no permission of its own: each key is decided as
 * DescribeKey decides it, and one that may not be described, or is not there, is an error of its own in the answer. Counts as
 * that many DescribeKey against the request quotas.
 */
export const describeKeys = operation('DescribeKeys', {
  action: 'kms:DescribeKey',
  readOnly: true,
  resources: () => [],
  audit: lowerCamel,

  async handle(call) {
    const { input, ports, caller, region } = call;
    const ids = [...new Set(input.KeyIds)];
    ports.kms.quotas.countOperation(caller.accountId, region, 'DescribeKey', ids.length);
    const Keys: KeySummary[] = [];
    const Errors: KeyError[] = [];
    for (const [number, id] of ids.entries()) {
      if (number % AT_A_TIME === AT_A_TIME - 1) await otherWork();
      try {
        Keys.push(await summary(call, id));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        Errors.push({ KeyId: id, Code: error.code, Message: error.message });
      }
    }
    return { Keys, Errors };
  },
});

/** @throws ApiError as DescribeKey */
async function summary(call: ClavigerCall, id: string): Promise<KeySummary> {
  const { kms } = call.ports;
  const key = await allowedKey(call, id, 'kms:DescribeKey');
  const metadata = keyMetadata(kms, key);
  return {
    KeyId: key.keyId,
    Arn: key.arn,
    KeyState: metadata.KeyState ?? '',
    KeySpec: key.spec,
    KeyUsage: key.usage,
    Origin: key.origin,
    KeyManager: key.manager,
    CustomKeyStoreId: metadata.CustomKeyStoreId,
    XksKeyConfiguration: metadata.XksKeyConfiguration,
    CreationDate: new Date(key.createdAt),
    DeletionDate: metadata.DeletionDate,
    ValidTo: metadata.ValidTo,
  };
}
