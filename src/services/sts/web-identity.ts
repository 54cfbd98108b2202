/**
 * Tokens of OpenID Connect providers as proof of who asks: signature, issuer, audience, time. AWS:
 * API_AssumeRoleWithWebIdentity; "Available keys for AWS web identity federation"; RFC 7519, RFC 8725.
 */
import { decodeJwt, errors, jwtVerify } from 'jose';
import type { JWTPayload } from 'jose';
import type { Tag } from '../../aws/generated/sts.ts';
import type { Logger } from '../../logging/logger.ts';
import type { OidcProvider } from '../iam/entities.ts';
import type { Principals } from '../iam/principals.ts';
import { invalidToken, providerUnreachable, tokenExpired } from './errors.ts';
import { IssuerUnreachable } from './issuer-fetch.ts';
import type { KeySet, ProviderKeys } from './provider-keys.ts';

/** Whom a token speaks for. */
export interface WebIdentity {
  readonly provider: OidcProvider;
  readonly subject: string;
  readonly audience: string;
  /** Condition keys: `<issuer>:sub`, `<issuer>:aud`, `<issuer>:amr`. */
  readonly keys: Readonly<Record<string, string | readonly string[]>>;
  readonly tags: readonly Tag[];
  readonly transitiveTags: readonly string[];
  readonly sourceIdentity: string | undefined;
}

export interface WebIdentities {
  /**
   * @param accountId account whose providers count
   * @param now milliseconds since 1970
   * @throws ApiError InvalidIdentityTokenException, ExpiredTokenException, IDPCommunicationErrorException
   */
  verify(accountId: string, token: string, now: number): Promise<WebIdentity>;
}

/** Asymmetric ones only. AWS: "Create an OpenID Connect (OIDC) identity provider in IAM", considerations. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];
/** How far the provider's clock may be from ours, either way: for `exp`, `nbf` and `iat`. AWS: "OIDC federation". */
const CLOCK_TOLERANCE_SECONDS = 300;
const MAX_SUBJECT = 255;

const TAGS_CLAIM = 'https://aws.amazon.com/tags';
const SOURCE_IDENTITY_CLAIM = 'https://aws.amazon.com/source_identity';

interface Ports {
  principals: Principals;
  keys: ProviderKeys;
  logger: Logger;
}

export function createWebIdentities({ principals, keys, logger }: Ports): WebIdentities {
  return {
    async verify(accountId, token, now) {
      const provider = providerOf(principals, accountId, issuerOf(token));
      let claims: JWTPayload;
      try {
        claims = await verified(token, provider, keys, now);
      } catch (error) {
        if (error instanceof IssuerUnreachable) {
          logger.warn({ err: error, provider: provider.id }, 'the keys of a provider could not be fetched');
          throw providerUnreachable();
        }
        throw asTokenError(error, now);
      }
      return identityOf(provider, claims, now);
    },
  };
}

/** What the token says of its issuer, not believed yet. @throws ApiError InvalidIdentityTokenException */
function issuerOf(token: string): string {
  let issuer: string | undefined;
  try {
    issuer = decodeJwt(token).iss;
  } catch {
    // fall through
  }
  if (typeof issuer === 'string') return issuer;
  throw invalidToken(
    'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
  );
}

/** @throws ApiError InvalidIdentityTokenException */
function providerOf(principals: Principals, accountId: string, issuer: string): OidcProvider {
  const provider = principals.list(accountId, 'oidc-provider').find(({ url }) => url === issuer);
  if (provider !== undefined) return provider;
  throw invalidToken(`No OpenIDConnect provider found in your account for ${issuer}`);
}

async function verified(
  token: string,
  provider: OidcProvider,
  keys: ProviderKeys,
  now: number,
): Promise<JWTPayload> {
  const check = async (set: KeySet): Promise<JWTPayload> => {
    const { payload } = await jwtVerify(token, set, {
      issuer: provider.url,
      algorithms: ALGORITHMS,
      requiredClaims: ['exp', 'iat', 'sub', 'aud'],
      currentDate: new Date(now),
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    });
    return payload;
  };
  try {
    return await check(await keys.of(provider, now));
  } catch (error) {
    if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    const renewed = await keys.again(provider, now); // the provider may have new keys
    if (renewed === undefined) throw error;
    return check(renewed);
  }
}

