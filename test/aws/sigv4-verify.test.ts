import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { createVerifier, type SigningCredentials, type WireRequest } from '../../src/aws/sigv4/verify.ts';
import {
  ACCESS_KEY_ID,
  BODY,
  NOW,
  REGION,
  SECRET,
  headerOf,
  outcome,
  signedRequest,
  withHeader,
  withoutHeader,
} from './sigv4-requests.ts';

const SESSION: SigningCredentials = {
  secretAccessKey: 'sessionSecret',
  sessionToken: 'theToken',
  expiresAt: new Date(NOW.getTime() + 60_000),
};
const keys = new Map<string, SigningCredentials>([
  [ACCESS_KEY_ID, { secretAccessKey: SECRET }],
  ['ASIASESSION', SESSION],
]);
const newVerifier = () => createVerifier({ lookup: (id) => keys.get(id), regions: [REGION, 'us-east-1'] });
const verify = newVerifier();

const after = (milliseconds: number): Date => new Date(NOW.getTime() + milliseconds);
const session = (sessionToken?: string, secretAccessKey = 'sessionSecret'): WireRequest =>
  signedRequest({
    credentials: {
      accessKeyId: 'ASIASESSION',
      secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
    },
  });

const MISMATCH =
  /^InvalidSignatureException: The request signature we calculated does not match the signature you provided\. /;
const UNKNOWN = 'UnrecognizedClientException: The security token included in the request is invalid.';

/** A request in the query form: a presigned URL, with the body still signed. */
function presigned(changes: Record<string, string | undefined> = {}, now: Date = NOW): WireRequest {
  const date = `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  const query = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${ACCESS_KEY_ID}/${date.slice(0, 8)}/${REGION}/kms/aws4_request`,
    'X-Amz-Date': date,
    'X-Amz-Expires': '60',
    'X-Amz-SignedHeaders': 'host;x-amz-target',
    ...changes,
  };
  const search = new URLSearchParams(
    Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
  const unsigned: WireRequest = {
    method: 'POST',
    target: `/?${search.toString()}`,
    rawHeaders: ['host', 'localhost:7080', 'x-amz-target', 'TrentService.GenerateDataKey'],
    body: BODY,
  };
  return { ...unsigned, target: `${unsigned.target}&X-Amz-Signature=${presignature(unsigned, date)}` };
}

/** Computed here from the specification alone, not by the code under test. */
function presignature(request: WireRequest, date: string): string {
  const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
  const query = request.target.slice(2).split('&').sort().join('&');
  const canonical = `POST\n/\n${query}\nhost:localhost:7080\nx-amz-target:TrentService.GenerateDataKey\n\nhost;x-amz-target\n${sha256(request.body)}`;
  const scope = [date.slice(0, 8), REGION, 'kms', 'aws4_request'];
  const text = `AWS4-HMAC-SHA256\n${date}\n${scope.join('/')}\n${sha256(canonical)}`;
  let key: string | Buffer = `AWS4${SECRET}`;
  for (const part of scope) key = createHmac('sha256', key).update(part).digest();
  return createHmac('sha256', key).update(text).digest('hex');
}

describe('a signed request', () => {
  it('is accepted, with who signed it, when and where', () => {
    const verified = verify(signedRequest(), 'kms', NOW.getTime());
    assert.equal(verified.accessKeyId, ACCESS_KEY_ID);
    assert.equal(verified.region, REGION);
    assert.equal(verified.service, 'kms');
    assert.deepEqual(verified.signedAt, NOW);
    assert.equal(verified.credentials, keys.get(ACCESS_KEY_ID));
  });

  it('is accepted again within its time: clients repeat requests', () => {
    for (let i = 0; i < 3; i += 1) assert.equal(outcome(verify, signedRequest()), 'accepted');
  });

  it('is accepted whatever the case of header names and the spaces around values', () => {
    const request = signedRequest();
    const rawHeaders = request.rawHeaders.map((text, i) => (i % 2 === 0 ? text.toUpperCase() : ` ${text}  `));
    const at = rawHeaders.indexOf('AUTHORIZATION');
    rawHeaders[at + 1] = headerOf(request, 'authorization');
    assert.equal(outcome(verify, { ...request, rawHeaders }), 'accepted');
  });

  it('may carry its date in a Date header', () => {
    const date = NOW.toUTCString();
    const bare = signedRequest();
    const canonicalHeaders = ['date', 'host', 'x-amz-target'];
    const request: WireRequest = {
      ...bare,
      rawHeaders: ['date', date, 'host', 'localhost:7080', 'x-amz-target', 'T'],
    };
    const missing = withHeader(
      request,
      'authorization',
      `AWS4-HMAC-SHA256 Credential=${ACCESS_KEY_ID}/20251120/${REGION}/kms/aws4_request, SignedHeaders=${canonicalHeaders.join(';')}, Signature=${'0'.repeat(64)}`,
    );
    assert.match(outcome(verify, missing), MISMATCH); // got as far as the signature: the date was read
    assert.match(
      outcome(verify, missing, after(301_000)),
      /Signature expired: 20251120T202346Z is now earlier/,
    );
  });
});

