/**
 * What the proxy answers when it does not do what it is asked: the errors of the XKS proxy API specification ("Error codes"), and
 * which of them an error of Claviger's API becomes.
 */
import { STATUS_OF_ERROR } from '../xks/protocol.ts';
import type { ErrorName } from '../xks/protocol.ts';

/** Ends a request. The message goes out, and KMS writes it in its owner's log: names of members, never their values. */
export class Refused extends Error {
  readonly errorName: ErrorName;
  readonly status: number;

  /** @param message printable ASCII, shorter than 512 characters (the specification's rule) */
  constructor(errorName: ErrorName, message: string) {
    super(message);
    this.name = 'Refused';
    this.errorName = errorName;
    this.status = STATUS_OF_ERROR[errorName];
  }
}

/** Which error of Claviger's API means what for KMS, and in which words. */
const OF_CLAVIGER: Readonly<Record<string, [ErrorName, string]>> = {
  NotFoundException: ['KeyNotFoundException', 'There is no such external key.'],
  DisabledException: ['InvalidStateException', 'The external key is disabled.'],
  KMSInvalidStateException: [
    'InvalidStateException',
    'The external key is in a state in which it is not used.',
  ],
  InvalidCiphertextException: [
    'InvalidCiphertextException',
    'The ciphertext, its metadata or the additional authenticated data is not what the external key made.',
  ],
  InvalidKeyUsageException: ['InvalidKeyUsageException', 'The external key is not for this operation.'],
  UnsupportedOperationException: [
    'UnsupportedOperationException',
    'The key manager does not do this with the external key.',
  ],
  AccessDeniedException: [
    'AccessDeniedException',
    'The key manager does not let this proxy use the external key.',
  ],
  ValidationException: ['ValidationException', 'The key manager does not take the request.'],
  SerializationException: ['ValidationException', 'The key manager does not take the request.'],
  ThrottlingException: ['ThrottlingException', 'The key manager is asked too often.'],
  LimitExceededException: ['ThrottlingException', 'The key manager is asked too often.'],
  ServiceUnavailable: ['ThrottlingException', 'The key manager has no room for the request.'],
  DependencyTimeoutException: ['DependencyTimeoutException', 'The HSMs do not answer in time.'],
};

/** Codes with which Claviger says that it does not know the proxy: an operator's matter, of which KMS learns nothing. */
const CREDENTIAL_CODES: ReadonlySet<string> = new Set([
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'IncompleteSignatureException',
  'MissingAuthenticationTokenException',
  'ExpiredTokenException',
]);

/** @param code `__type` of an error of Claviger's API */
export function saysOfCredentials(code: string): boolean {
  return CREDENTIAL_CODES.has(code);
}

/** @param code `__type` of an error of Claviger's API; one that is not known is a failure of the key manager */
export function refusalOf(code: string): Refused {
  const known = Object.hasOwn(OF_CLAVIGER, code) ? OF_CLAVIGER[code] : undefined;
  const [errorName, message] = known ?? internal;
  return new Refused(errorName, message);
}

const internal: [ErrorName, string] = ['InternalException', 'The key manager cannot be used now.'];

/** Nothing that can be said of it would be KMS's business. */
export function internalFailure(): Refused {
  return new Refused(...internal);
}
