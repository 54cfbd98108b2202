/**
 * Verifies Signature Version 4, in AWS's order of checks and with its texts. There is one way in: `createVerifier`, whose
 * verifier is the only maker of VerifiedRequest. `createSignatureCheck` is the part that knows no rules of our edge, so
 * that the public vectors (any path, unsigned headers) can be run against the same code.
 */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  expiredToken,
  incompleteSignature,
  invalidSignature,
  missingAuthenticationToken,
  unrecognizedClient,
} from '../errors.ts';
import {
  hasQueryForm,
  parseCredential,
  readHeaderForm,
  readQueryForm,
  requireKnownAlgorithm,
  type Authorization,
  type ClaimedSignature,
  type CredentialScope,
} from './authorization.ts';
import {
  TERMINATOR,
  canonicalPath,
  canonicalQueryPairs,
  canonicalRequest,
  headerValue,
  joinQuery,
  splitTarget,
  stringToSign,
  type HeaderList,
} from './canonical.ts';
import { parseSignatureDate, requireCurrent, type SignatureDate } from './date.ts';
import { createSigningKeys, sign } from './signing-key.ts';

/** A request as it came in, before anything was read out of it. */
export interface WireRequest {
  readonly method: string;
  /** Raw request target: path and query. */
  readonly target: string;
  /** Name, value, name, value … as they were sent: `rawHeaders` of node:http. */
  readonly rawHeaders: readonly string[];
  /** All bytes of the body. */
  readonly body: Uint8Array;
}

/** What an access key id stands for. */
export interface SigningCredentials {
  readonly secretAccessKey: string;
  /** Temporary credentials: the token that must come with the request. */
  readonly sessionToken?: string;
  /** Temporary credentials: when they end. */
  readonly expiresAt?: Date;
}

/**
 * Finds the credentials of an access key. Undefined for one that is unknown, deleted or inactive.
 * @param sessionToken what the client sent, not yet verified; for stores that keep sessions in their tokens
 */
export type CredentialLookup<C extends SigningCredentials> = (
  accessKeyId: string,
  sessionToken: string | undefined,
) => C | undefined;

export interface VerifierOptions<C extends SigningCredentials> {
  readonly lookup: CredentialLookup<C>;
  readonly regions: readonly string[] | ((region: string) => boolean);
}

declare const verified: unique symbol;

/** Who signed a request. Only a verifier makes one. */
export interface VerifiedRequest<C extends SigningCredentials = SigningCredentials> {
  readonly [verified]: true;
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
  readonly signedAt: Date;
  /** What the lookup gave. */
  readonly credentials: C;
}

/**
 * @param service signing name that the credential scope must have
 * @param now milliseconds since the epoch
 * @throws ApiError MissingAuthenticationToken-, IncompleteSignature-, InvalidSignature-, UnrecognizedClient- or
 *   ExpiredTokenException
 */
export type Verifier<C extends SigningCredentials> = (
  request: WireRequest,
  service: string,
  now: number,
) => VerifiedRequest<C>;

const MAX_KEPT_KEYS = 10_000;
const MAX_KEPT_HEADERS = 10_000;

/** What the check and the edge rules share of one request. */
interface Subject {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
}

type SignatureCheck<C extends SigningCredentials> = (
  subject: Subject,
  service: string,
  now: number,
  requireSigned: (headers: HeaderList, signedHeaders: readonly string[]) => void,
) => VerifiedRequest<C>;

/** The verifier of the server: a verified signature over a request that has one reading only (security.md 2.9). */
export function createVerifier<C extends SigningCredentials>(options: VerifierOptions<C>): Verifier<C> {
  const check = createCheck(options, true);
  return (request, service, now) => {
    const subject = readSubject(request);
    if (subject.path !== '/') throw invalidSignature("The path of the request must be '/'.");
    requireSingle(subject.headers);
    return check(subject, service, now, requireAllSigned);
  };
}

/**
 * Signature alone: any path and query, headers that may repeat or be unsigned. For the public vectors, not for serving.
 * @param normalize false for services that sign the path as it is
 */
