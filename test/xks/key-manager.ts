/**
 * The external key manager of a test, and the four calls of the XKS proxy API over it: AES-256-GCM under keys in memory, as the
 * specification says it. Honest; what a proxy can do wrong is in misbehaviours.ts.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { ErrorName } from '../../src/xks/protocol.ts';

export interface ExternalKey {
  /** 32 bytes each; the last one encrypts. Another is pushed to rotate the key. */
  versions: Buffer[];
  keySpec: string;
  keyUsage: string[];
  keyStatus: string;
  ivBytes: 12 | 16;
  /** Whether messages carry metadata (one byte: which version). Without it only the first version can be used. */
  metadata: boolean;
}

/** What the proxy answers with an error. */
export class XksError extends Error {
  readonly errorName: ErrorName;

  constructor(errorName: ErrorName) {
    super(errorName);
    this.errorName = errorName;
  }
}

export function createExternalKey(wishes: Partial<ExternalKey> = {}): ExternalKey {
  return {
    versions: [randomBytes(32)],
    keySpec: 'AES_256',
    keyUsage: ['ENCRYPT', 'DECRYPT'],
    keyStatus: 'ENABLED',
    ivBytes: 12,
    metadata: true,
    ...wishes,
  };
}

export type Json = Record<string, unknown>;

export function keyMetadata({ keySpec, keyUsage, keyStatus }: ExternalKey): Json {
  return { keySpec, keyUsage, keyStatus };
}

export function health(): Json {
  return {
    xksProxyFleetSize: 1,
    xksProxyVendor: 'Claviger',
    xksProxyModel: 'test proxy 1',
    ekmVendor: 'Claviger',
    ekmFleetDetails: [{ id: 'manager-1', model: 'test manager 1', healthStatus: 'ACTIVE' }],
  };
}

/** @throws XksError */
export function encrypt(key: ExternalKey, request: Json): Json {
  requireUsable(key, 'ENCRYPT');
  const plaintext = bytes(request.plaintext);
  const aad = optionalBytes(request.additionalAuthenticatedData);
  if (request.encryptionAlgorithm !== 'AES_GCM' || plaintext.length > 4300 || aad.length > 8192)
    throw new XksError('ValidationException');
  const version = key.metadata ? key.versions.length - 1 : 0;
  const metadata = key.metadata ? Buffer.from([version]) : Buffer.alloc(0);
  const iv = randomBytes(key.ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key.versions[version] as Buffer, iv);
  cipher.setAAD(withLengths(aad, metadata));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const tag = cipher.getAuthTag();
  const integrity = createHash('sha256')
    .update(Buffer.concat([aad, metadata, iv, ciphertext, tag]))
    .digest();
  return {
    ciphertext: ciphertext.toString('base64'),
    ...(key.metadata && { ciphertextMetadata: metadata.toString('base64') }),
    initializationVector: iv.toString('base64'),
    authenticationTag: tag.toString('base64'),
    ...(request.ciphertextDataIntegrityValueAlgorithm === 'SHA_256' && {
      ciphertextDataIntegrityValue: integrity.toString('base64'),
    }),
  };
}

/** @throws XksError */
export function decrypt(key: ExternalKey, request: Json): Json {
  requireUsable(key, 'DECRYPT');
  const aad = optionalBytes(request.additionalAuthenticatedData);
  const metadata = optionalBytes(request.ciphertextMetadata);
  const iv = bytes(request.initializationVector);
  const tag = bytes(request.authenticationTag);
  const ciphertext = bytes(request.ciphertext);
  if (request.encryptionAlgorithm !== 'AES_GCM' || tag.length !== 16 || ![12, 16].includes(iv.length))
    throw new XksError('ValidationException');
  const version = key.versions[metadata[0] ?? 0];
  if (version === undefined) throw new XksError('InvalidCiphertextException');
  const decipher = createDecipheriv('aes-256-gcm', version, iv);
  decipher.setAAD(withLengths(aad, metadata)).setAuthTag(tag);
  try {
    const plaintext = Buffer.concat([decipher.update(ciphertext), decipher.final()]);
    return { plaintext: plaintext.toString('base64') };
  } catch {
    throw new XksError('InvalidCiphertextException');
  }
}

function requireUsable(key: ExternalKey, usage: string): void {
  if (key.keyStatus !== 'ENABLED') throw new XksError('InvalidStateException');
  if (!key.keyUsage.includes(usage)) throw new XksError('InvalidKeyUsageException');
}

/** Length in 2 bytes, associated data, length in 1 byte, metadata: none of the one can be taken for the other. */
function withLengths(aad: Buffer, metadata: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(aad.length);
  return Buffer.concat([length, aad, Buffer.from([metadata.length]), metadata]);
}

function bytes(value: unknown): Buffer {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(value))
    throw new XksError('ValidationException');
  return Buffer.from(value, 'base64');
}

const optionalBytes = (value: unknown): Buffer => (value === undefined ? Buffer.alloc(0) : bytes(value));
