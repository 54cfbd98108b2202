/**
 * The canonical form of a request (AWS General Reference, "Create a canonical request"). Signer and verifier share it.
 * Nothing here knows a secret.
 */
import { hash } from 'node:crypto';

export const ALGORITHM = 'AWS4-HMAC-SHA256';
export const TERMINATOR = 'aws4_request';

/** YYYYMMDDTHHMMSSZ */
export function amzDate(now: Date): string {
  return `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

/** Headers with lower-case names, in the order of the request; names may repeat. */
export interface HeaderList {
  readonly names: readonly string[];
  readonly values: readonly string[];
}

const hex = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;

function percentEncode(text: string): string {
  let encoded = '';
  for (const byte of Buffer.from(text)) encoded += hex(byte);
  return encoded;
}

/** Path and query (without its question mark) of a raw request target. */
export function splitTarget(target: string): [path: string, query: string] {
  const question = target.indexOf('?');
  return question < 0 ? [target, ''] : [target.slice(0, question), target.slice(question + 1)];
}

/** Each segment of the path as it is on the wire, encoded (once more): RFC 3986, `/` kept. */
function encodePath(path: string): string {
  return path.replace(/[^A-Za-z0-9\-._~/]/gu, percentEncode);
}

/** RFC 3986 section 5.2.4, and empty segments left out. */
function normalizePath(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/');
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  const last = segments.at(-1);
  const trailing = kept.length > 0 && (last === '' || last === '.' || last === '..') ? '/' : '';
  return `/${kept.join('/')}${trailing}`;
}

/** @param normalize false for services that sign the path as it is (S3) */
export function canonicalPath(path: string, normalize = true): string {
  if (path === '/') return path;
  return encodePath(normalize ? normalizePath(path) : path);
}

/** A query name or value in its one encoding, whatever the client left unencoded or encoded without need. */
function encodeQueryPart(part: string): string {
  return part.replace(/%([0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~]/gu, (text, digits?: string) => {
    if (digits === undefined) return percentEncode(text);
    const byte = Number.parseInt(digits, 16);
    const char = String.fromCharCode(byte);
    return /[A-Za-z0-9\-._~]/.test(char) ? char : hex(byte);
  });
}

/** The pairs of a raw query, each in its canonical encoding, sorted by name and then by value. */
export function canonicalQueryPairs(query: string): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (const piece of query.split('&')) {
    if (piece === '') continue;
    const equals = piece.indexOf('=');
    const name = equals < 0 ? piece : piece.slice(0, equals);
    const value = equals < 0 ? '' : piece.slice(equals + 1);
    pairs.push([encodeQueryPart(name), encodeQueryPart(value)]);
  }
  const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return pairs.sort((a, b) => order(a[0], b[0]) || order(a[1], b[1]));
}

export function joinQuery(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

const SPACE = 0x20;

/** Trimmed, inner runs of white space made one space (folded lines too). Few values need it, so they are looked for. */
function canonicalValue(value: string): string {
  let before = SPACE;
  for (let i = 0; i < value.length; i += 1) {
    const code = value.charCodeAt(i);
    if (code <= SPACE && (code !== SPACE || before === SPACE)) return collapse(value);
    before = code;
  }
  return before === SPACE ? collapse(value) : value;
}

const collapse = (value: string): string => value.replace(/[ \t\r\n]+/g, ' ').replace(/^ | $/g, '');

/** All values of a header, joined by commas in the order of the request; undefined when it is absent. */
export function headerValue(headers: HeaderList, name: string): string | undefined {
  let joined: string | undefined;
  for (let i = headers.names.indexOf(name); i >= 0; i = headers.names.indexOf(name, i + 1)) {
    const value = canonicalValue(headers.values[i] as string);
    joined = joined === undefined ? value : `${joined},${value}`;
  }
  return joined;
}

export interface CanonicalParts {
  method: string;
  path: string;
  query: string;
  headers: HeaderList;
  /** Lower case, ascending. */
  signedHeaders: readonly string[];
  /** The same joined by semicolons. */
  signedHeadersText: string;
  /** SHA-256 of the body, lower-case hex. */
  bodyHash: string;
}

/** @returns undefined when a signed header is not there */
export function canonicalRequest(parts: CanonicalParts): string | undefined {
  let lines = '';
  for (const name of parts.signedHeaders) {
    const value = headerValue(parts.headers, name);
    if (value === undefined) return undefined;
    lines += `${name}:${value}\n`;
  }
  const { method, path, query, signedHeadersText, bodyHash } = parts;
  return `${method}\n${path}\n${query}\n${lines}\n${signedHeadersText}\n${bodyHash}`;
}

/** @param scope date/region/service/aws4_request */
export function stringToSign(date: string, scope: string, canonical: string): string {
  return `${ALGORITHM}\n${date}\n${scope}\n${hash('sha256', canonical, 'hex')}`;
}
