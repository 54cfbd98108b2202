/** Where a request carries its signature: the Authorization header or the query. Parsing only; nothing is believed yet. */
import { incompleteSignature, invalidSignature, missingAuthenticationToken } from '../errors.ts';
import { ALGORITHM, headerValue, joinQuery, type HeaderList } from './canonical.ts';

/** The parts of a signature, before the checks of verify.ts. */
export interface Authorization {
  readonly algorithm: string;
  /** Access key id/date/region/service/terminator, not yet taken apart. */
  readonly credential: string;
  readonly signedHeaders: readonly string[];
  /** The same as the client wrote it. */
  readonly signedHeadersText: string;
  /** Ascending, no name twice, lower case: the one list that a signer makes. */
  readonly inOrder: boolean;
}

export interface ClaimedSignature {
  readonly authorization: Authorization;
  readonly signature: string;
  /** The date as the client wrote it. */
  readonly date: string;
  readonly sessionToken: string | undefined;
  /** Canonical, without the signature itself. */
  readonly query: string;
  /** Query form: seconds after the date at which the signature ends. */
  readonly expiresSeconds: number | undefined;
  /** Header form: the text before the signature, the same for many requests of one client. */
  readonly prefix: string | undefined;
}

/** A signature is a hash in hex. */
export const SIGNATURE_CHARS = 64;

function authorizationOf(algorithm: string, credential: string, signedHeadersText: string): Authorization {
  const signedHeaders = signedHeadersText.split(';');
  const inOrder = signedHeaders.every(
    (name, at) => name === name.toLowerCase() && (at === 0 || (signedHeaders[at - 1] as string) < name),
  );
  return { algorithm, credential, signedHeaders, signedHeadersText, inOrder };
}

/**
 * The signature in the Authorization header.
 * @param known finds a header's text before the signature among those that were verified before
 * @throws ApiError IncompleteSignatureException, MissingAuthenticationTokenException
 */
export function readHeaderForm(
  header: string,
  headers: HeaderList,
  query: string,
  known: (prefix: string) => Authorization | undefined,
): ClaimedSignature {
  if (!header.startsWith('AWS4-')) throw missingAuthenticationToken();
  const date = headerValue(headers, 'x-amz-date') ?? headerValue(headers, 'date');
  const sessionToken = headerValue(headers, 'x-amz-security-token');
  const prefix = header.slice(0, -SIGNATURE_CHARS);
  const authorization = prefix.endsWith(' Signature=') ? known(prefix) : undefined;
  if (authorization !== undefined && date !== undefined) {
    const signature = header.slice(-SIGNATURE_CHARS);
    return { authorization, signature, date, sessionToken, query, expiresSeconds: undefined, prefix };
  }

  const space = header.indexOf(' ');
  const algorithm = space < 0 ? header : header.slice(0, space);
  const fields = new Map<string, string>();
  for (const piece of space < 0 ? [] : header.slice(space + 1).split(',')) {
    const pair = piece.trim();
    const equals = pair.indexOf('=');
    if (equals <= 0 || fields.has(pair.slice(0, equals))) {
      throw incompleteSignature(
        `'${pair}' not a valid key=value pair (missing equal-sign) in Authorization header: '${header}'.`,
      );
    }
    fields.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  const credential = fields.get('Credential');
  const signature = fields.get('Signature');
  const signedHeaders = fields.get('SignedHeaders');
  if (!credential || !signature || !signedHeaders || !date) {
    const missing = (['Credential', 'Signature', 'SignedHeaders'] as const)
      .filter((name) => !fields.get(name))
      .map((name) => `Authorization header requires '${name}' parameter. `);
    if (!date)
      missing.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ");
    throw incompleteSignature(`${missing.join('')}Authorization=${header}`);
  }
  return {
    authorization: authorizationOf(algorithm, credential, signedHeaders),
    signature,
    date,
    sessionToken,
    query,
    expiresSeconds: undefined,
    prefix: prefix.endsWith(' Signature=') ? prefix : undefined,
  };
}

const QUERY_REQUIRED = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Signature',
  'X-Amz-SignedHeaders',
  'X-Amz-Date',
] as const;
const QUERY_FIELDS = new Set<string>([...QUERY_REQUIRED, 'X-Amz-Expires', 'X-Amz-Security-Token']);
const LOWER_FIELDS = new Set([...QUERY_FIELDS].map((name) => name.toLowerCase()));

/** Whether any member of a signature is in the query, in whatever case. */
export function hasQueryForm(pairs: readonly (readonly [string, string])[]): boolean {
  return pairs.some(([name]) => LOWER_FIELDS.has(name.toLowerCase()));
}

/**
 * The signature in the query (presigned URL).
 * @param pairs as canonicalQueryPairs gives them
 * @throws ApiError IncompleteSignatureException; InvalidSignatureException when a member is there twice
 */
export function readQueryForm(pairs: readonly (readonly [string, string])[]): ClaimedSignature {
  const fields = new Map<string, string>();
  for (const [name, value] of pairs) {
    if (!QUERY_FIELDS.has(name)) continue;
    if (fields.has(name))
      throw invalidSignature(`The query-string parameter '${name}' occurs more than once.`);
    fields.set(name, decodeQueryValue(value));
  }
  const missing = QUERY_REQUIRED.filter((name) => !fields.get(name));
  if (missing.length > 0) {
    const sentences = missing.map((name) => `AWS query-string parameters must include '${name}'. `);
    throw incompleteSignature(`${sentences.join('')}Re-examine the query-string parameters.`);
  }
  const field = (name: (typeof QUERY_REQUIRED)[number]): string => fields.get(name) as string;
  return {
    authorization: authorizationOf(
      field('X-Amz-Algorithm'),
      field('X-Amz-Credential'),
      field('X-Amz-SignedHeaders'),
    ),
    signature: field('X-Amz-Signature'),
    date: field('X-Amz-Date'),
    sessionToken: fields.get('X-Amz-Security-Token'),
    query: joinQuery(pairs.filter(([name]) => name !== 'X-Amz-Signature')),
    expiresSeconds: readExpires(fields.get('X-Amz-Expires')),
    prefix: undefined,
  };
}

/** Canonical encoding is always valid percent-encoding, but its bytes need not be UTF-8. */
function decodeQueryValue(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw incompleteSignature('Query-string parameters must be UTF-8.');
  }
}

function readExpires(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (seconds < 1 || seconds > 604_800) {
    throw incompleteSignature("'X-Amz-Expires' must be a number of seconds from 1 to 604800.");
  }
  return seconds;
}

export interface CredentialScope {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly terminator: string;
}

/** @throws ApiError IncompleteSignatureException */
export function parseCredential(credential: string): CredentialScope {
  const parts = credential.split('/');
  const [accessKeyId = '', date = '', region = '', service = '', terminator = ''] = parts;
  if (parts.length !== 5 || parts.includes('')) {
    throw incompleteSignature(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`,
    );
  }
  return { accessKeyId, date, region, service, terminator };
}

/** @throws ApiError IncompleteSignatureException */
export function requireKnownAlgorithm(algorithm: string): void {
  if (algorithm === ALGORITHM) return;
  throw incompleteSignature(`Unsupported AWS 'algorithm': '${algorithm}' (only AWS4-HMAC-SHA256 for now). `);
}
