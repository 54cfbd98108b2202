/**
 * Errors as the wire has them. Services make ApiErrors (each with its own table of texts); only this file knows how one
 * becomes a status and a body. Rules: AWS JSON 1.1, and answers recorded from AWS KMS.
 */
import type { ServiceName } from './services.ts';

export type Fault = 'client' | 'server';

/** Codes that are not answered with 400: every other client error is, whatever its model says. */
const STATUS = new Map<string, number>([
  ['RequestEntityTooLarge', 413],
  ['KMSInternalException', 500],
  ['KeyUnavailableException', 500],
  ['CloudHsmInternalFailureException', 500],
  ['InternalFailure', 500],
  ['DependencyTimeoutException', 503],
  ['ServiceUnavailable', 503],
  ['ServiceUnavailableException', 503],
]);

/** An error that the client is told. Its message goes out as it is: nothing secret belongs in it. */
export class ApiError extends Error {
  /** The bare name of the error: `__type` of JSON services. */
  readonly code: string;
  /** HTTP status of JSON services. */
  readonly status: number;
  readonly fault: Fault;

  /** @param message left out where AWS sends none */
  constructor(code: string, message?: string) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.status = STATUS.get(code) ?? 400;
    this.fault = this.status >= 500 ? 'server' : 'client';
  }
}

export interface ErrorAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/**
 * The answer of a JSON service to a failed request: lower-case `message` as KMS sends it, `Message` for CloudHSM as its
 * model spells it, no member where there is no message. The request id and date are the server's to add.
 */
export function encodeError(service: ServiceName, error: ApiError): ErrorAnswer {
  const fields: Record<string, string> = { __type: error.code };
  if (error.message !== '') fields[service === 'cloudhsmv2' ? 'Message' : 'message'] = error.message;
  return answer(error.status, 'application/x-amz-json-1.1', JSON.stringify(fields));
}

/** The answer to what is no JSON 1.1 request at all (not POST, another content type). */
export function encodeNoSuchProtocol(): ErrorAnswer {
  return answer(404, 'application/xml', '<UnknownOperationException/>');
}

function answer(status: number, type: string, text: string): ErrorAnswer {
  const body = Buffer.from(text);
  return { status, headers: { 'content-type': type, 'content-length': String(body.length) }, body };
}

export const validationError = (message?: string): ApiError => new ApiError('ValidationException', message);
export const serializationError = (message?: string): ApiError =>
  new ApiError('SerializationException', message);
export const unknownOperation = (): ApiError => new ApiError('UnknownOperationException');
export const accessDenied = (message?: string): ApiError => new ApiError('AccessDeniedException', message);
export const requestTooLarge = (): ApiError => new ApiError('RequestEntityTooLarge', 'Request is too large.');
export const throttled = (
  message = 'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
): ApiError => new ApiError('ThrottlingException', message);

const INTERNAL: Partial<Record<ServiceName, string>> = {
  kms: 'KMSInternalException',
  cloudhsmv2: 'CloudHsmInternalFailureException',
  iam: 'ServiceFailureException',
};

/** What a failure of our own becomes: it says nothing of what went wrong. */
export function internalFailure(service: ServiceName): ApiError {
  const code = INTERNAL[service] ?? 'InternalFailure';
  return new ApiError(code, 'The request was rejected because of an internal failure.');
}

// Signature Version 4 (sigv4/verify.ts has the texts)
export const missingAuthenticationToken = (): ApiError =>
  new ApiError('MissingAuthenticationTokenException', 'Missing Authentication Token');
export const incompleteSignature = (message: string): ApiError =>
  new ApiError('IncompleteSignatureException', message);
export const invalidSignature = (message: string): ApiError =>
  new ApiError('InvalidSignatureException', message);
export const unrecognizedClient = (): ApiError =>
  new ApiError('UnrecognizedClientException', 'The security token included in the request is invalid.');
export const expiredToken = (): ApiError =>
  new ApiError('ExpiredTokenException', 'The security token included in the request is expired');
