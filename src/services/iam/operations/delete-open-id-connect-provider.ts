import { lowerCamel } from '../../../audit/event.ts';
import { removeEntity } from '../changes.ts';
import { requireProvider } from '../oidc-providers.ts';
import { operation } from '../operation.ts';

/** Unregisters an issuer: its tokens are worth nothing from now on. Sessions that were begun with them go on. AWS: API_DeleteOpenIDConnectProvider (IAM). */
export const deleteOpenIDConnectProvider = operation('DeleteOpenIDConnectProvider', {
  action: 'iam:DeleteOpenIDConnectProvider',
  readOnly: false,
  resources: ({ input }) => [input.OpenIDConnectProviderArn],
  audit: lowerCamel,

  async handle(call) {
    await removeEntity(call, requireProvider(call, call.input.OpenIDConnectProviderArn));
    return undefined;
  },
});
