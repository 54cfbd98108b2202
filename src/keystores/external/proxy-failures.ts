/**
 * Everything that can be wrong with an XKS proxy, or with what it answers. Texts are AWS's: "Troubleshooting external key
 * stores" of the developer guide, and the table of the XKS proxy API specification ("Error codes") where the guide has none.
 * What an operation of the API answers for a failure is decided there; cryptographic ones always say KMSInvalidStateException
 * with the text from here.
 */
import { KeyStoreUnavailable } from '../key-store.ts';

export type ProxyFailure =
  | 'invalid-response'
  | 'invalid-state'
  | 'invalid-ciphertext'
  | 'bad-inner-ciphertext'
  | 'invalid-key-usage'
  | 'authentication'
  | 'access-denied'
  | 'key-not-found'
  | 'invalid-uri-path'
  | 'throttling'
  | 'internal'
  | 'unsupported'
  | 'dependency-timeout'
  | 'unreachable'
  | 'tls'
  | 'timeout'
  | 'unhealthy';

const REPORT = 'If you see this error repeatedly, report it to your external key store proxy administrator.';

/** What the caller of a cryptographic operation reads. */
export const failureMessages: Readonly<Record<ProxyFailure, string>> = {
  'invalid-response': `AWS KMS cannot interpret the response from the external key store proxy. ${REPORT}`,
  'invalid-state':
    'The external key store proxy rejected the request because the external key is not enabled in the external key manager.',
  'invalid-ciphertext':
    'The external key store proxy rejected the request because the specified ciphertext or additional authenticated data is corrupted, missing, or otherwise invalid.',
  'bad-inner-ciphertext':
    'The ciphertext that the external key store proxy submitted for decryption, or the encryption context, is corrupted, missing, or otherwise invalid.',
  'invalid-key-usage':
    'The external key store proxy rejected the request because the external key does not support the requested operation.',
  authentication:
    'The external key store proxy rejected the request because it could not authenticate AWS KMS. Verify the credentials for your external key store and update if necessary.',
  'access-denied':
    'The external key store proxy denied access to the operation. Verify that the user and the external key are both authorized for this operation, and try the request again.',
  'key-not-found':
    'The external key store proxy rejected the request because it could not find the external key.',
  'invalid-uri-path':
    'The external key store proxy rejected the request because of an invalid URI path. Verify the URI path for your external key store and update if necessary.',
  throttling:
    'The external key store proxy rejected the request due to a very high request rate. Reduce the frequency of your calls using KMS keys in this external key store.',
  internal:
    'The external key store proxy rejected the request because it cannot communicate with the external key manager. Verify that the external key store proxy configuration is correct and that the external key manager is available.',
  unsupported:
    'The external key store proxy rejected the request because it does not support the requested cryptographic operation.',
  'dependency-timeout': `The external key store proxy did not respond to the request in the time allotted. Retry the request. ${REPORT}`,
  unreachable:
    'AWS KMS cannot communicate with the external key store proxy. This might be a transient network issue. If you see this error repeatedly, verify that your external key store proxy is active and is connected to the network, and that its endpoint URI is correct in your external key store.',
  tls: 'AWS KMS cannot establish a TLS connection to the external key store proxy. Verify the TLS configuration, including its certificate.',
  timeout: `AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the request. ${REPORT}`,
  unhealthy:
    'The external key store proxy is in an unhealthy state. If you see this message repeatedly, notify your external key store proxy administrator.',
};

/** The proxy did not do its part. The message is AWS's; nothing that the proxy wrote is in it. */
export class ProxyFailed extends KeyStoreUnavailable {
  readonly failure: ProxyFailure;

  /** @param cause for the log: never anything that the proxy wrote, nor a secret */
  constructor(failure: ProxyFailure, cause?: Error) {
    super(failureMessages[failure]);
    this.name = 'ProxyFailed';
    this.failure = failure;
    if (cause !== undefined) this.cause = cause;
  }
}

/** XKS proxy API specification, "Error codes": `errorName` of an answer. */
const byErrorName: ReadonlyMap<unknown, ProxyFailure> = new Map<string, ProxyFailure>([
  ['ValidationException', 'invalid-response'], // all that we send is valid: the two do not understand each other
  ['InvalidStateException', 'invalid-state'],
  ['InvalidCiphertextException', 'invalid-ciphertext'],
  ['InvalidKeyUsageException', 'invalid-key-usage'],
  ['AuthenticationFailedException', 'authentication'],
  ['AccessDeniedException', 'access-denied'],
  ['KeyNotFoundException', 'key-not-found'],
  ['InvalidUriPathException', 'invalid-uri-path'],
  ['ThrottlingException', 'throttling'],
  ['InternalException', 'internal'],
  ['UnsupportedOperationException', 'unsupported'],
  ['DependencyTimeoutException', 'dependency-timeout'],
]);

/** Statuses that the specification gives one meaning only. */
const byStatus: ReadonlyMap<number, ProxyFailure> = new Map<number, ProxyFailure>([
  [401, 'authentication'],
  [403, 'access-denied'],
  [429, 'throttling'],
  [500, 'internal'],
  [501, 'unsupported'],
  [503, 'dependency-timeout'],
]);

/**
 * What an answer with an error says.
 * @param status HTTP, 400 or more
 * @param errorName as it came; a string that the specification does not have leaves the status to say it
 */
export function failureOfError(status: number, errorName: unknown): ProxyFailure {
  if (typeof errorName !== 'string') return 'invalid-response';
  return byErrorName.get(errorName) ?? byStatus.get(status) ?? 'invalid-response';
}
