/**
 * The decision whether a caller may act. Until IAM comes, an account's root user is the only principal, and may do
 * everything in its own account and nothing elsewhere.
 */
import { ApiError } from '../aws/errors.ts';
import type { CallRequest } from './call-request.ts';
import type { PrincipalDirectory } from './directory.ts';
import type { Grant } from './grant.ts';

/** Condition keys by full name, such as `kms:KeySpec`; those that every request has are added by access control. */
export type ConditionContext = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface AccessRequest {
  request: CallRequest;
  /** IAM action, such as `kms:Encrypt`. */
  action: string;
  /** ARN of what is acted on; `*` for operations that act on no single resource. */
  resource: string;
  /** Account that owns the resource. */
  resourceAccountId: string;
  /** Asked for only when a policy has conditions. */
  context?: (() => ConditionContext) | undefined;
}

/** What decisions are made from, beside the request itself. */
export interface AccessControlPorts {
  directory: PrincipalDirectory;
  /** All grants of a key, from memory. */
  grantsOf(keyArn: string): readonly Grant[];
}

export interface AccessControl {
  /** @throws ApiError AccessDeniedException; the text does not tell whether the resource exists */
  authorize(request: AccessRequest): void;
}

export const rootUsersOnly: AccessControl = {
  authorize({ request: { caller }, action, resource, resourceAccountId }) {
    if (resourceAccountId === caller.accountId) return;
    throw new ApiError(
      'AccessDeniedException',
      `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} because the resource ` +
        'does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access',
    );
  },
};
