/**
 * src/attestation: who an attested recipient is, and messages that only it can open. An enclave (or an instance with a
 * NitroTPM) proves its code with a signed document that holds its public key. This file reads the document and believes
 * nothing; verifier.ts decides whether to. What must not be here: keys of KMS, and anything of its operations.
 *
 * Format: AWS Nitro Enclaves user guide, "Verifying the root of trust"; EC2 user guide, "Validate a NitroTPM Attestation
 * Document"; COSE_Sign1 of RFC 9052, section 4.2, in CBOR of RFC 8949 with the shortest encodings only.
 */
import { decode } from 'cborg';

/** A document that is not to be trusted; its message says why, in words that a caller may read. */
export class AttestationRejected extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'AttestationRejected';
  }
}

export type AttestedPlatform = 'NitroEnclave' | 'NitroTPM';

/** A document as it was written; whether any of it is true is not known yet. */
export interface AttestationDocument {
  platform: AttestedPlatform;
  /** `<instance id>-enc<…>` or `<instance id>-tpm<…>`. */
  moduleId: string;
  /** Milliseconds since 1970. */
  timestamp: number;
  /** By register, in the order of their numbers: 32, 48 or 64 bytes. */
  pcrs: ReadonlyMap<number, Buffer>;
  /** DER, of the key that signed the document. */
  certificate: Buffer;
  /** DER, the root first. */
  caBundle: readonly Buffer[];
  /** DER SubjectPublicKeyInfo of the recipient, as it says. */
  publicKey: Buffer | undefined;
  /** What the signature is over, beside the context: protected header and payload. */
  signed: { protectedHeader: Buffer; payload: Buffer };
  /** r and s of ECDSA with P-384, 48 bytes each. */
  signature: Buffer;
}

/** More than all members at their longest take. */
const MAX_DOCUMENT_BYTES = 16 * 1024;
const MAX_CERTIFICATE_BYTES = 1024;
const MAX_PUBLIC_KEY_BYTES = 1024;
/** user_data and nonce, which KMS does not look at. */
const MAX_USER_BYTES = 1024;
/** Root, region, zone and instance, and some to spare. */
const MAX_CA_CERTIFICATES = 8;
const REGISTERS = 32;
const PCR_BYTES: ReadonlySet<number> = new Set([32, 48, 64]);
const SIGNATURE_BYTES = 96;
/** {1: -35}, ES384: the only algorithm of these documents. */
const PROTECTED_HEADER = Buffer.from('a1013822', 'hex');

const PCRS: readonly (readonly [string, AttestedPlatform])[] = [
  ['pcrs', 'NitroEnclave'],
  ['nitrotpm_pcrs', 'NitroTPM'],
];
const MEMBERS: ReadonlySet<unknown> = new Set([
  ...['module_id', 'digest', 'timestamp', 'certificate', 'cabundle', 'public_key', 'user_data', 'nonce'],
  ...PCRS.map(([name]) => name),
]);

/** @throws AttestationRejected when the bytes are not exactly such a document */
export function parseAttestationDocument(bytes: Buffer): AttestationDocument {
  if (bytes.length > MAX_DOCUMENT_BYTES) throw new AttestationRejected('it is too long');
  const parts = readCbor(bytes, 'it');
  if (!Array.isArray(parts) || parts.length !== 4)
    throw new AttestationRejected('it is no COSE_Sign1 structure');
  const [protectedHeader, unprotected, payload, signature] = parts as unknown[];
  if (!isBytes(protectedHeader) || !PROTECTED_HEADER.equals(protectedHeader)) {
    throw new AttestationRejected('its algorithm is not ES384');
  }
  if (!(unprotected instanceof Map) || unprotected.size > 0) {
    throw new AttestationRejected('it has an unprotected header');
  }
  if (!isBytes(signature) || signature.length !== SIGNATURE_BYTES) {
    throw new AttestationRejected('its signature has a wrong length');
  }
  if (!isBytes(payload)) throw new AttestationRejected('it has no payload');
  return {
    ...parsePayload(payload),
    signed: { protectedHeader: Buffer.from(protectedHeader), payload: Buffer.from(payload) },
    signature: Buffer.from(signature),
  };
}

