/** OpenID Connect providers as requests name them. AWS: API_CreateOpenIDConnectProvider. */
import type { OidcConfiguration } from '../../configuration/oidc.ts';
import { invalidInput, providerNotFound, quotaExceeded, validation } from './errors.ts';
import type { OidcProvider } from './entities.ts';
import type { IamCall } from './operation.ts';
import { QUOTAS } from './quotas.ts';

/**
 * The issuer that a URL stands for: `url` as tokens have it, `name` without the scheme.
 * @throws ApiError ValidationError
 */
export function issuerOf(text: string, config: OidcConfiguration): { url: string; name: string } {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw validation('Invalid Open ID Connect Provider URL');
  }
  const loopback = url.hostname === 'localhost' || /^127\.\d+\.\d+\.\d+$/.test(url.hostname);
  const plain = url.protocol === 'http:' && loopback && config.allowHttpOnLoopback;
  const extra = url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '';
  if ((url.protocol !== 'https:' && !plain) || extra)
    throw validation('Invalid Open ID Connect Provider URL');
  const name = url.host + (url.pathname === '/' ? '' : url.pathname);
  const trailing = text.endsWith('/') && url.pathname === '/' ? '/' : '';
  return { url: `${url.protocol}//${name}${trailing}`, name };
}

/** @throws ApiError InvalidInputException, LimitExceededException */
export function requireClientIds(ids: readonly string[] = []): readonly string[] {
  const unique = [...new Set(ids)];
  if (unique.length > QUOTAS.ClientIdsPerOpenIdConnectProvider)
    throw quotaExceeded('ClientIdsPerOpenIdConnectProvider', QUOTAS.ClientIdsPerOpenIdConnectProvider);
  return unique;
}

/** SHA-1 of certificates, as hex in lower case. @throws ApiError InvalidInputException, LimitExceededException */
export function requireThumbprints(thumbprints: readonly string[] = []): readonly string[] {
  if (thumbprints.length > QUOTAS.ThumbprintsPerOpenIdConnectProvider)
    throw quotaExceeded('ThumbprintsPerOpenIdConnectProvider', QUOTAS.ThumbprintsPerOpenIdConnectProvider);
  return thumbprints.map((thumbprint) => {
    if (!/^[0-9a-fA-F]{40}$/.test(thumbprint)) throw invalidInput('Thumbprints are 40 hex digits.');
    return thumbprint.toLowerCase();
  });
}

/** @throws ApiError NoSuchEntityException */
export function requireProvider(call: IamCall, arn: string): OidcProvider {
  const provider = call.ports.principals.provider(arn);
  if (provider === undefined || provider.accountId !== call.caller.accountId) throw providerNotFound(arn);
  return provider;
}
