/**
 * Verifies Signature Version 4, in AWS's order of checks and with its texts. A server has one way in, whose verifier is the
 * only maker of VerifiedRequest: `createVerifier`, or `createPathVerifier` where requests have paths. `createSignatureCheck` is
 * the part that knows no rules of our edge, so that the public vectors (any path, unsigned headers) can be run against the same code.
 */
import { incompleteSignature, invalidSignature } from '../errors.ts';
import { splitTarget, type HeaderList } from './canonical.ts';
import { createCheck, type Subject } from './signature-check.ts';
import type { SigningCredentials, Verifier, VerifierOptions, WireRequest } from './verified-request.ts';

export type {
  CredentialLookup,
  SigningCredentials,
  VerifiedRequest,
  Verifier,
  VerifierOptions,
  WireRequest,
} from './verified-request.ts';

/** The verifier of the server: a verified signature over a request that has one reading only. */
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
 * The same for a server whose requests have paths and no query: the signature is in the header. What the path means is the
 * server's to say, and it must not take one that has another form when it is signed (an empty segment, `.`, `..`). No header but
 * host and date may mean anything to it, for no other one must be signed.
 */
export function createPathVerifier<C extends SigningCredentials>(options: VerifierOptions<C>): Verifier<C> {
  const check = createCheck(options, true);
  return (request, service, now) => {
    const subject = readSubject(request);
    if (subject.query !== '') throw invalidSignature('The request must have no query.');
    requireSingle(subject.headers);
    return check(subject, service, now, requireHostAndDateSigned);
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

function requireHostAndDateSigned(headers: HeaderList, signedHeaders: readonly string[]): void {
  requireHostSigned(headers, signedHeaders);
  if (signedHeaders.includes('x-amz-date')) return;
  throw invalidSignature("'x-amz-date' must be a 'SignedHeader' in the AWS Authorization.");
}

function requireAllSigned(headers: HeaderList, signedHeaders: readonly string[]): void {
  requireHostSigned(headers, signedHeaders);
  for (const name of headers.names) {
    if (name.startsWith('x-amz-') && !signedHeaders.includes(name)) {
      throw invalidSignature(`'${name}' must be a 'SignedHeader' in the AWS Authorization.`);
    }
  }
}
