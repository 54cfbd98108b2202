import { lowerCamel } from '../../../audit/event.ts';
import { putEntity } from '../changes.ts';
import type { OidcProvider } from '../entities.ts';
import { oidcProviderArn } from '../entities.ts';
import { providerTaken, quotaExceeded } from '../errors.ts';
import { issuerOf, requireClientIds, requireThumbprints } from '../oidc-providers.ts';
import { operation } from '../operation.ts';
import { QUOTAS } from '../quotas.ts';
import { requestTags, requireMayTag, requireTags, tagMember } from '../tags.ts';

/** Registers an issuer of tokens, whose subjects may then assume roles that trust it. AWS: API_CreateOpenIDConnectProvider (IAM). */
export const createOpenIDConnectProvider = operation('CreateOpenIDConnectProvider', {
  action: 'iam:CreateOpenIDConnectProvider',
  readOnly: false,
  resources: ({ input, ports, caller }) => [
    oidcProviderArn(caller.accountId, issuerOf(input.Url, ports.oidc).name),
  ],
  context: ({ input }) => requestTags(input.Tags),
  audit: lowerCamel,

  async handle(call) {
    const { input, ports, caller } = call;
    const { accountId } = caller;
    const { url, name } = issuerOf(input.Url, ports.oidc);
    requireMayTag(call, 'iam:TagOpenIDConnectProvider', oidcProviderArn(accountId, name), input.Tags);
    if (ports.principals.isTaken(accountId, 'oidc-provider', name)) throw providerTaken(url);
    if (ports.principals.count(accountId, 'oidc-provider') >= QUOTAS.OpenIdConnectProvidersPerAccount)
      throw quotaExceeded('OpenIdConnectProvidersPerAccount', QUOTAS.OpenIdConnectProvidersPerAccount);
    const provider: OidcProvider = {
      kind: 'oidc-provider',
      id: oidcProviderArn(accountId, name),
      accountId,
      name,
      url,
      clientIds: requireClientIds(input.ClientIDList),
      thumbprints: requireThumbprints(input.ThumbprintList),
      tags: requireTags(input.Tags),
      createdAt: call.now,
    };
    const answer = { OpenIDConnectProviderArn: provider.id, ...tagMember(provider.tags) };
    await putEntity(call, provider, lowerCamel(answer));
    return answer;
  },
});
