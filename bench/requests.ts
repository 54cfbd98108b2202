/** The requests of the benchmark: signed before the clock starts, each with a body of its own. */
import { signRequest } from '../src/aws/sigv4/sign.ts';
import type { Installation } from './claviger.ts';

export type OperationName = 'GenerateDataKey' | 'Encrypt' | 'Decrypt';

const PLAINTEXT = Buffer.alloc(32, 'claviger').toString('base64');

/** The encryption context of the n-th request. It differs from request to request, so that no cache can answer for the key. */
function contextOf(n: number): Record<string, string> {
  return { purpose: 'benchmark', record: String(n) };
}

/** Bodies of GenerateDataKey or Encrypt. */
export function bodiesOf(operation: 'GenerateDataKey' | 'Encrypt', keyArn: string, count: number): object[] {
  return bodiesOver(operation, [keyArn], count);
}

/** The same, with the keys by turns. */
export function bodiesOver(
  operation: 'GenerateDataKey' | 'Encrypt',
  keyArns: readonly string[],
  count: number,
): object[] {
  const members = operation === 'GenerateDataKey' ? { KeySpec: 'AES_256' } : { Plaintext: PLAINTEXT };
  return Array.from({ length: count }, (_, n) => ({
    KeyId: keyArns[n % keyArns.length],
    ...members,
    EncryptionContext: contextOf(n),
  }));
}

/** Bodies of Decrypt for the answers of Encrypt to {@link bodiesOf}, in the same order. */
export function decryptBodies(answers: readonly string[]): object[] {
  return answers.map((answer, n) => {
    const { CiphertextBlob } = JSON.parse(answer) as { CiphertextBlob: string };
    return { CiphertextBlob, EncryptionContext: contextOf(n) };
  });
}

/** Whole HTTP/1.1 requests, ready to be sent within the 5 minutes for which their signatures are good. */
export function signedRequests(
  installation: Installation,
  operation: OperationName,
  bodies: readonly object[],
): Buffer[] {
  const now = new Date();
  return bodies.map((members) => {
    const body = JSON.stringify(members);
    const headers = signedHeaders(installation, operation, body, now);
    const lines = Object.entries({ ...headers, 'content-length': String(Buffer.byteLength(body)) });
    return Buffer.from(
      `POST / HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
    );
  });
}

/** A service as its callers name it. */
export interface Api {
  /** In the scope of signatures. */
  signedAs: string;
  /** Before the operation in X-Amz-Target. */
  target: string;
}

const KMS: Api = { signedAs: 'kms', target: 'TrentService' };
export const CLOUDTRAIL: Api = {
  signedAs: 'cloudtrail',
  target: 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101',
};

/** The headers of one call, of KMS unless told. */
export function signedHeaders(
  { host, region, credentials }: Pick<Installation, 'host' | 'region' | 'credentials'>,
  operation: string,
  body: string,
  now: Date,
  { signedAs, target } = KMS,
): Record<string, string> {
  return signRequest({
    method: 'POST',
    host,
    path: '/',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${target}.${operation}` },
    body,
    credentials,
    region,
    service: signedAs,
    now,
  });
}
