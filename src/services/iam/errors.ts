/** IAM's errors with AWS's words, one line each. */
import { ApiError } from '../../aws/errors.ts';

type Noun = 'user' | 'group' | 'role';

const noSuchEntity = (message: string): ApiError => new ApiError('NoSuchEntityException', message);
const conflict = (message: string): ApiError => new ApiError('DeleteConflictException', message);
const exists = (message: string): ApiError => new ApiError('EntityAlreadyExistsException', message);
export const limitExceeded = (message: string): ApiError => new ApiError('LimitExceededException', message);

export const validation = (message: string): ApiError => new ApiError('ValidationException', message);
export const invalidInput = (message: string): ApiError => new ApiError('InvalidInputException', message);
export const malformedPolicy = (message: string): ApiError =>
  new ApiError('MalformedPolicyDocumentException', message);

// not there
export const notFound = (noun: Noun, name: string): ApiError =>
  noSuchEntity(`The ${noun} with name ${name} cannot be found.`);
export const inlinePolicyNotFound = (noun: Noun, name: string): ApiError =>
  noSuchEntity(`The ${noun} policy with name ${name} cannot be found.`);
export const accessKeyNotFound = (id: string): ApiError =>
  noSuchEntity(`The Access Key with id ${id} cannot be found.`);
export const policyNotFound = (arn: string): ApiError => noSuchEntity(`Policy ${arn} was not found.`);
export const policyNotAttachable = (arn: string): ApiError =>
  noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
export const versionNotFound = (arn: string, version: string): ApiError =>
  noSuchEntity(`Policy ${arn} version ${version} does not exist or is not attachable.`);
export const noBoundary = (noun: Noun, name: string): ApiError =>
  noSuchEntity(`The ${noun} ${name} does not have a permissions boundary.`);
export const providerNotFound = (arn: string): ApiError =>
  noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`);

// there already
const capital = (noun: string): string => noun.charAt(0).toUpperCase() + noun.slice(1);
export const nameTaken = (noun: Noun, name: string): ApiError =>
  exists(`${capital(noun)} with name ${name} already exists.`);
export const policyNameTaken = (name: string): ApiError =>
  exists(`A policy called ${name} already exists. Duplicate names are not allowed.`);
export const providerTaken = (url: string): ApiError => exists(`Provider with url ${url} already exists.`);

// in the way of a deletion
export const hasAttachedPolicies = (): ApiError =>
  conflict('Cannot delete entity, must detach all policies first.');
export const hasInlinePolicies = (): ApiError =>
  conflict('Cannot delete entity, must delete policies first.');
export const hasAccessKeys = (): ApiError => conflict('Cannot delete entity, must delete access keys first.');
export const isInGroups = (): ApiError =>
  conflict('Cannot delete entity, must remove users from group first.');
export const policyIsAttached = (): ApiError => conflict('Cannot delete a policy attached to entities.');
export const policyHasVersions = (): ApiError =>
  conflict(
    "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
  );
export const isDefaultVersion = (): ApiError => conflict('Cannot delete the default version of a policy.');

// limits
export const quotaExceeded = (quota: string, limit: number): ApiError =>
  limitExceeded(`Cannot exceed quota for ${quota}: ${limit}`);
export const inlineTooLarge = (noun: Noun, name: string, limit: number): ApiError =>
  limitExceeded(`Maximum policy size of ${limit} bytes exceeded for ${noun} ${name}`);
export const tooManyVersions = (limit: number): ApiError =>
  limitExceeded(
    `A managed policy can have up to ${limit} versions. Before you create a new version, you must delete an existing version.`,
  );

export const serviceLinked = (name: string): ApiError =>
  new ApiError(
    'UnmodifiableEntityException',
    `Cannot perform the operation on the protected role '${name}' - this role is only modifiable by AWS`,
  );
export const mustNameUser = (): ApiError =>
  validation('Must specify userName when calling with non-User credentials');
