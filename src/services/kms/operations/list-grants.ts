import { lowerCamel } from '../../../audit/event.ts';
import { listGrants as loadGrants } from '../../../storage/grants.ts';
import { requireGrantId } from '../grant-lookup.ts';
import { grantEntry } from '../grants.ts';
import { operation } from '../operation.ts';
import { page } from '../pagination.ts';

/** The grants of a key. AWS: API_ListGrants. */
export const listGrants = operation('ListGrants', {
  action: 'kms:ListGrants',
  readOnly: true,
  key: { from: 'KeyId', forms: 'id', acrossAccounts: true },
  context: () => ({ 'kms:GrantIsForAWSResource': 'false' }),
  audit: lowerCamel,
  validate: ({ input }) => {
    if (input.GrantId !== undefined) requireGrantId(input.GrantId);
  },

  async handle({ input, key, kms }) {
    const { GrantId: grantId, GranteePrincipal, GranteeServicePrincipal } = input;
    const grantees = [GranteePrincipal, GranteeServicePrincipal].filter((name) => name !== undefined);
    const { items, ...rest } = await page(
      input,
      { query: JSON.stringify(['ListGrants', key.arn, grantId, grantees]), defaultLimit: 50, maxLimit: 100 },
      (after, limit) => loadGrants(kms.db, { keyArn: key.arn, grantId, grantees }, after, limit),
      (row) => row.grant_id,
    );
    return { Grants: items.map((row) => grantEntry(kms.grants, row)), ...rest };
  },
});
