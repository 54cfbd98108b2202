/** May the caller do this with a key? Asked of the key's policy, grants and IAM, as KMS asks it. */
import { hiddenDenial } from '../../access/denial.ts';
import { ApiError } from '../../aws/errors.ts';
import {
  asksForLabels,
  callerConditions,
  encryptionAlgorithm,
  keyConditions,
} from '../kms/condition-context.ts';
import { resolveKey } from '../kms/key-identifiers.ts';
import type { KmsKey } from '../kms/key.ts';
import type { ClavigerCall } from './operation.ts';

/** Actions of KMS that Claviger's own API asks keys for. */
export type KeyAction =
  | 'kms:Decrypt'
  | 'kms:DescribeKey'
  | 'kms:Encrypt'
  | 'kms:GenerateDataKeyWithoutPlaintext'
  | 'kms:GetKeyPolicy';

/** Those that use the key: policies may ask with which algorithm, as of KMS's own operations. */
const USES: ReadonlySet<KeyAction> = new Set([
  'kms:Decrypt',
  'kms:Encrypt',
  'kms:GenerateDataKeyWithoutPlaintext',
]);

/**
 * A key by its id or ARN, once the caller may do this with it. One of another account is denied, whether or not it is there.
 * @throws ApiError NotFoundException, InvalidArnException, AccessDeniedException
 */
export async function allowedKey(call: ClavigerCall, identifier: string, action: KeyAction): Promise<KmsKey> {
  const { ports, caller, region } = call;
  const scope = { accountId: caller.accountId, region };
  let key: KmsKey;
  try {
    key = await resolveKey(ports.kms.catalog, identifier, scope, 'id');
  } catch (error) {
    const foreign =
      identifier.startsWith('arn:') && !identifier.startsWith(`arn:aws:kms:${region}:${caller.accountId}:`);
    if (!foreign || !(error instanceof ApiError) || error.code !== 'NotFoundException') throw error;
    throw hiddenDenial({ callerArn: caller.arn, action, resource: identifier });
  }
  await authorizeKey(call, key, action);
  return key;
}

/** @throws ApiError AccessDeniedException, as the KMS operation of this action */
export async function authorizeKey(
  { ports, request, caller }: ClavigerCall,
  key: KmsKey,
  action: KeyAction,
): Promise<void> {
  const { access, kms } = ports;
  const asked = asksForLabels(access, request, key.policy);
  const labels = asked ? await kms.catalog.labels(key.arn) : undefined;
  access.authorize({
    request,
    action,
    resource: key.arn,
    resourceAccountId: key.accountId,
    keyPolicy: key.policy,
    grant: { encryptionContext: undefined, child: undefined },
    context: () => ({
      ...callerConditions(caller.accountId),
      ...keyConditions(key, labels),
      ...(USES.has(action) && encryptionAlgorithm()),
    }),
  });
}
