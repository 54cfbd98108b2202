/** May the caller do this with a key? Asked of the key's policy, grants and IAM, as KMS asks it. */
import { asksForLabels, callerConditions, keyConditions } from '../kms/condition-context.ts';
import type { KmsKey } from '../kms/key.ts';
import type { ClavigerCall } from './operation.ts';

/** Actions of KMS that Claviger's own API asks keys for. */
export type KeyAction =
  | 'kms:Decrypt'
  | 'kms:DescribeKey'
  | 'kms:Encrypt'
  | 'kms:GenerateDataKeyWithoutPlaintext'
  | 'kms:GetKeyPolicy';

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
    context: () => ({ ...callerConditions(caller.accountId), ...keyConditions(key, labels) }),
  });
}
