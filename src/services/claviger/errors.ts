/** Errors of Claviger's own API. */
import { ApiError, throttled, validationError } from '../../aws/errors.ts';

export const noSuchCluster = (clusterId: string): ApiError =>
  new ApiError('ResourceNotFoundException', `Cluster ${clusterId} was not found.`);
export const noSuchKey = (keyArn: string): ApiError =>
  new ApiError('ResourceNotFoundException', `Nothing is known of the key ${keyArn}.`);
export const noSuchExternalKey = (): ApiError =>
  new ApiError('NotFoundException', 'The external key does not exist.');
/** KMS's own operations say KMSInvalidStateException, as AWS does; here the state of the key must be told apart from HSMs that are away. */
export const keyUnavailable = (message: string): ApiError => new ApiError('KeyUnavailableException', message);
export const invalidToken = (): ApiError => validationError('The NextToken is not valid.');
export const exportUnderWay = (): ApiError =>
  throttled('Another export of evidence is under way. Try again when it has ended.');
export const exportTooLarge = (): ApiError =>
  new ApiError(
    'LimitExceededException',
    'The evidence is too large, or takes too long, for one answer. Use the command claviger audit export.',
  );
