/**
 * The messages of the XKS proxy protocol, version 1 (AWS KMS External Key Store Proxy API Specification): request bodies, and
 * answers, of which nothing is believed that the specification does not allow. Members that it does not name are passed over,
 * for later versions of it may add some.
 */
import { timingSafeEqual } from 'node:crypto';
import {
  ALGORITHM,
  INTEGRITY_ALGORITHM,
  IV_BYTES,
  MAX_KEY_USAGES,
  MAX_MANAGERS,
  MAX_METADATA_BYTES,
  TAG_BYTES,
  decodeBase64,
  integrityValue,
} from '../../xks/protocol.ts';
import type { ProxyCiphertext, ProxyHealth } from '../../xks/protocol.ts';
import { ProxyFailed } from './proxy-failures.ts';

/** Who called KMS, for what. */
export interface OnBehalfOf {
  readonly principalArn: string;
  /** Operation of the KMS API, or `KmsHealthCheck`. */
  readonly operation: string;
  /** KMS request id: 16 bytes, or text that is sent as it is. */
  readonly requestId: Buffer | string;
  /** Service that calls for the principal (kms:ViaService). */
  readonly viaService?: string | undefined;
}

/** A health check may be nobody's: the specification tells the proxy of no principal then. */
export type HealthCause = Pick<OnBehalfOf, 'operation' | 'requestId'> & Partial<OnBehalfOf>;

/** Use of an external key for a KMS key. */
export interface ExternalKeyUse extends OnBehalfOf {
  readonly externalKeyId: string;
  readonly keyArn: string;
}

export interface ExternalKeyMetadata {
  readonly keySpec: string;
  /** Up to ten. */
  readonly keyUsage: readonly string[];
  readonly keyStatus: 'ENABLED' | 'DISABLED';
}

export function keyMetadataRequest(on: OnBehalfOf): string {
  return JSON.stringify({ requestMetadata: requestMetadata(on) });
}

export function healthRequest({ operation, requestId }: HealthCause): string {
  return JSON.stringify({
    requestMetadata: { kmsOperation: operation, kmsRequestId: requestIdText(requestId) },
  });
}

/** The integrity value is always asked for: a data key whose ciphertext was damaged on its way is lost. */
export function encryptRequest(use: ExternalKeyUse, aad: Buffer, plaintext: Buffer): string {
  return JSON.stringify({
    requestMetadata: requestMetadata(use, use.keyArn),
    plaintext: plaintext.toString('base64'),
    encryptionAlgorithm: ALGORITHM,
    additionalAuthenticatedData: aad.toString('base64'),
    ciphertextDataIntegrityValueAlgorithm: INTEGRITY_ALGORITHM,
  });
}

export function decryptRequest(use: ExternalKeyUse, aad: Buffer, message: ProxyCiphertext): string {
  const { metadata, iv, tag, ciphertext } = message;
  return JSON.stringify({
    requestMetadata: requestMetadata(use, use.keyArn),
    ciphertext: ciphertext.toString('base64'),
    ...(metadata.length > 0 && { ciphertextMetadata: metadata.toString('base64') }),
    encryptionAlgorithm: ALGORITHM,
    additionalAuthenticatedData: aad.toString('base64'),
    initializationVector: iv.toString('base64'),
    authenticationTag: tag.toString('base64'),
  });
}

function requestMetadata(on: OnBehalfOf, keyArn?: string): Record<string, string> {
  return {
    awsPrincipalArn: on.principalArn,
    ...(keyArn !== undefined && { kmsKeyArn: keyArn }),
    kmsOperation: on.operation,
    kmsRequestId: requestIdText(on.requestId),
    ...(on.viaService !== undefined && { kmsViaService: on.viaService }),
  };
}

