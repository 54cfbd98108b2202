/** Managed policies by their ARNs in a request. */
import { ApiError } from '../../aws/errors.ts';
import { isAwsManaged } from './aws-managed-policies.ts';
import { limitExceeded, policyNotFound, versionNotFound } from './errors.ts';
import type { ManagedPolicy, PolicyVersion } from './entities.ts';
import type { IamCall } from './operation.ts';
import { policySize, requireIdentityPolicy } from './policy-documents.ts';
import { POLICY_SIZES } from './quotas.ts';

/** One of the account, or of AWS. @throws ApiError NoSuchEntityException */
export function requirePolicy(call: IamCall, arn: string): ManagedPolicy {
  const policy = call.ports.principals.policy(arn, call.caller.accountId);
  if (policy === undefined) throw policyNotFound(arn);
  return policy;
}

/** One that may be changed. @throws ApiError NoSuchEntityException, AccessDenied for AWS's own */
export function requireOwnPolicy(call: IamCall, arn: string): ManagedPolicy {
  const policy = requirePolicy(call, arn);
  if (!isAwsManaged(policy)) return policy;
  throw new ApiError('AccessDenied', `${arn} is an AWS managed policy: it cannot be changed.`);
}

/** @throws ApiError NoSuchEntityException */
export function requireVersion(policy: ManagedPolicy, arn: string, versionId: string): PolicyVersion {
  const version = policy.versions.find((other) => other.versionId === versionId);
  if (version === undefined) throw versionNotFound(arn, versionId);
  return version;
}

/** @throws ApiError MalformedPolicyDocumentException, LimitExceededException */
export function requireManagedDocument(document: string): void {
  requireIdentityPolicy(document);
  if (policySize(document) > POLICY_SIZES.managed)
    throw limitExceeded(`Cannot exceed quota for PolicySize: ${POLICY_SIZES.managed}`);
}
