/**
 * The decision whether a caller may act. Until IAM comes, an account's root user is the only principal, and may do
 * everything in its own account and nothing elsewhere.
 */
import { ApiError } from '../aws/errors.ts';
import type { Caller } from './caller.ts';

export interface AuthorizationRequest {
  caller: Caller;
  /** IAM action, such as `kms:Encrypt`. */
  action: string;
  /** ARN of what is acted on; `*` for operations that act on no single resource. */
  resource: string;
  /** Account that owns the resource. */
  resourceAccountId: string;
}

/** @throws ApiError AccessDeniedException; the text does not tell whether the resource exists */
export function authorize({ caller, action, resource, resourceAccountId }: AuthorizationRequest): void {
  if (resourceAccountId === caller.accountId) return;
  throw new ApiError(
    'AccessDeniedException',
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} because the resource ` +
      'does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access',
  );
}
