/**
 * Signature Version 4 as an XKS proxy checks it: written from the specification ("Appendix A: Using SigV4 to sign XKS proxy
 * requests") and the AWS General Reference. Uses nothing of Claviger, so that it cannot share a mistake of it.
 */
import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface Credential {
  accessKeyId: string;
  secretAccessKey: string;
}

const WINDOW_MS = 5 * 60_000;

/** Whether one of the credentials signed this request in the last five minutes, host, date and body among it. */
export function isSigned(
  request: IncomingMessage,
  body: Buffer,
  credentials: readonly Credential[],
  region?: string,
): boolean {
  const authorization =
    /^AWS4-HMAC-SHA256 Credential=([A-Z2-7]+)\/(\d{8})\/([^/]+)\/kms-xks-proxy\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? '',
    );
  if (authorization === null) return false;
  const [, accessKeyId, day = '', scopeRegion = '', names = '', signature] = authorization;
  const credential = credentials.find((one) => one.accessKeyId === accessKeyId);
  if (credential === undefined || (region !== undefined && region !== scopeRegion)) return false;

  const date = String(request.headers['x-amz-date']);
  const time = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!date.startsWith(day) || !(Math.abs(Date.now() - time) <= WINDOW_MS)) return false;
  const signed = names.split(';');
  if (!signed.includes('host') || !signed.includes('x-amz-date')) return false;

  const canonical = [
    request.method,
    request.url, // of unreserved characters only, without a query: as it is
    '',
    ...signed.map((name) => `${name}:${String(request.headers[name]).trim()}`),
    '',
    names,
    sha256(body),
  ].join('\n');
  const scope = `${day}/${scopeRegion}/kms-xks-proxy/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  let key: Buffer = Buffer.from(`AWS4${credential.secretAccessKey}`);
  for (const part of [day, scopeRegion, 'kms-xks-proxy', 'aws4_request']) key = hmac(key, part);
  return hmac(key, toSign).toString('hex') === signature;
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex');
