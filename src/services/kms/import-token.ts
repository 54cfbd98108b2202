/**
 * The import token that callers carry from GetParametersForImport to ImportKeyMaterial (docs/formats.md, "Import token"):
 *
 *     version 1 | wrapping algorithm 1 | modulus bits 2 | valid to, ms, 8 | SHA-256 of the key ARN 32 | sealed wrapping key
 *
 * The crypto process sealed the wrapping key with the 44 bytes before it as associated data: a token that was altered, or
 * is used for another key, does not open.
 */
import { createHash } from 'node:crypto';

const VERSION = 1;
const CLAIMS_BYTES = 44;

const ALGORITHM_CODES = {
  RSAES_OAEP_SHA_1: 1,
  RSAES_OAEP_SHA_256: 2,
  RSA_AES_KEY_WRAP_SHA_1: 3,
  RSA_AES_KEY_WRAP_SHA_256: 4,
} as const;
/** Wrapping algorithms that import takes. */
export type ImportAlgorithm = keyof typeof ALGORITHM_CODES;

export function isImportAlgorithm(name: string): name is ImportAlgorithm {
  return Object.hasOwn(ALGORITHM_CODES, name);
}

export interface ImportClaims {
  algorithm: ImportAlgorithm;
  modulusBits: number;
  /** Milliseconds since 1970. */
  validTo: number;
}

/** What the wrapping key is bound to. */
export function encodeClaims({ algorithm, modulusBits, validTo }: ImportClaims, keyArn: string): Buffer {
  const claims = Buffer.alloc(CLAIMS_BYTES);
  claims.writeUInt8(VERSION, 0);
  claims.writeUInt8(ALGORITHM_CODES[algorithm], 1);
  claims.writeUInt16BE(modulusBits, 2);
  claims.writeBigUInt64BE(BigInt(validTo), 4);
  createHash('sha256').update(keyArn).digest().copy(claims, 12);
  return claims;
}

/**
 * Takes a token apart; what it claims is proven only when the crypto process opens the wrapping key.
 * @returns undefined for what is no token for this key
 */
export function parseImportToken(
  token: Buffer,
  keyArn: string,
): { claims: ImportClaims; boundTo: Buffer; sealedWrappingKey: Buffer } | undefined {
  if (token.length <= CLAIMS_BYTES || token[0] !== VERSION) return undefined;
  const code = token.readUInt8(1);
  const algorithm = Object.keys(ALGORITHM_CODES).find(
    (name) => isImportAlgorithm(name) && ALGORITHM_CODES[name] === code,
  );
  if (algorithm === undefined || !isImportAlgorithm(algorithm)) return undefined;
  const validTo = Number(token.readBigUInt64BE(4));
  const claims = { algorithm, modulusBits: token.readUInt16BE(2), validTo };
  const boundTo = token.subarray(0, CLAIMS_BYTES);
  if (!Number.isSafeInteger(validTo) || !boundTo.equals(encodeClaims(claims, keyArn))) return undefined;
  return { claims, boundTo, sealedWrappingKey: token.subarray(CLAIMS_BYTES) };
}
