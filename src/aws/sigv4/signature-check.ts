/**
 * The check of one signature, in AWS's order and with its texts: who claims to have signed, when, for where, and whether it
 * is so. Which headers must be signed is the caller's to say (verify.ts).
 */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { expiredToken, invalidSignature, missingAuthenticationToken, unrecognizedClient } from '../errors.ts';
import {
  hasQueryForm,
  parseCredential,
  readHeaderForm,
  readQueryForm,
  requireKnownAlgorithm,
  SIGNATURE_CHARS,
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
  stringToSign,
  type HeaderList,
} from './canonical.ts';
import { parseSignatureDate, requireCurrent, type SignatureDate } from './date.ts';
import { createSigningKeys, sign } from './signing-key.ts';
import type { SigningCredentials, VerifiedRequest, VerifierOptions } from './verified-request.ts';

const MAX_KEPT_KEYS = 10_000;
const MAX_KEPT_HEADERS = 10_000;

/** A request, taken apart as far as the check and the rules of verify.ts need it. */
export interface Subject {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
}

export type SignatureCheck<C extends SigningCredentials> = (
  subject: Subject,
  service: string,
  now: number,
  requireSigned: (headers: HeaderList, signedHeaders: readonly string[]) => void,
) => VerifiedRequest<C>;

const mismatch = () =>
  invalidSignature(
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  );

/** @param normalize whether the path is normalised before it is signed (all services but S3) */
export function createCheck<C extends SigningCredentials>(
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
    const { algorithm, credential, signedHeaders, signedHeadersText, inOrder } = claimed.authorization;
    const date = knownDates.get(claimed.date) ?? parseSignatureDate(claimed.date);
    requireCurrent(date, now, claimed.expiresSeconds);
    requireSigned(subject.headers, signedHeaders);
    requireKnownAlgorithm(algorithm);
    const scope = knownScopes.get(credential) ?? parseCredential(credential);
    requireScope(scope, isRegion, service, date);

    const { accessKeyId, region } = scope;
    const found = lookup(accessKeyId, claimed.sessionToken);
    const bodyHash = hash('sha256', subject.body, 'hex');
    // Only the list that a signer makes: a list of thousands of names would cost time before anybody is known.
    const canonical = inOrder
      ? canonicalRequest({
          method: subject.method,
          path: canonicalPath(subject.path, normalize),
          query: claimed.query,
          headers: subject.headers,
          signedHeaders,
          signedHeadersText,
          bodyHash,
        })
      : undefined;
    const key =
      found === undefined
        ? nobodysKeys.get(`${scope.date}/${region}/${service}`, nobodysSecret, scope.date, region, service)
        : keys.get(credential, found.secretAccessKey, scope.date, region, service);
    const scopeText = credential.slice(accessKeyId.length + 1);
    const wanted = sign(key, stringToSign(date.text, scopeText, canonical ?? ''));
    const matches = equals(wanted, claimed.signature) && canonical !== undefined;

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
  isRegion: (region: string, service: string) => boolean,
  service: string,
  date: SignatureDate,
): void {
  let text = '';
  const day = date.text.slice(0, 8);
  if (!isRegion(scope.region, service))
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

const wantedBytes = Buffer.alloc(SIGNATURE_CHARS);
const givenBytes = Buffer.alloc(SIGNATURE_CHARS);

/** In the same time wherever they differ. What is no ASCII takes more bytes than there is room for, or differs. */
function equals(wanted: string, given: string): boolean {
  if (given.length !== SIGNATURE_CHARS || givenBytes.write(given, 'utf8') !== SIGNATURE_CHARS) return false;
  wantedBytes.write(wanted, 'latin1');
  return timingSafeEqual(wantedBytes, givenBytes);
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
