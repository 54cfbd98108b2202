/** The signing keys of OpenID Connect providers, fetched when they are first needed and kept for a while. */
import { createPublicKey } from 'node:crypto';
import type { JsonWebKeyInput } from 'node:crypto';
import { createLocalJWKSet } from 'jose';
import type { JSONWebKeySet, JWK } from 'jose';
import type { CompartmentPorts } from '../../admission/compartments.ts';
import type { OidcProvider } from '../iam/entities.ts';
import { IssuerUnreachable } from './issuer-fetch.ts';
import type { FetchDocument } from './issuer-fetch.ts';

/** Keys are fetched anew after this. */
const FRESH_MS = 10 * 60_000;
/** If the provider cannot be reached then, the old ones do for so long. */
const STALE_MS = 60 * 60_000;
/** A token can make us ask a provider at most this long after we did, whatever it says. */
const PAUSE_MS = 10_000;
/** Requests that wait for one provider's keys at a time: strangers can send as many as they like. */
const MAX_WAITING = 32;
const MAX_KEYS = 100;

export type KeySet = ReturnType<typeof createLocalJWKSet>;

interface Kept {
  /** Of the provider as it was: a change of its thumbprints makes the keys be fetched again. */
  provider: OidcProvider;
  keys: KeySet | undefined;
  fetchedAt: number;
  triedAt: number;
  fetching: Promise<KeySet> | undefined;
  /** Requests that wait for it. */
  waiting: number;
}

export interface ProviderKeys {
  /** @param now milliseconds since 1970 @throws IssuerUnreachable */
  of(provider: OidcProvider, now: number): Promise<KeySet>;
  /** The same, when the keys of before lack the one that a token names; undefined when it is too soon to ask again. */
  again(provider: OidcProvider, now: number): Promise<KeySet | undefined>;
}

/** @param gate where requests have a place, which they leave while they wait for a provider: it may take its time, or hang */
export function createProviderKeys(
  fetchDocument: FetchDocument,
  gate: CompartmentPorts['gate'],
): ProviderKeys {
  const kept = new Map<string, Kept>();

  const entryOf = (provider: OidcProvider): Kept => {
    let entry = kept.get(provider.id);
    if (entry?.provider !== provider) {
      entry = {
        ...{ provider, keys: undefined, fetchedAt: 0, triedAt: -PAUSE_MS },
        ...{ fetching: undefined, waiting: 0 },
      };
      kept.set(provider.id, entry);
    }
    return entry;
  };
  const refresh = (entry: Kept, now: number): Promise<KeySet> => {
    if (entry.fetching !== undefined) return entry.fetching;
    const began = performance.now();
    entry.fetching = fetchKeys(fetchDocument, entry.provider)
      .then((keys) => {
        entry.keys = keys;
        entry.fetchedAt = now;
        return keys;
      })
      .finally(() => {
        entry.fetching = undefined;
        entry.triedAt = now + (performance.now() - began);
      });
    return entry.fetching;
  };
  const waitFor = async (entry: Kept, now: number): Promise<KeySet> => {
    if (entry.waiting >= MAX_WAITING)
      throw new IssuerUnreachable(`${entry.provider.url} keeps ${MAX_WAITING} requests waiting`);
    entry.waiting += 1;
    gate.leave();
    try {
      return await refresh(entry, now);
    } finally {
      entry.waiting -= 1;
      gate.reenter();
    }
  };

  return {
    async of(provider, now) {
      const entry = entryOf(provider);
      const age = now - entry.fetchedAt;
      if (entry.keys !== undefined && age < FRESH_MS) return entry.keys;
      const usable = entry.keys !== undefined && age < STALE_MS ? entry.keys : undefined;
      if (entry.fetching === undefined && now - entry.triedAt < PAUSE_MS) {
        if (usable !== undefined) return usable;
        throw new IssuerUnreachable(`${provider.url} could not be reached a moment ago`);
      }
      return waitFor(entry, now).catch((error: unknown) => {
        if (usable !== undefined) return usable;
        throw error;
      });
    },
    async again(provider, now) {
      const entry = entryOf(provider);
      if (entry.fetching === undefined && now - entry.triedAt < PAUSE_MS) return undefined;
      return waitFor(entry, now);
    },
  };
}

/** OpenID Connect Discovery 1.0, sections 3 and 4; RFC 7517 section 5. */
async function fetchKeys(fetchDocument: FetchDocument, provider: OidcProvider): Promise<KeySet> {
  const { url, thumbprints } = provider;
  const discovery = await fetchDocument(
    `${url.replace(/\/$/, '')}/.well-known/openid-configuration`,
    thumbprints,
  );
  const { issuer, jwks_uri: jwksUri } = (discovery ?? {}) as { issuer?: unknown; jwks_uri?: unknown };
  if (issuer !== url || typeof jwksUri !== 'string')
    throw new IssuerUnreachable(`${url} describes another issuer, or no keys`);
  const jwks = (await fetchDocument(jwksUri, thumbprints)) as JSONWebKeySet;
  if (!Array.isArray(jwks?.keys) || jwks.keys.length > MAX_KEYS)
    throw new IssuerUnreachable(`${jwksUri} holds no key set, or too large a one`);
  try {
    return createLocalJWKSet({ keys: jwks.keys.flatMap(publicKeyOf) });
  } catch (error) {
    throw new IssuerUnreachable(`${jwksUri} holds no key set`, { cause: error });
  }
}

/**
 * Members of a public key that are looked at (RFC 7517, RFC 7518 section 6), and the most characters of each: RSA up to 8,192 bits
 * with a short exponent. Whoever has a provider chooses them, and each token is checked against them.
 */
const KEY_MEMBERS = Object.entries({
  ...{ kty: 8, use: 8, alg: 16, kid: 1_024 },
  ...{ n: 1_366, e: 8, crv: 16, x: 88, y: 88 },
});

/** The key without what nobody needs; none when it has no type, a member is no text or too long, or no token can be checked with it. */
function publicKeyOf(key: unknown): JWK[] {
  const given = (key ?? {}) as Record<string, unknown>;
  const members = KEY_MEMBERS.filter(([name]) => given[name] !== undefined);
  const fit = members.every(([name, most]) => {
    const value = given[name];
    return typeof value === 'string' && value.length <= most;
  });
  if (!fit || given['kty'] === undefined) return [];
  const jwk: JWK = Object.fromEntries(members.map(([name]) => [name, given[name]]));
  return canVerify(jwk) ? [jwk] : [];
}

/** RFC 7518, section 3.3. */
const MIN_RSA_BITS = 2_048;

/** Whoever names another key in a token would have it fail as if something in the server were broken. */
function canVerify(jwk: JWK): boolean {
  try {
    const { asymmetricKeyDetails } = createPublicKey({ key: jwk as JsonWebKeyInput['key'], format: 'jwk' });
    return (asymmetricKeyDetails?.modulusLength ?? MIN_RSA_BITS) >= MIN_RSA_BITS;
  } catch {
    return false;
  }
}
