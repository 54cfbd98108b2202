import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ApiError } from '../../src/aws/errors.ts';
import { signRequest } from '../../src/aws/sigv4/sign.ts';
import { createSignatureCheck, type WireRequest } from '../../src/aws/sigv4/verify.ts';

interface Vector {
  name: string;
  context: {
    credentials: { access_key_id: string; secret_access_key: string; token?: string };
    normalize: boolean;
    omit_session_token?: boolean;
    region: string;
    service: string;
    timestamp: string;
  };
  method: string;
  target: string;
  headers: [string, string][];
  body: string;
  signature: string;
  authorization: string;
}

const folder = process.env.CLAVIGER_VECTORS ?? join(import.meta.dirname, '../../../shared/vectors');
const file = join(folder, 'sigv4.json');
const vectors = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Vector[]) : undefined;
const skip = vectors === undefined ? `no vectors: ${file} is not there (set CLAVIGER_VECTORS)` : false;

const requestOf = ({ method, target, headers, body }: Vector): WireRequest => ({
  method,
  target,
  rawHeaders: headers.flat(),
  body: Buffer.from(body),
});

function checkOf({ context: { credentials, region, normalize } }: Vector) {
  return createSignatureCheck({
    lookup: (accessKeyId, sessionToken) =>
      accessKeyId === credentials.access_key_id
        ? {
            secretAccessKey: credentials.secret_access_key,
            ...(sessionToken && { sessionToken: credentials.token ?? '' }),
          }
        : undefined,
    regions: [region],
    normalize,
  });
}

describe('the public Signature Version 4 vectors', { skip }, () => {
  it('are all there', () => {
    assert.equal(vectors?.length, 38);
  });

  for (const vector of vectors ?? []) {
    const { context } = vector;
    const now = Date.parse(context.timestamp);

    it(`${vector.name} is verified`, () => {
      const verified = checkOf(vector)(requestOf(vector), context.service, now);
      assert.equal(verified.accessKeyId, context.credentials.access_key_id);
      assert.equal(verified.signedAt.getTime(), now);
    });

    it(`${vector.name} is refused with another body, method or target`, () => {
      const request = requestOf(vector);
      const others: WireRequest[] = [
        { ...request, body: Buffer.concat([request.body, Buffer.from('x')]) },
        { ...request, method: 'PUT' },
        { ...request, target: `${request.target}${request.target.includes('?') ? '&' : '?'}other=1` },
      ];
      for (const other of others) {
        assert.throws(
          () => checkOf(vector)(other, context.service, now),
          (error) => error instanceof ApiError && error.code === 'InvalidSignatureException',
        );
      }
    });

    const names = vector.headers.map(([name]) => name.toLowerCase());
    const canBeSigned =
      new Set(names).size === names.length && context.normalize && !context.omit_session_token;
    if (!canBeSigned) continue;
    it(`${vector.name} is signed as its author signed it`, () => {
      const signed = signRequest({
        method: vector.method,
        host: 'example.amazonaws.com',
        path: vector.target,
        headers: Object.fromEntries(
          vector.headers.filter(
            ([name]) => !/^(host|authorization|x-amz-date|x-amz-security-token)$/i.test(name),
          ),
        ),
        body: vector.body,
        credentials: {
          accessKeyId: context.credentials.access_key_id,
          secretAccessKey: context.credentials.secret_access_key,
          ...(context.credentials.token !== undefined && { sessionToken: context.credentials.token }),
        },
        region: context.region,
        service: context.service,
        now: new Date(now),
      });
      assert.equal(signed.authorization, vector.authorization);
    });
  }
});
