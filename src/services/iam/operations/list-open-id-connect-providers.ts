import { lowerCamel } from '../../../audit/event.ts';
import { operation } from '../operation.ts';

/** All registered issuers of the account. AWS: API_ListOpenIDConnectProviders (IAM). */
export const listOpenIDConnectProviders = operation('ListOpenIDConnectProviders', {
  action: 'iam:ListOpenIDConnectProviders',
  readOnly: true,
  audit: lowerCamel,

  handle: async ({ ports, caller }) => ({
    OpenIDConnectProviderList: ports.principals
      .list(caller.accountId, 'oidc-provider')
      .map(({ id }) => ({ Arn: id })),
  }),
});
