/**
 * `aws cloudtrail validate-logs` for a bucket that is a folder: digest files are signed and in their places, each names the
 * one before rightly, and every log file that they list is there and unaltered.
 */
import type { KeyObject } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { sep } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { metadataOf, pathOf } from './buckets/directory-bucket.ts';
import { isSigned, sha256 } from './digest.ts';
import type { Digest } from './digest.ts';

export interface LogProblem {
  /** Key of the digest or log file. */
  file: string;
  kind: 'altered' | 'removed' | 'forged' | 'moved';
}

export interface LogValidation {
  /** Nothing is wrong, and there was something to check. */
  ok: boolean;
  digests: number;
  logFiles: number;
  /**
   * By Region, from when to when signed digests reach. That the newest ones, or all of a chain, were removed shows in no other: who
   * knows since when there is a trail sees it here.
   */
  reach: Record<string, DigestReach>;
  problems: LogProblem[];
}

/** ISO, UTC. */
export interface DigestReach {
  from: string;
  to: string;
}

interface OpenedDigest {
  digest: Digest;
  hash: string;
  signature: string;
}

const DIGEST = /(^|\/)AWSLogs\/\d{12}\/CloudTrail-Digest\/([^/]+)\/.*\.json\.gz$/;

/** @param keys fingerprint to public key of all digest keys */
export async function validateLogs(
  root: string,
  keys: ReadonlyMap<string, KeyObject>,
): Promise<LogValidation> {
  const names = await readdir(root, { recursive: true });
  const objects = names.map((name) => name.split(sep).join('/')).filter((name) => DIGEST.test(name));
  const result: LogValidation = { ok: true, digests: 0, logFiles: 0, reach: {}, problems: [] };
  const opened = new Map<string, OpenedDigest>();
  for (const object of objects.sort()) {
    result.digests += 1;
    const digest = await openDigest(root, object, keys);
    if (typeof digest === 'string') result.problems.push({ file: object, kind: digest });
    else opened.set(object, digest);
  }
  const there = new Set(objects);
  for (const { digest } of opened.values()) {
    extend(result.reach, digest);
    const problem = previousProblem(digest, opened, there);
    if (problem !== undefined) result.problems.push(problem);
    for (const file of digest.logFiles) {
      result.logFiles += 1;
      const kind = await logFileProblem(root, file.s3Object, file.hashValue);
      if (kind !== undefined) result.problems.push({ file: file.s3Object, kind });
    }
  }
  result.ok = result.digests > 0 && result.problems.length === 0;
  return result;
}

function extend(reach: Record<string, DigestReach>, digest: Digest): void {
  const { digestS3Object, digestStartTime: from, digestEndTime: to } = digest;
  const region = DIGEST.exec(digestS3Object)?.[2] ?? '';
  const known = reach[region] ?? { from, to };
  reach[region] = { from: from < known.from ? from : known.from, to: to > known.to ? to : known.to };
}

async function openDigest(
  root: string,
  object: string,
  keys: ReadonlyMap<string, KeyObject>,
): Promise<OpenedDigest | LogProblem['kind']> {
  const metadata = await metadataOf(root, object);
  try {
    const content = gunzipSync(await readFile(pathOf(root, object)));
    const digest = JSON.parse(content.toString('utf8')) as Digest;
    if (digest.digestS3Object !== object) return 'moved';
    const key = keys.get(digest.digestPublicKeyFingerprint);
    const signature = metadata?.['signature'];
    const hash = sha256(content);
    if (key === undefined || signature === undefined || !isSigned(digest, hash, signature, key))
      return 'forged';
    return { digest, hash, signature };
  } catch {
    return 'altered'; // neither gzip nor JSON any more
  }
}

/** The digest before must be there, and be the one that is named; a chain's first names none. */
function previousProblem(
  digest: Digest,
  opened: ReadonlyMap<string, OpenedDigest>,
  there: ReadonlySet<string>,
): LogProblem | undefined {
  const { previousDigestS3Object: object, previousDigestS3Bucket: bucket } = digest;
  if (object === null || bucket !== digest.digestS3Bucket) return undefined; // of another bucket: it is validated there
  if (!there.has(object)) return { file: object, kind: 'removed' };
  const previous = opened.get(object);
  if (previous === undefined) return undefined; // named already
  const same =
    previous.hash === digest.previousDigestHashValue && previous.signature === digest.previousDigestSignature;
  return same ? undefined : { file: object, kind: 'altered' };
}

async function logFileProblem(
  root: string,
  object: string,
  hash: string,
): Promise<LogProblem['kind'] | undefined> {
  let compressed: Buffer;
  try {
    compressed = await readFile(pathOf(root, object));
  } catch {
    return 'removed';
  }
  try {
    return sha256(gunzipSync(compressed)) === hash ? undefined : 'altered';
  } catch {
    return 'altered';
  }
}
