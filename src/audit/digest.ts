/**
 * Digest files: one an hour for each trail and Region, each naming the log files of its hour and signed together with the
 * signature of the one before. AWS: "CloudTrail digest file structure", "Custom implementations of CloudTrail log file
 * integrity validation" (CloudTrail user guide).
 */
import { createHash, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export const SIGNATURE_ALGORITHM = 'SHA256withRSA';

/** A log file as a digest names it. */
export interface DigestedFile {
  s3Bucket: string;
  s3Object: string;
  /** Hex SHA-256 of the uncompressed content. */
  hashValue: string;
  hashAlgorithm: 'SHA-256';
  newestEventTime: string;
  oldestEventTime: string;
}

/** The digest before; all null in the first one of a chain. */
export interface PreviousDigest {
  bucket: string | null;
  object: string | null;
  hash: string | null;
  signature: string | null;
}

export interface DigestInput {
  accountId: string;
  /** Milliseconds since 1970, whole seconds. */
  start: number;
  end: number;
  bucket: string;
  object: string;
  fingerprint: string;
  previous: PreviousDigest;
  files: readonly DigestedFile[];
}

/** A digest file's members, in AWS's order. */
export interface Digest {
  awsAccountId: string;
  digestStartTime: string;
  digestEndTime: string;
  digestS3Bucket: string;
  digestS3Object: string;
  digestPublicKeyFingerprint: string;
  digestSignatureAlgorithm: string;
  newestEventTime: string | null;
  oldestEventTime: string | null;
  previousDigestS3Bucket: string | null;
  previousDigestS3Object: string | null;
  previousDigestHashValue: string | null;
  previousDigestHashAlgorithm: string | null;
  previousDigestSignature: string | null;
  logFiles: readonly DigestedFile[];
}

/** The digest file's text. */
export function digestText(input: DigestInput): string {
  const { previous, files } = input;
  const digest: Digest = {
    awsAccountId: input.accountId,
    digestStartTime: secondsText(input.start),
    digestEndTime: secondsText(input.end),
    digestS3Bucket: input.bucket,
    digestS3Object: input.object,
    digestPublicKeyFingerprint: input.fingerprint,
    digestSignatureAlgorithm: SIGNATURE_ALGORITHM,
    newestEventTime:
      files
        .map((file) => file.newestEventTime)
        .sort()
        .at(-1) ?? null,
    oldestEventTime: files.map((file) => file.oldestEventTime).sort()[0] ?? null,
    previousDigestS3Bucket: previous.bucket,
    previousDigestS3Object: previous.object,
    previousDigestHashValue: previous.hash,
    previousDigestHashAlgorithm: previous.hash === null ? null : 'SHA-256',
    previousDigestSignature: previous.signature,
    logFiles: files,
  };
  return JSON.stringify(digest);
}

/** What is signed, PKCS#1 v1.5 with SHA-256: the file's end, place and hash, and the signature before. */
export function signedText(digest: Digest, hash: string): Buffer {
  const { digestEndTime, digestS3Bucket, digestS3Object, previousDigestSignature } = digest;
  return Buffer.from(
    [digestEndTime, `${digestS3Bucket}/${digestS3Object}`, hash, previousDigestSignature ?? 'null'].join(
      '\n',
    ),
  );
}

/** @param signature hex */
export function isSigned(digest: Digest, hash: string, signature: string, key: KeyObject): boolean {
  return verify('sha256', signedText(digest, hash), key, Buffer.from(signature, 'hex'));
}

/** Hex SHA-256. */
export function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** `2025-05-20T20:46:16Z` @param time milliseconds since 1970 */
export function secondsText(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}
