/** Errors of CloudTrail, one line each. Codes: the service's model; texts: AWS's where known. */
import { ApiError } from '../../aws/errors.ts';

export const trailNotFound = (name: string, accountId: string): ApiError =>
  new ApiError('TrailNotFoundException', `Unknown trail: ${name} for the user: ${accountId}`);
export const trailExists = (name: string, accountId: string): ApiError =>
  new ApiError('TrailAlreadyExistsException', `Trail ${name} already exists for customer: ${accountId}`);
export const tooManyTrails = (accountId: string, limit: number, region: string): ApiError =>
  new ApiError(
    'MaximumNumberOfTrailsExceededException',
    `User: ${accountId} already has ${limit} trails in ${region}.`,
  );
export const invalidTrailName = (message: string): ApiError =>
  new ApiError('InvalidTrailNameException', message);
export const invalidArn = (arn: string): ApiError =>
  new ApiError('CloudTrailARNInvalidException', `Invalid trail ARN: ${arn}`);
export const wrongRegion = (arn: string, homeRegion: string): ApiError =>
  new ApiError(
    'InvalidHomeRegionException',
    `The trail ${arn} can be changed only in its home Region ${homeRegion}.`,
  );
export const noSuchBucket = (bucket: string): ApiError =>
  new ApiError('S3BucketDoesNotExistException', `S3 bucket ${bucket} does not exist!`);
export const invalidBucketName = (): ApiError =>
  new ApiError(
    'InvalidS3BucketNameException',
    'The bucket name must have 3 to 63 lower-case letters, numbers, periods and hyphens.',
  );
export const invalidPrefix = (message: string): ApiError => new ApiError('InvalidS3PrefixException', message);
export const invalidCombination = (message: string): ApiError =>
  new ApiError('InvalidParameterCombinationException', message);
export const noOrganization = (): ApiError =>
  new ApiError('OrganizationsNotInUseException', 'Your account is not a member of an organization.');
export const unsupported = (what: string): ApiError =>
  new ApiError('UnsupportedOperationException', `${what} is not available in this version of Claviger.`);
export const resourceNotFound = (arn: string): ApiError =>
  new ApiError('ResourceNotFoundException', `The resource ${arn} was not found.`);
export const tooManyTags = (): ApiError =>
  new ApiError('TagsLimitExceededException', 'A trail may have at most 50 tags.');
export const invalidTag = (message: string): ApiError =>
  new ApiError('InvalidTagParameterException', message);
export const invalidTimeRange = (): ApiError =>
  new ApiError('InvalidTimeRangeException', 'The start time must not be after the end time.');
export const invalidMaxResults = (value: unknown): ApiError =>
  new ApiError(
    'InvalidMaxResultsException',
    `A max results value of ${String(value)} is invalid. Specify max results between 1 and 50.`,
  );
export const invalidLookupAttributes = (message: string): ApiError =>
  new ApiError('InvalidLookupAttributesException', message);
export const invalidNextToken = (): ApiError =>
  new ApiError('InvalidNextTokenException', 'Invalid NextToken.');
export const invalidToken = (): ApiError => new ApiError('InvalidTokenException', 'Invalid NextToken.');
export const invalidEventCategory = (value: unknown): ApiError =>
  new ApiError('InvalidEventCategoryException', `Invalid event category: ${String(value)}.`);
export const rateExceeded = (): ApiError => new ApiError('ThrottlingException', 'Rate exceeded');
