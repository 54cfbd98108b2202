/**
 * What a proxy's failure is to the caller of an operation on key stores and keys; in cryptographic operations it is always
 * KMSInvalidStateException (keystores/external/proxy-failures.ts). AWS: "Troubleshoot external key stores".
 */
import type { ProxyFailed, ProxyFailure } from '../../keystores/external/proxy-failures.ts';
import { ApiError } from '../../aws/errors.ts';
import type { ConnectionErrorCode } from '../../keystores/key-store.ts';
import { storeInvalidState } from './errors.ts';

const INVALID_RESPONSE = ['XksProxyInvalidResponseException', 'XKS_PROXY_INVALID_RESPONSE'] as const;
const UNREACHABLE = ['XksProxyUriUnreachableException', 'XKS_PROXY_NOT_REACHABLE'] as const;
const TIMED_OUT = ['XksProxyUriUnreachableException', 'XKS_PROXY_TIMED_OUT'] as const;

/** Of GetHealthStatus: what Create- and UpdateCustomKeyStore throw, and the ConnectionErrorCode of ConnectCustomKeyStore. */
const OF_HEALTH: Readonly<Record<ProxyFailure, readonly [exception: string, code: ConnectionErrorCode]>> = {
  'invalid-response': INVALID_RESPONSE,
  'invalid-state': INVALID_RESPONSE,
  'invalid-ciphertext': INVALID_RESPONSE,
  'bad-inner-ciphertext': INVALID_RESPONSE,
  'invalid-key-usage': INVALID_RESPONSE,
  'key-not-found': INVALID_RESPONSE,
  internal: INVALID_RESPONSE,
  unsupported: INVALID_RESPONSE,
  authentication: ['XksProxyIncorrectAuthenticationCredentialException', 'INVALID_CREDENTIALS'],
  'access-denied': ['XksProxyInvalidResponseException', 'XKS_PROXY_ACCESS_DENIED'],
  'invalid-uri-path': ['XksProxyInvalidConfigurationException', 'XKS_PROXY_INVALID_CONFIGURATION'],
  throttling: UNREACHABLE,
  unreachable: UNREACHABLE,
  unhealthy: UNREACHABLE,
  tls: ['XksProxyUriUnreachableException', 'XKS_PROXY_INVALID_TLS_CONFIGURATION'],
  timeout: TIMED_OUT,
  'dependency-timeout': TIMED_OUT,
};

/** The external key is not there, or not fit to be used; of any other failure the key store is the cause. */
const OF_KEY: Partial<Readonly<Record<ProxyFailure, string>>> = {
  'key-not-found': 'XksKeyNotFoundException',
  'invalid-state': 'XksKeyInvalidConfigurationException',
  'invalid-key-usage': 'XksKeyInvalidConfigurationException',
  unsupported: 'XksKeyInvalidConfigurationException',
};

export function connectionErrorOf(failure: ProxyFailure): ConnectionErrorCode {
  return OF_HEALTH[failure][1];
}

/** To whoever creates or changes a key store. */
export function healthError({ failure, message }: ProxyFailed): ApiError {
  return new ApiError(OF_HEALTH[failure][0], message);
}

/** To whoever creates a key. */
export function externalKeyError({ failure, message }: ProxyFailed): ApiError {
  const exception = OF_KEY[failure];
  return exception === undefined ? storeInvalidState(message) : new ApiError(exception, message);
}