export function createSignatureCheck<C extends SigningCredentials>(
  options: VerifierOptions<C> & { readonly normalize?: boolean },
): Verifier<C> {
  const check = createCheck(options, options.normalize ?? true);
  return (request, service, now) => check(readSubject(request), service, now, requireHostSigned);
}

function readSubject(request: WireRequest): Subject {
  const { method, target, rawHeaders, body } = request;
  const names: string[] = [];
  const values: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    names.push((rawHeaders[i] as string).toLowerCase());
    values.push(rawHeaders[i + 1] as string);
  }
  const [path, query] = splitTarget(target);
  return { method, path, query, headers: { names, values }, body };
}

/** Headers that decide something: a second one would leave open which of them counts. */
const mustBeSingle = (name: string): boolean =>
  name.startsWith('x-amz-') ||
  name === 'host' ||
  name === 'authorization' ||
  name === 'content-length' ||
  name === 'content-type' ||
  name === 'date';

function requireSingle({ names }: HeaderList): void {
  for (let i = 0; i < names.length; i += 1) {
    const name = names[i] as string;
    if (mustBeSingle(name) && names.indexOf(name) !== i) {
      throw incompleteSignature(`The header '${name}' occurs more than once.`);
    }
  }
}

function requireHostSigned(_headers: HeaderList, signedHeaders: readonly string[]): void {
  if (signedHeaders.includes('host')) return;
  throw invalidSignature("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
}

function requireAllSigned(headers: HeaderList, signedHeaders: readonly string[]): void {
  requireHostSigned(headers, signedHeaders);
  for (const name of headers.names) {
    if (name.startsWith('x-amz-') && !signedHeaders.includes(name)) {
      throw invalidSignature(`'${name}' must be a 'SignedHeader' in the AWS Authorization.`);
    }
  }
}

const mismatch = () =>
  invalidSignature(
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  );

function createCheck<C extends SigningCredentials>(
  options: VerifierOptions<C>,
  normalize: boolean,
): SignatureCheck<C> {
  const { lookup, regions } = options;
  const isRegion = typeof regions === 'function' ? regions : (region: string) => regions.includes(region);
  const keys = createSigningKeys(MAX_KEPT_KEYS);
  // Unknown access keys are checked too, against a secret that nobody has: same work, and they cannot push out known ones.
  const nobodysSecret = randomBytes(30).toString('base64');
  const nobodysKeys = createSigningKeys(100);
  const knownHeaders = new Map<string, Authorization>();
  const knownScopes = new Map<string, CredentialScope>();
  const knownDates = new Map<string, SignatureDate>();

  return (subject, service, now, requireSigned) => {
    const claimed = readClaim(subject, (prefix) => knownHeaders.get(prefix));
    const { algorithm, credential, signedHeaders } = claimed.authorization;
    const date = knownDates.get(claimed.date) ?? parseSignatureDate(claimed.date);
    requireCurrent(date, now, claimed.expiresSeconds);
    requireSigned(subject.headers, signedHeaders);
    requireKnownAlgorithm(algorithm);
    const scope = knownScopes.get(credential) ?? parseCredential(credential);
    requireScope(scope, isRegion, service, date);

    const { accessKeyId, region } = scope;
    const found = lookup(accessKeyId, claimed.sessionToken);
    const bodyHash = hash('sha256', subject.body, 'hex');
    const canonical = canonicalRequest({
      method: subject.method,
      path: canonicalPath(subject.path, normalize),
      query: claimed.query,
      headers: subject.headers,
      signedHeaders,
      bodyHash,
    });
    const key =
      found === undefined
        ? nobodysKeys.get(`${scope.date}/${region}/${service}`, nobodysSecret, scope.date, region, service)
        : keys.get(credential, found.secretAccessKey, scope.date, region, service);
    const scopeText = credential.slice(accessKeyId.length + 1);
    const wanted = sign(key, stringToSign(date.text, scopeText, canonical ?? ''));
    const matches = equals(wanted, claimed.signature) && canonical !== undefined && areSorted(signedHeaders);

    if (found === undefined) throw unrecognizedClient();
    if (!matches) throw mismatch();
    requireDeclaredHash(subject.headers, bodyHash);
    requireSession(found, claimed.sessionToken, now);
    if (claimed.prefix !== undefined) keep(knownHeaders, claimed.prefix, claimed.authorization);
    keep(knownScopes, credential, scope);
    keep(knownDates, claimed.date, date);
    return {
      accessKeyId,
      region,
      service,
      signedAt: new Date(date.time),
      credentials: found,
    } as VerifiedRequest<C>;
  };
}

/** Only what was verified is kept, so that strangers cannot fill the maps; the oldest goes first. */
function keep<V>(map: Map<string, V>, key: string, value: V): void {
  if (map.has(key)) return;
  if (map.size >= MAX_KEPT_HEADERS) map.delete(map.keys().next().value as string);
  map.set(key, value);
}

function readClaim(
  { headers, query }: Subject,
  known: (prefix: string) => Authorization | undefined,
): ClaimedSignature {
  const at = headers.names.indexOf('authorization');
  const header = at < 0 ? undefined : headers.values[at];
  const pairs = query === '' ? [] : canonicalQueryPairs(query);
  if (!hasQueryForm(pairs)) {
    if (header === undefined) throw missingAuthenticationToken();
    return readHeaderForm(header, headers, joinQuery(pairs), known);
  }
  if (header !== undefined) {
    throw invalidSignature(
      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
    );
  }
  return readQueryForm(pairs);
}

/** All that is wrong with the scope, in one message. */
function requireScope(
  scope: CredentialScope,
  isRegion: (region: string) => boolean,
  service: string,
  date: SignatureDate,
): void {
  let text = '';
  const day = date.text.slice(0, 8);
  if (!isRegion(scope.region))
    text += `Credential should be scoped to a valid region, not '${scope.region}'. `;
  if (scope.service !== service) text += `Credential should be scoped to correct service: '${service}'. `;
  if (scope.terminator !== TERMINATOR) {
    text += `Credential should be scoped with a valid terminator: '${TERMINATOR}', not '${scope.terminator}'. `;
  }
  if (scope.date !== day) {
    text += `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scope.date}' != '${day}', from '${date.text}'. `;
  }
  if (text !== '') throw invalidSignature(text);
}

/** Ascending, no name twice, lower case: the one list that a signer makes. */
function areSorted(names: readonly string[]): boolean {
  for (let i = 0; i < names.length; i += 1) {
    const name = names[i] as string;
    if (name !== name.toLowerCase() || (i > 0 && (names[i - 1] as string) >= name)) return false;
  }
  return true;
}

function equals(wanted: Buffer, signature: string): boolean {
  if (!/^[0-9a-f]{64}$/.test(signature)) return false;
  return timingSafeEqual(wanted, Buffer.from(signature, 'hex'));
}

/** A hash that the client declares must be that of the bytes received; UNSIGNED-PAYLOAD and STREAMING-… never are. */
function requireDeclaredHash(headers: HeaderList, bodyHash: string): void {
  const declared = headerValue(headers, 'x-amz-content-sha256');
  if (declared === undefined || declared === bodyHash) return;
  throw invalidSignature("The provided 'x-amz-content-sha256' header does not match what was computed.");
}

/** A token belongs to its access key: it must be there, be the right one, and not stand beside a long-term key. */
function requireSession(credentials: SigningCredentials, token: string | undefined, now: number): void {
  const { sessionToken, expiresAt } = credentials;
  if (sessionToken !== undefined && token !== undefined) {
    const [wanted, given] = [Buffer.from(sessionToken), Buffer.from(token)];
    if (wanted.length !== given.length || !timingSafeEqual(wanted, given)) throw unrecognizedClient();
  } else if (sessionToken !== token) throw unrecognizedClient();
  if (expiresAt !== undefined && expiresAt.getTime() <= now) throw expiredToken();
}
