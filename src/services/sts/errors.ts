/** STS's errors with AWS's words, one line each. */
import { AccessDenied } from '../../access/denial.ts';
import type { DenialRecord } from '../../access/denial.ts';
import { ApiError } from '../../aws/errors.ts';

export const accessDenied = (message: string): ApiError => new ApiError('AccessDenied', message);
export const validation = (message: string): ApiError => new ApiError('ValidationException', message);
export const invalidToken = (message: string): ApiError =>
  new ApiError('InvalidIdentityTokenException', message);
export const tokenExpired = (message: string): ApiError => new ApiError('ExpiredTokenException', message);
export const providerUnreachable = (): ApiError =>
  new ApiError(
    'IDPCommunicationErrorException',
    "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
  );
export const packedTooLarge = (percent: number): ApiError =>
  new ApiError(
    'PackedPolicyTooLargeException',
    `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`,
  );
/** @param record of the decision; without one, that of a role that is not there */
export const notAuthorized = (
  caller: string,
  action: string,
  resource: string,
  record: DenialRecord = { authorizationReason: 'no-resource-policy' },
): ApiError => {
  const text = `User: ${caller} is not authorized to perform: ${action} on resource: ${resource}`;
  return new AccessDenied('AccessDenied', text, record);
};
export const noMfaDevice = (): ApiError =>
  accessDenied(
    'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
  );
