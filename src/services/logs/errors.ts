/** Errors of CloudWatch Logs with AWS's texts. */
import { ApiError } from '../../aws/errors.ts';

export const invalidParameter = (message: string): ApiError =>
  new ApiError('InvalidParameterException', message);
export const noSuchGroup = (): ApiError =>
  new ApiError('ResourceNotFoundException', 'The specified log group does not exist.');
export const noSuchStream = (): ApiError =>
  new ApiError('ResourceNotFoundException', 'The specified log stream does not exist.');
export const noSuchResource = (): ApiError =>
  new ApiError('ResourceNotFoundException', 'The specified resource does not exist.');
export const invalidToken = (): ApiError => invalidParameter('The specified nextToken is invalid.');
