/** Signed requests for the tests of Signature Version 4. */
import assert from 'node:assert/strict';
import { ApiError } from '../../src/aws/errors.ts';
import { signRequest, type RequestToSign } from '../../src/aws/sigv4/sign.ts';
import type { SigningCredentials, Verifier, WireRequest } from '../../src/aws/sigv4/verify.ts';

export const NOW = new Date('2025-11-20T20:23:46Z');
export const REGION = 'eu-central-1';
export const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
export const ACCESS_KEY_ID = 'AKIAIOSFODNN7EXAMPLE';
export const BODY = Buffer.from('{"KeyId":"alias/a","KeySpec":"AES_256"}');

const toSign: RequestToSign = {
  method: 'POST',
  host: 'localhost:7080',
  path: '/',
  headers: { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': 'TrentService.GenerateDataKey' },
  body: BODY,
  credentials: { accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET },
  region: REGION,
  service: 'kms',
  now: NOW,
};

/** Our signer's request as it arrives, with headers besides that nobody signs. */
export function signedRequest(changes: Partial<RequestToSign> = {}): WireRequest {
  const request = { ...toSign, ...changes };
  const headers = { ...signRequest(request), 'user-agent': 'test', accept: '*/*' };
  const body = Buffer.from((request.body ?? '') as Buffer);
  return { method: request.method, target: request.path, rawHeaders: Object.entries(headers).flat(), body };
}

/** The request with a header's value replaced, or the header added. */
export function withHeader(request: WireRequest, name: string, value: string): WireRequest {
  const rawHeaders = [...request.rawHeaders];
  const at = rawHeaders.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === name.toLowerCase());
  if (at < 0) rawHeaders.push(name, value);
  else rawHeaders[at + 1] = value;
  return { ...request, rawHeaders };
}

export function withoutHeader(request: WireRequest, name: string): WireRequest {
  const pairs = request.rawHeaders.filter((_, i) => request.rawHeaders[i - (i % 2)] !== name);
  return { ...request, rawHeaders: pairs };
}

export function headerOf(request: WireRequest, name: string): string {
  return request.rawHeaders[request.rawHeaders.indexOf(name) + 1] as string;
}

/** The refusal of a request as `code: message`, or 'accepted'. */
export function outcome<C extends SigningCredentials>(
  verify: Verifier<C>,
  request: WireRequest,
  now: Date = NOW,
  service = 'kms',
): string {
  try {
    verify(request, service, now.getTime());
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error));
    assert.equal(error.status, 400);
    return `${error.code}: ${error.message}`;
  }
  return 'accepted';
}