function asTokenError(error: unknown, now: number): Error {
  if (error instanceof errors.JWTExpired) {
    const seconds = Math.floor(now / 1000);
    return tokenExpired(
      `Token expired: current date/time ${seconds} must be before the expiration date/time ${String(error.payload.exp)}`,
    );
  }
  if (error instanceof errors.JWTClaimValidationFailed)
    return invalidToken(`The claim ${error.claim} of the token is missing or not right.`);
  if (error instanceof errors.JWKSNoMatchingKey)
    return invalidToken(
      "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
    );
  if (error instanceof errors.JOSEError)
    return invalidToken('The web identity token could not be validated.');
  return error as Error;
}

/** @throws ApiError InvalidIdentityTokenException */
function identityOf(provider: OidcProvider, claims: JWTPayload, now: number): WebIdentity {
  const { sub: subject = '', iat = 0 } = claims;
  if (iat > now / 1000 + CLOCK_TOLERANCE_SECONDS) throw invalidToken('The token was issued in the future.');
  if (typeof subject !== 'string' || subject === '' || subject.length > MAX_SUBJECT)
    throw invalidToken('The claim sub of the token is missing or not right.');
  const audience = audienceOf(provider, claims);
  const { amr } = claims as { amr?: unknown };
  return {
    provider,
    subject,
    audience,
    keys: {
      [`${provider.name}:sub`]: subject,
      [`${provider.name}:aud`]: audience,
      ...(isTextOrTexts(amr) && { [`${provider.name}:amr`]: amr }),
    },
    ...tagsOf(claims),
    sourceIdentity: sourceIdentityOf(claims),
  };
}

/** Of amr: RFC 8176 has a list, some issuers a single text. */
function isTextOrTexts(value: unknown): value is string | string[] {
  return listed(value).every((item) => typeof item === 'string');
}

/** The authorized party where there is one, else the audience; it must be registered. @throws ApiError InvalidIdentityTokenException */
function audienceOf(provider: OidcProvider, { aud, azp }: JWTPayload & { azp?: unknown }): string {
  const named = typeof azp === 'string' ? [azp] : aud === undefined ? [] : [aud].flat();
  const audience = named.find((name) => provider.clientIds.includes(name));
  if (audience === undefined) throw invalidToken('Incorrect token audience');
  return audience;
}

/** AWS: "Pass session tags using AssumeRoleWithWebIdentity". @throws ApiError InvalidIdentityTokenException */
function tagsOf(claims: JWTPayload): { tags: Tag[]; transitiveTags: string[] } {
  const claim = claims[TAGS_CLAIM];
  if (claim === undefined) return { tags: [], transitiveTags: [] };
  const { principal_tags: given, transitive_tag_keys: transitive } = (claim ?? {}) as {
    principal_tags?: Record<string, unknown>;
    transitive_tag_keys?: unknown;
  };
  const tags = Object.entries(given ?? {}).map(([Key, value]) => {
    const [Value, ...more] = listed(value);
    if (typeof Value !== 'string' || more.length > 0 || Key.length > 128 || Value.length > 256)
      throw invalidToken('The session tags of the token are not right.');
    return { Key, Value };
  });
  if (tags.length > 50) throw invalidToken('The token has too many session tags.');
  return { tags, transitiveTags: listed(transitive ?? []).map(String) };
}

/** A claim may have one value, or a list of them. */
function listed(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [value];
}

function sourceIdentityOf(claims: JWTPayload): string | undefined {
  const value = claims[SOURCE_IDENTITY_CLAIM];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && /^[\w+=,.@-]{2,64}$/.test(value)) return value;
  throw invalidToken('The source identity of the token is not right.');
}
