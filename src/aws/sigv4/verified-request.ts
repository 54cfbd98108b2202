/** What verification takes and gives. */

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
  /** Regions that a credential scope may have, for a service by its signing name. */
  readonly regions: readonly string[] | ((region: string, service: string) => boolean);
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
