/**
 * What both sides of the XKS proxy protocol, version 1, must agree on (AWS KMS External Key Store Proxy API Specification): the
 * client that asks somebody's proxy (src/keystores/external), and the proxy in front of our own clusters (src/xks-proxy).
 */
import { createHash } from 'node:crypto';

/** Name of the service in signatures. */
export const SERVICE = 'kms-xks-proxy';
/** What the path of every call begins with, behind a prefix of the proxy's own. */
export const BASE_PATH = '/kms/xks/v1';
export const ALGORITHM = 'AES_GCM';
export const INTEGRITY_ALGORITHM = 'SHA_256';

/** Most that a proxy must be able to encrypt or decrypt. */
export const MAX_MESSAGE_BYTES = 4_300;
export const MAX_METADATA_BYTES = 20;
export const IV_BYTES: readonly number[] = [12, 16];
export const TAG_BYTES = 16;
export const MAX_KEY_USAGES = 10;
/** Key managers that an answer about health tells of. */
export const MAX_MANAGERS = 10;

export type XksOperation = 'GetKeyMetadata' | 'Encrypt' | 'Decrypt' | 'GetHealthStatus';

/** HTTP status by the name of the error (specification, "Error codes"). */
export const STATUS_OF_ERROR = {
  ValidationException: 400,
  InvalidStateException: 400,
  InvalidCiphertextException: 400,
  InvalidKeyUsageException: 400,
  AuthenticationFailedException: 401,
  AccessDeniedException: 403,
  KeyNotFoundException: 404,
  InvalidUriPathException: 404,
  ThrottlingException: 429,
  InternalException: 500,
  UnsupportedOperationException: 501,
  DependencyTimeoutException: 503,
} as const;

export type ErrorName = keyof typeof STATUS_OF_ERROR;

export type ManagerState = 'ACTIVE' | 'DEGRADED' | 'UNAVAILABLE';

export interface ProxyHealth {
  readonly xksProxyFleetSize: number;
  readonly xksProxyVendor: string;
  readonly xksProxyModel: string;
  readonly ekmVendor: string;
  /** One to ten. */
  readonly ekmFleetDetails: readonly {
    readonly id: string;
    readonly model: string;
    readonly healthStatus: ManagerState;
  }[];
}

/** What a proxy encrypted, in its parts. */
export interface ProxyCiphertext {
  /** Up to 20 bytes of the proxy's own, such as the version of its key; empty when it gave none. */
  readonly metadata: Buffer;
  /** 12 or 16 bytes. */
  readonly iv: Buffer;
  /** 16 bytes. */
  readonly tag: Buffer;
  /** As long as the plaintext. */
  readonly ciphertext: Buffer;
}

/** The ciphertext data integrity value, over associated data, metadata, IV, ciphertext and tag (specification, appendix C). */
export function integrityValue(aad: Buffer, { metadata, iv, ciphertext, tag }: ProxyCiphertext): Buffer {
  const hash = createHash('sha256');
  for (const part of [aad, metadata, iv, ciphertext, tag]) hash.update(part);
  return hash.digest();
}

/** Base64 in its one form: with padding, no bits left over, nothing between. @returns undefined for anything else */
export function decodeBase64(value: unknown): Buffer | undefined {
  if (typeof value !== 'string') return undefined;
  const decoded = Buffer.from(value, 'base64');
  return decoded.toString('base64') === value ? decoded : undefined;
}