function parsePayload(payload: Uint8Array): Omit<AttestationDocument, 'signed' | 'signature'> {
  const members = readCbor(payload, 'its payload');
  if (!(members instanceof Map)) throw new AttestationRejected('its payload is no map');
  for (const name of members.keys()) {
    if (!MEMBERS.has(name)) throw new AttestationRejected('its payload has a member that is not known');
  }
  const moduleId: unknown = members.get('module_id');
  if (typeof moduleId !== 'string' || !/^[\x21-\x7e]{1,256}$/.test(moduleId)) {
    throw new AttestationRejected('its module_id is missing or wrong');
  }
  if (members.get('digest') !== 'SHA384') throw new AttestationRejected('its digest is not SHA384');
  const timestamp: unknown = members.get('timestamp');
  if (typeof timestamp !== 'number' || !Number.isSafeInteger(timestamp) || timestamp <= 0) {
    throw new AttestationRejected('its timestamp is missing or wrong');
  }
  const caBundle: unknown = members.get('cabundle');
  if (!Array.isArray(caBundle) || caBundle.length === 0 || caBundle.length > MAX_CA_CERTIFICATES) {
    throw new AttestationRejected('its cabundle is missing or wrong');
  }
  for (const name of ['user_data', 'nonce']) optionalBytes(members.get(name), name, MAX_USER_BYTES);
  return {
    ...parsePcrs(members),
    moduleId,
    timestamp,
    certificate: someBytes(members.get('certificate'), 'certificate', MAX_CERTIFICATE_BYTES),
    caBundle: caBundle.map((item) => someBytes(item, 'cabundle', MAX_CERTIFICATE_BYTES)),
    publicKey: optionalBytes(members.get('public_key'), 'public_key', MAX_PUBLIC_KEY_BYTES),
  };
}

/** Registers under exactly one of the two names: they mean different things on the two platforms. */
function parsePcrs(members: Map<unknown, unknown>): Pick<AttestationDocument, 'platform' | 'pcrs'> {
  const [found, ...more] = PCRS.filter(([name]) => members.has(name));
  if (found === undefined || more.length > 0)
    throw new AttestationRejected('its pcrs are missing or there twice');
  const [name, platform] = found;
  const given = members.get(name);
  if (!(given instanceof Map) || given.size === 0 || given.size > REGISTERS) {
    throw new AttestationRejected(`its ${name} are wrong`);
  }
  const pcrs: [number, Buffer][] = [];
  for (const [index, value] of given as Map<unknown, unknown>) {
    const isRegister =
      typeof index === 'number' && Number.isInteger(index) && index >= 0 && index < REGISTERS;
    if (!isRegister || !isBytes(value) || !PCR_BYTES.has(value.length)) {
      throw new AttestationRejected(`its ${name} are wrong`);
    }
    pcrs.push([index, Buffer.from(value)]);
  }
  return { platform, pcrs: new Map(pcrs.sort(([a], [b]) => a - b)) };
}

/** @throws AttestationRejected also for nesting so deep that the decoder gives up */
function readCbor(bytes: Uint8Array, what: string): unknown {
  try {
    return decode(bytes, {
      strict: true,
      useMaps: true,
      rejectDuplicateMapKeys: true,
      allowIndefinite: false,
      allowUndefined: false,
      allowBigInt: false,
      allowInfinity: false,
      allowNaN: false,
    });
  } catch {
    throw new AttestationRejected(`${what} is not CBOR of the expected form`);
  }
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

function someBytes(value: unknown, name: string, most: number): Buffer {
  if (isBytes(value) && value.length > 0 && value.length <= most) return Buffer.from(value);
  throw new AttestationRejected(`its ${name} is missing or wrong`);
}

/** The device writes null for what it was not given. */
function optionalBytes(value: unknown, name: string, most: number): Buffer | undefined {
  if (value === undefined || value === null) return undefined;
  if (isBytes(value) && value.length <= most) return Buffer.from(value);
  throw new AttestationRejected(`its ${name} is wrong`);
}
