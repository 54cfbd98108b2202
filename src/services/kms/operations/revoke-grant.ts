import { removeGrant } from '../../../storage/grants.ts';
import { grantNotFound } from '../errors.ts';
import { requireGrant } from '../grant-lookup.ts';
import { operation } from '../operation.ts';

/** Ends a grant, by whoever may do so on the key. AWS: API_RevokeGrant. */
export const revokeGrant = operation('RevokeGrant', {
  action: 'kms:RevokeGrant',
  readOnly: false,
  key: { from: 'KeyId', forms: 'id', acrossAccounts: true },
  context: () => ({ 'kms:GrantIsForAWSResource': 'false' }),
  dryRun: true,
  audit: ({ KeyId, GrantId }) => ({ keyId: KeyId, grantId: GrantId }),
  validate: ({ kms, key, input }) => {
    requireGrant(kms, key, input.GrantId);
  },

  async handle(call) {
    const { key, kms, input } = call;
    await call.commit({ keyId: key.arn }, async (tx) => {
      if (!(await removeGrant(tx, input.GrantId))) throw grantNotFound(input.GrantId);
    });
    kms.grants.remove(key.arn, input.GrantId);
    return undefined;
  },
});