/** As callers and the audit log know it. */
function requestIdText(id: Buffer | string): string {
  if (typeof id === 'string') return id;
  return id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** @throws ProxyFailed invalid-response */
export function readKeyMetadata(answer: unknown): ExternalKeyMetadata {
  const { keySpec, keyUsage, keyStatus } = members(answer);
  if (!Array.isArray(keyUsage) || keyUsage.length > MAX_KEY_USAGES) throw invalid('keyUsage');
  if (keyStatus !== 'ENABLED' && keyStatus !== 'DISABLED') throw invalid('keyStatus');
  return {
    keySpec: word(keySpec, 'keySpec'),
    keyUsage: keyUsage.map((usage) => word(usage, 'keyUsage')),
    keyStatus,
  };
}

/**
 * Checks the integrity value too, over associated data, metadata, IV, ciphertext and tag (specification, appendix C).
 * @throws ProxyFailed invalid-response
 */
export function readEncrypted(answer: unknown, aad: Buffer, plaintext: Buffer): ProxyCiphertext {
  const given = members(answer);
  const ciphertext = bytes(given.ciphertext, 'ciphertext', [plaintext.length]);
  const iv = bytes(given.initializationVector, 'initializationVector', IV_BYTES);
  const tag = bytes(given.authenticationTag, 'authenticationTag', [TAG_BYTES]);
  let metadata: Buffer = Buffer.alloc(0);
  if (given.ciphertextMetadata !== undefined) {
    metadata = bytes(given.ciphertextMetadata, 'ciphertextMetadata');
    if (metadata.length === 0 || metadata.length > MAX_METADATA_BYTES) throw invalid('ciphertextMetadata');
  }
  const encrypted = { metadata, iv, tag, ciphertext };
  const wanted = integrityValue(aad, encrypted);
  const integrity = bytes(given.ciphertextDataIntegrityValue, 'ciphertextDataIntegrityValue', [
    wanted.length,
  ]);
  if (!timingSafeEqual(integrity, wanted)) throw invalid('ciphertextDataIntegrityValue');
  return encrypted;
}

/** @throws ProxyFailed invalid-response */
export function readDecrypted(answer: unknown, { ciphertext }: ProxyCiphertext): Buffer {
  return bytes(members(answer).plaintext, 'plaintext', [ciphertext.length]);
}

/** @throws ProxyFailed invalid-response */
export function readHealth(answer: unknown): ProxyHealth {
  const { xksProxyFleetSize, xksProxyVendor, xksProxyModel, ekmVendor, ekmFleetDetails } = members(answer);
  if (!Number.isSafeInteger(xksProxyFleetSize) || (xksProxyFleetSize as number) <= 0)
    throw invalid('xksProxyFleetSize');
  if (
    !Array.isArray(ekmFleetDetails) ||
    ekmFleetDetails.length === 0 ||
    ekmFleetDetails.length > MAX_MANAGERS
  )
    throw invalid('ekmFleetDetails');
  return {
    xksProxyFleetSize: xksProxyFleetSize as number,
    xksProxyVendor: text(xksProxyVendor, 'xksProxyVendor'),
    xksProxyModel: text(xksProxyModel, 'xksProxyModel'),
    ekmVendor: text(ekmVendor, 'ekmVendor'),
    ekmFleetDetails: ekmFleetDetails.map((entry: unknown) => {
      const { id, model, healthStatus } = members(entry);
      if (healthStatus !== 'ACTIVE' && healthStatus !== 'DEGRADED' && healthStatus !== 'UNAVAILABLE')
        throw invalid('healthStatus');
      return { id: text(id, 'id'), model: text(model, 'model'), healthStatus };
    }),
  };
}

/** @throws ProxyFailed invalid-response for bytes that are no JSON in UTF-8 */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown;
  } catch {
    throw new ProxyFailed('invalid-response', new Error('the answer is no JSON')); // its text stays out of the log
  }
}

/** What is wrong is said by the member's name only: its value is the proxy's. */
function invalid(member: string): ProxyFailed {
  return new ProxyFailed('invalid-response', new Error(`the answer's ${member} is not as specified`));
}

function members(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('form');
  return value as Record<string, unknown>;
}

function text(value: unknown, member: string): string {
  if (typeof value !== 'string') throw invalid(member);
  return value;
}

/** A name that an error message of ours may quote. */
function word(value: unknown, member: string): string {
  if (typeof value !== 'string' || !/^[A-Za-z0-9_-]{1,64}$/.test(value)) throw invalid(member);
  return value;
}

/** @param lengths those it may have; any when undefined */
function bytes(value: unknown, member: string, lengths?: readonly number[]): Buffer {
  const decoded = decodeBase64(value);
  if (decoded === undefined) throw invalid(member);
  if (lengths !== undefined && !lengths.includes(decoded.length)) throw invalid(member);
  return decoded;
}
