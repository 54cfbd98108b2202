/**
 * Bodies of requests, version 1 of the XKS proxy API: nothing goes on to Claviger that the specification does not allow. Members that
 * it does not name are passed over, for later versions of it may add some. What is wrong is said by the member's name, never by its value.
 */
import {
  ALGORITHM,
  INTEGRITY_ALGORITHM,
  IV_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_METADATA_BYTES,
  TAG_BYTES,
  decodeBase64,
} from '../xks/protocol.ts';
import type { ProxyCiphertext } from '../xks/protocol.ts';
import { Refused } from './refusal.ts';

/** For whom KMS asks, as it says. It is signed with the request; nothing in it is checked but its form. */
export interface OnBehalfOf {
  readonly operation: string;
  readonly requestId: string;
  readonly principalArn?: string | undefined;
  readonly kmsKeyArn?: string | undefined;
  readonly viaService?: string | undefined;
  readonly sourceVpc?: string | undefined;
  readonly sourceVpce?: string | undefined;
}

export interface EncryptRequest {
  readonly onBehalfOf: OnBehalfOf;
  readonly aad: Buffer;
  readonly plaintext: Buffer;
  /** Whether the answer shall have a data integrity value. */
  readonly integrity: boolean;
}

export interface DecryptRequest {
  readonly onBehalfOf: OnBehalfOf;
  readonly aad: Buffer;
  readonly message: ProxyCiphertext;
}

/** Most that a proxy must take ("additionalAuthenticatedData"). */
const MAX_AAD_BYTES = 8_192;
/** "ARN lengths of up to 2048 characters"; nothing else in the metadata is longer. */
const MAX_TEXT = 2_048;

type Members = Readonly<Record<string, unknown>>;

/** @throws Refused ValidationException */
export function readHealthRequest(body: Buffer): OnBehalfOf {
  return onBehalfOf(parse(body), []);
}

/** The KMS key is named when KMS describes one, and not when it makes one. @throws Refused ValidationException */
export function readMetadataRequest(body: Buffer): OnBehalfOf {
  return onBehalfOf(parse(body), ['awsPrincipalArn']);
}

/** @throws Refused ValidationException; UnsupportedOperationException for what is longer than a proxy must take */
export function readEncryptRequest(body: Buffer): EncryptRequest {
  const given = parse(body);
  requireAlgorithm(given);
  const { ciphertextDataIntegrityValueAlgorithm: integrity } = given;
  if (!isAbsent(integrity) && integrity !== INTEGRITY_ALGORITHM)
    throw invalid('ciphertextDataIntegrityValueAlgorithm', `must be ${INTEGRITY_ALGORITHM}`);
  return {
    onBehalfOf: onBehalfOf(given, ['awsPrincipalArn', 'kmsKeyArn']),
    aad: associatedData(given),
    plaintext: message(given, 'plaintext'),
    integrity: !isAbsent(integrity),
  };
}

/** @throws Refused as above; InvalidCiphertextException without the metadata, which no ciphertext of ours is without */
export function readDecryptRequest(body: Buffer): DecryptRequest {
  const given = parse(body);
  requireAlgorithm(given);
  const request = {
    onBehalfOf: onBehalfOf(given, ['awsPrincipalArn', 'kmsKeyArn']),
    aad: associatedData(given),
  };
  const ciphertext = message(given, 'ciphertext');
  const iv = bytes(given, 'initializationVector');
  if (!IV_BYTES.includes(iv.length)) throw invalid('initializationVector', 'must have 12 or 16 bytes');
  const tag = bytes(given, 'authenticationTag');
  if (tag.length !== TAG_BYTES) throw invalid('authenticationTag', `must have ${TAG_BYTES} bytes`);
  if (isAbsent(given['ciphertextMetadata']))
    throw new Refused('InvalidCiphertextException', 'ciphertextMetadata is missing.');
  const metadata = bytes(given, 'ciphertextMetadata');
  if (metadata.length > MAX_METADATA_BYTES)
    throw invalid('ciphertextMetadata', `must have at most ${MAX_METADATA_BYTES} bytes`);
  return { ...request, message: { metadata, iv, tag, ciphertext } };
}

function parse(body: Buffer): Members {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new Refused('ValidationException', 'The body must be JSON in UTF-8.');
  }
  if (!isObject(value)) throw new Refused('ValidationException', 'The body must be a JSON object.');
  return value;
}

/** @param required members beside those that every request must have */
function onBehalfOf(given: Members, required: readonly string[]): OnBehalfOf {
  const metadata = given['requestMetadata'];
  if (!isObject(metadata)) throw invalid('requestMetadata', 'must be an object');
  const text = (name: string): string | undefined => {
    const value = metadata[name];
    if (isAbsent(value) && !required.includes(name)) return undefined;
    return requiredText(metadata, name);
  };
  return {
    operation: requiredText(metadata, 'kmsOperation'),
    requestId: requiredText(metadata, 'kmsRequestId'),
    principalArn: text('awsPrincipalArn'),
    kmsKeyArn: text('kmsKeyArn'),
    viaService: text('kmsViaService'),
    sourceVpc: text('awsSourceVpc'),
    sourceVpce: text('awsSourceVpce'),
  };
}

function requiredText(metadata: Members, name: string): string {
  const value = metadata[name];
  if (typeof value === 'string' && value !== '' && value.length <= MAX_TEXT) return value;
  throw invalid(`requestMetadata.${name}`, `must be a text of at most ${MAX_TEXT} characters`);
}

function requireAlgorithm(given: Members): void {
  if (given['encryptionAlgorithm'] !== ALGORITHM)
    throw invalid('encryptionAlgorithm', `must be ${ALGORITHM}`);
}

function associatedData(given: Members): Buffer {
  const name = 'additionalAuthenticatedData';
  if (isAbsent(given[name])) return Buffer.alloc(0);
  const value = given[name] === '' ? Buffer.alloc(0) : bytes(given, name);
  if (value.length > MAX_AAD_BYTES) throw tooLong(name, MAX_AAD_BYTES);
  return value;
}

function message(given: Members, name: string): Buffer {
  const value = bytes(given, name);
  if (value.length > MAX_MESSAGE_BYTES) throw tooLong(name, MAX_MESSAGE_BYTES);
  return value;
}

function bytes(given: Members, name: string): Buffer {
  const value = decodeBase64(given[name]);
  if (value === undefined || value.length === 0) throw invalid(name, 'must be base64 of at least one byte');
  return value;
}

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Writers of JSON in some languages write a member that is not there as null. */
const isAbsent = (value: unknown): boolean => value === undefined || value === null;

function invalid(member: string, rule: string): Refused {
  return new Refused('ValidationException', `${member} ${rule}.`);
}

/** "if a parameter value exceeded the maximum size that is currently supported" (specification, "Error codes", 501). */
function tooLong(member: string, most: number): Refused {
  return new Refused('UnsupportedOperationException', `${member} must have at most ${most} bytes.`);
}
