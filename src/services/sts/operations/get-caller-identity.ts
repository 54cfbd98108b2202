import { noResources, operation } from '../operation.ts';

/** Who calls. Needs no permission: no policy can take it away. AWS: API_GetCallerIdentity (STS). */
export const getCallerIdentity = operation('GetCallerIdentity', {
  action: 'sts:GetCallerIdentity',
  readOnly: true,
  resources: noResources,
  audit: () => null,

  handle: async ({ caller }) => ({
    UserId: caller.principal.userId,
    Account: caller.accountId,
    Arn: caller.arn,
  }),
});
