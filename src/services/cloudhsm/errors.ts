/** Errors of the CloudHSM API. AWS publishes their codes and not their texts. */
import { ApiError } from '../../aws/errors.ts';

export const invalidRequest = (message: string): ApiError =>
  new ApiError('CloudHsmInvalidRequestException', message);
export const notFound = (id: string): ApiError =>
  new ApiError('CloudHsmResourceNotFoundException', `The resource ${id} was not found.`);
export const serviceError = (message: string): ApiError => new ApiError('CloudHsmServiceException', message);
export const tagError = (message: string): ApiError => new ApiError('CloudHsmTagException', message);
export const limitExceeded = (message: string): ApiError =>
  new ApiError('CloudHsmResourceLimitExceededException', message);
