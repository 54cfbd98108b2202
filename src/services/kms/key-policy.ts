/**
 * Key policies: the default one, what is refused when one is put, and that nobody locks himself out. What a policy means is
 * the business of access/. AWS: "Default key policy", "Creating a key policy", API_PutKeyPolicy.
 */
import type { AccessControl } from '../../access/access-control.ts';
import { asksFor } from '../../access/matching.ts';
import { PolicyError } from '../../access/policy/policy-error.ts';
import { shownPolicy, storedPolicy } from '../../access/policy/principals-at-rest.ts';
import type { Call } from './call.ts';
import { OF_LABELS, callerConditions } from './condition-context.ts';
import { labelsInKeyPolicy, limitExceeded, malformedPolicy } from './errors.ts';
import type { OperationName } from './operation.ts';
import type { ConditionContext } from '../../access/access-control.ts';

export const POLICY_NAME = 'default';

/** As AWS writes it for keys that the API made without a policy. */
export function defaultKeyPolicy(accountId: string): string {
  return `{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::${accountId}:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`;
}

/** The key that a policy is for: one that is there, or one that is about to be made. */
export interface PolicyHolder {
  arn: string;
  accountId: string;
  context: () => ConditionContext;
}

/**
 * The policy as it is stored.
 * @throws ApiError MalformedPolicyDocumentException: it is no key policy, names principals that do not exist, or (unless
 *   `bypassLockoutCheck`) would not let the caller change it again; LimitExceededException
 */
export function acceptPolicy<N extends OperationName>(
  call: Call<N>,
  policy: string,
  holder: PolicyHolder,
  bypassLockoutCheck: boolean | undefined,
): string {
  const { access, limits } = call.kms;
  if (Buffer.byteLength(policy) > limits.policyBytes) {
    throw limitExceeded(`The key policy is longer than ${limits.policyBytes} bytes.`);
  }
  const stored = readPolicy(policy, access);
  if (bypassLockoutCheck !== true && !staysInReach(call, stored, holder)) {
    throw malformedPolicy('The new key policy will not allow you to update the key policy in the future.');
  }
  return stored;
}

/** @throws ApiError MalformedPolicyDocumentException */
function readPolicy(policy: string, access: AccessControl): string {
  try {
    const stored = storedPolicy(policy, 'key', access.directory);
    // AWS takes these in IAM policies only: whoever may tag the key would decide past its policy
    if (OF_LABELS.some((name) => asksFor(stored, 'key', name))) throw labelsInKeyPolicy();
    return stored;
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const vague = error.text === 'Syntax errors in policy.';
    throw malformedPolicy(vague ? error.message : error.text);
  }
}

/** The lockout safety check: the caller, as it is in this request, may put a policy under the new one too. */
function staysInReach<N extends OperationName>(call: Call<N>, stored: string, holder: PolicyHolder): boolean {
  return call.kms.access.decide({
    request: call.request,
    action: 'kms:PutKeyPolicy',
    resource: holder.arn,
    resourceAccountId: holder.accountId,
    keyPolicy: stored,
    context: () => ({ ...callerConditions(call.caller.accountId), ...holder.context() }),
  }).allowed;
}

/** The policy as callers read it. */
export function showPolicy(stored: string, access: AccessControl): string {
  return shownPolicy(stored, 'key', access.directory);
}
