import { lowerCamel } from '../../../audit/event.ts';
import { requireProvider } from '../oidc-providers.ts';
import { operation } from '../operation.ts';
import { tagMember } from '../tags.ts';

/** A registered issuer. AWS: API_GetOpenIDConnectProvider (IAM). */
export const getOpenIDConnectProvider = operation('GetOpenIDConnectProvider', {
  action: 'iam:GetOpenIDConnectProvider',
  readOnly: true,
  resources: ({ input }) => [input.OpenIDConnectProviderArn],
  audit: lowerCamel,

  async handle(call) {
    const provider = requireProvider(call, call.input.OpenIDConnectProviderArn);
    return {
      Url: provider.name,
      ClientIDList: [...provider.clientIds],
      ThumbprintList: [...provider.thumbprints],
      CreateDate: new Date(provider.createdAt),
      ...tagMember(provider.tags),
    };
  },
});