describe('a request is refused', () => {
  it('without a signature', () => {
    const expected = 'MissingAuthenticationTokenException: Missing Authentication Token';
    assert.equal(outcome(verify, withoutHeader(signedRequest(), 'authorization')), expected);
    for (const value of ['', 'Bearer x', 'Basic YTpi', 'aws4-hmac-sha256 x']) {
      assert.equal(outcome(verify, withHeader(signedRequest(), 'authorization', value)), expected, value);
    }
  });

  it('when the parts of the header are missing or malformed', () => {
    const request = signedRequest();
    const header = (value: string): string => outcome(verify, withHeader(request, 'authorization', value));
    assert.equal(
      header('AWS4-HMAC-SHA256 Credential=a, oops'),
      "IncompleteSignatureException: 'oops' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 Credential=a, oops'.",
    );
    assert.equal(
      header('AWS4-HMAC-SHA256 Credential=a'),
      "IncompleteSignatureException: Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256 Credential=a",
    );
    const noDate = withoutHeader(request, 'x-amz-date');
    assert.equal(
      outcome(verify, noDate),
      `IncompleteSignatureException: Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=${headerOf(request, 'authorization')}`,
    );
    const twice = headerOf(request, 'authorization').replace('Credential=', 'Credential=x, Credential=');
    assert.match(header(twice), /^IncompleteSignatureException: /);
  });

  it('when its algorithm is not the one', () => {
    const other = headerOf(signedRequest(), 'authorization').replace(
      'AWS4-HMAC-SHA256',
      'AWS4-ECDSA-P256-SHA256',
    );
    assert.equal(
      outcome(verify, withHeader(signedRequest(), 'authorization', other)),
      "IncompleteSignatureException: Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256' (only AWS4-HMAC-SHA256 for now). ",
    );
  });

  it('when its date is no date', () => {
    for (const date of [
      '2025-11-20T20:23:46Z',
      '20251120',
      '20251320T202346Z',
      '20250230T202346Z',
      'yesterday',
    ]) {
      assert.equal(
        outcome(verify, withHeader(signedRequest(), 'x-amz-date', date)),
        `IncompleteSignatureException: Date must be in ISO-8601 'basic format'. Got '${date}'. See http://en.wikipedia.org/wiki/ISO_8601`,
      );
    }
  });

  it('when it is more than five minutes old or ahead, and not before', () => {
    const request = signedRequest();
    for (const offset of [0, 299_000, -299_000, 300_000, -300_000]) {
      assert.equal(outcome(verify, request, after(offset)), 'accepted', `${offset}`);
    }
    assert.equal(
      outcome(verify, request, after(301_000)),
      'InvalidSignatureException: Signature expired: 20251120T202346Z is now earlier than 20251120T202347Z (20251120T202847Z - 5 min.)',
    );
    assert.equal(
      outcome(verify, request, after(-301_000)),
      'InvalidSignatureException: Signature not yet current: 20251120T202346Z is still later than 20251120T202345Z (20251120T201845Z + 5 min.)',
    );
  });

  it('for a wrong clock before it is for an unknown key or a wrong secret', () => {
    const request = signedRequest({ credentials: { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' } });
    assert.match(outcome(verify, request, after(400_000)), /^InvalidSignatureException: Signature expired/);
    assert.equal(outcome(verify, request), UNKNOWN);
  });

  it('when host or any x-amz- header is not signed', () => {
    const auth = headerOf(signedRequest(), 'authorization');
    assert.equal(
      outcome(verify, withHeader(signedRequest(), 'authorization', auth.replace('host;', ''))),
      "InvalidSignatureException: 'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    );
    for (const name of ['x-amz-security-token', 'x-amz-anything']) {
      assert.equal(
        outcome(verify, withHeader(signedRequest(), name, 'x')),
        `InvalidSignatureException: '${name}' must be a 'SignedHeader' in the AWS Authorization.`,
      );
    }
    const { 'X-Amz-Target': target, ...others } = {
      'X-Amz-Target': 'TrentService.ListKeys',
      'content-type': 'x',
    };
    const later = withHeader(signedRequest({ headers: others }), 'X-Amz-Target', target);
    assert.match(outcome(verify, later), /'x-amz-target' must be a 'SignedHeader'/);
  });

  it('when its list of signed headers is not the one that a signer makes', () => {
    const auth = headerOf(signedRequest(), 'authorization');
    for (const list of [
      'host;content-type;x-amz-date;x-amz-target',
      'host;host;x-amz-date;x-amz-target',
      'host;x-amz-absent;x-amz-date;x-amz-target',
    ]) {
      const other = auth.replace('content-type;host;x-amz-date;x-amz-target', list);
      assert.match(outcome(verify, withHeader(signedRequest(), 'authorization', other)), MISMATCH);
    }
  });

  it('when the credential is not in five parts', () => {
    const auth = headerOf(signedRequest(), 'authorization').replace('/aws4_request', '');
    assert.match(
      outcome(verify, withHeader(signedRequest(), 'authorization', auth)),
      /^IncompleteSignatureException: Credential must have exactly 5 slash-delimited elements, e\.g\. keyid\/date\/region\/service\/term, got 'AKIA/,
    );
  });

  it('when the scope is another, with all that is wrong in one message', () => {
    assert.equal(
      outcome(verify, signedRequest({ region: 'mars-1' })),
      "InvalidSignatureException: Credential should be scoped to a valid region, not 'mars-1'. ",
    );
    assert.equal(
      outcome(verify, signedRequest(), NOW, 'cloudhsm'),
      "InvalidSignatureException: Credential should be scoped to correct service: 'cloudhsm'. ",
    );
    const auth = headerOf(signedRequest({ region: 'mars-1', service: 's3' }), 'authorization');
    const request = withHeader(
      signedRequest(),
      'authorization',
      auth.replace('/20251120/', '/20251119/').replace('aws4_request', 'aws5'),
    );
    assert.equal(
      outcome(verify, request),
      "InvalidSignatureException: Credential should be scoped to a valid region, not 'mars-1'. Credential should be scoped to correct service: 'kms'. Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'. Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20251119' != '20251120', from '20251120T202346Z'. ",
    );
  });

  it('when the secret is another, and the key that was kept is not used for it', () => {
    const own = new Map([['AKIA', { secretAccessKey: 'one' }]]);
    const verifyOwn = createVerifier({ lookup: (id) => own.get(id), regions: () => true });
    const signedWith = (secretAccessKey: string) =>
      signedRequest({ credentials: { accessKeyId: 'AKIA', secretAccessKey } });
    assert.equal(outcome(verifyOwn, signedWith('one')), 'accepted');
    assert.match(outcome(verifyOwn, signedWith('two')), MISMATCH);
    own.set('AKIA', { secretAccessKey: 'two' });
    assert.match(outcome(verifyOwn, signedWith('one')), MISMATCH);
    assert.equal(outcome(verifyOwn, signedWith('two')), 'accepted');
    own.delete('AKIA');
    assert.equal(outcome(verifyOwn, signedWith('two')), UNKNOWN);
  });

  it('when any header that decides something is there twice', () => {
    for (const name of [
      'Host',
      'X-Amz-Date',
      'Authorization',
      'x-amz-target',
      'Content-Type',
      'X-AMZ-ANYTHING',
    ]) {
      const request = signedRequest({
        headers: { 'content-type': 'x', 'x-amz-target': 'T', 'x-amz-anything': 'y' },
      });
      const twice = {
        ...request,
        rawHeaders: [...request.rawHeaders, name, headerOf(request, name.toLowerCase())],
      };
      assert.equal(
        outcome(verify, twice),
        `IncompleteSignatureException: The header '${name.toLowerCase()}' occurs more than once.`,
      );
    }
    const lengths = {
      ...signedRequest(),
      rawHeaders: [...signedRequest().rawHeaders, 'Content-Length', '2', 'content-length', '2'],
    };
    assert.match(outcome(verify, lengths), /content-length/);
  });

  it('when its path is not /', () => {
    for (const path of ['//', '/%2e', '/./', '/x', '', '*', 'http://localhost:7080/', '/%2F']) {
      assert.match(outcome(verify, signedRequest({ path })), /^InvalidSignatureException: The path/, path);
    }
  });

  it('when it declares another hash of its body, or none', () => {
    for (const declared of ['UNSIGNED-PAYLOAD', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', '0'.repeat(64), '']) {
      assert.match(
        outcome(verify, signedRequest({ headers: { 'x-amz-content-sha256': declared } })),
        /^InvalidSignatureException: The provided 'x-amz-content-sha256' header does not match/,
      );
    }
    const right = createHash('sha256').update(BODY).digest('hex');
    assert.equal(outcome(verify, signedRequest({ headers: { 'x-amz-content-sha256': right } })), 'accepted');
  });

  it('when its session token is missing, another, at its end, or beside a key that has none', () => {
    assert.equal(outcome(verify, session('theToken')), 'accepted');
    assert.equal(outcome(verify, session()), UNKNOWN);
    assert.equal(outcome(verify, session('theTokem')), UNKNOWN);
    assert.equal(outcome(verify, session('')), UNKNOWN);
    assert.match(outcome(verify, session('theTokem', 'wrong secret')), MISMATCH);
    const credentials = { accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET, sessionToken: 'theToken' };
    assert.equal(outcome(verify, signedRequest({ credentials })), UNKNOWN);
    assert.equal(
      outcome(verify, session('theToken'), after(60_000)),
      'ExpiredTokenException: The security token included in the request is expired',
    );
  });
});

describe('a presigned request', () => {
  it('is accepted until it says that it ends, and five minutes at most', () => {
    assert.equal(outcome(verify, presigned()), 'accepted');
    assert.equal(outcome(verify, presigned(), after(60_000)), 'accepted');
    assert.match(outcome(verify, presigned(), after(61_000)), /Signature expired: .* - 60 s\.\)$/);
    const long = presigned({ 'X-Amz-Expires': '604800' });
    assert.equal(outcome(verify, long, after(300_000)), 'accepted');
    assert.match(outcome(verify, long, after(301_000)), /Signature expired: /);
    assert.match(
      outcome(verify, presigned({ 'X-Amz-Expires': '0' })),
      /^IncompleteSignatureException: 'X-Amz-Expires'/,
    );
  });

  it('is refused beside an Authorization header, whatever the case of the parameter', () => {
    for (const name of [
      'X-Amz-Algorithm',
      'x-amz-credential',
      'X-Amz-Signature',
      'X-Amz-Security-Token',
      'X%2DAmz%2DDate',
    ]) {
      assert.equal(
        outcome(verify, signedRequest({ path: `/?${name}=x` })),
        "InvalidSignatureException: Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
      );
    }
  });

  it('is refused when a part is missing or there twice', () => {
    const request = presigned();
    const without = request.target.replace(/&X-Amz-Signature=.*/, '');
    assert.equal(
      outcome(verify, { ...request, target: without }),
      "IncompleteSignatureException: AWS query-string parameters must include 'X-Amz-Signature'. Re-examine the query-string parameters.",
    );
    const onlyCredential = { ...request, target: '/?X-Amz-Credential=a' };
    assert.match(
      outcome(verify, onlyCredential),
      /^IncompleteSignatureException: AWS query-string parameters must include/,
    );
    assert.match(
      outcome(verify, { ...request, target: `${request.target}&X-Amz-Date=20251120T202346Z` }),
      /^InvalidSignatureException: The query-string parameter 'X-Amz-Date' occurs more than once/,
    );
  });

  it('is refused when an x-amz- header is not signed, or anything signed is changed', () => {
    const request = presigned();
    assert.match(
      outcome(verify, withHeader(request, 'x-amz-other', '1')),
      /'x-amz-other' must be a 'SignedHeader'/,
    );
    assert.match(outcome(verify, withHeader(request, 'x-amz-target', 'TrentService.Decrypt')), MISMATCH);
    assert.match(outcome(verify, { ...request, body: Buffer.from('{}') }), MISMATCH);
    assert.match(outcome(verify, { ...request, method: 'GET' }), MISMATCH);
    assert.match(
      outcome(verify, { ...request, target: request.target.replace('Expires=60', 'Expires=61') }),
      MISMATCH,
    );
    assert.match(outcome(verify, { ...request, target: `${request.target}&a=b` }), MISMATCH);
  });
});
