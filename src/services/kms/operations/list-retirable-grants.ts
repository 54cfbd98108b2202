import { parseArn } from '../../../aws/arn.ts';
import { lowerCamel } from '../../../audit/event.ts';
import { listRetirableGrants as loadGrants } from '../../../storage/grants.ts';
import type { Call } from '../call.ts';
import { validation } from '../errors.ts';
import { requirePrincipal, requireService } from '../grant-principals.ts';
import type { GrantPrincipal } from '../grant-principals.ts';
import { grantEntry } from '../grants.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { page } from '../pagination.ts';

/**
 * The grants on the Region's keys, whoever owns them, that name a principal of the caller's account as the one to retire
 * them; of a service's those that the caller's account made. AWS: API_ListRetirableGrants.
 */
export const listRetirableGrants = operation('ListRetirableGrants', {
  action: 'kms:ListRetirableGrants',
  readOnly: true,
  authorizes: 'itself',
  context: noConditions,
  audit: lowerCamel,

  async handle(call) {
    const { input, kms, region, caller } = call;
    const { name, uniqueId } = authorizedPrincipal(call);
    const issuingAccountId = input.RetiringServicePrincipal === undefined ? undefined : caller.accountId;
    const { items, ...rest } = await page(
      input,
      { query: `ListRetirableGrants ${name}`, defaultLimit: 50, maxLimit: 100 },
      (after, limit) => loadGrants(kms.db, { retiring: name, region, issuingAccountId }, after, limit),
      (row) => row.grant_id,
    );
    // a grant may name one who is gone and had this principal's name
    const own = items.filter((row) => row.retiring_id === uniqueId || row.retiring_id === null);
    return { Grants: own.map((row) => grantEntry(kms.grants, row)), ...rest };
  },
});

/** @throws ApiError ValidationException, InvalidArnException, AccessDeniedException for principals of other accounts */
function authorizedPrincipal(call: Call<'ListRetirableGrants'>): GrantPrincipal {
  const { input, kms, caller } = call;
  const { RetiringPrincipal: arn, RetiringServicePrincipal: service } = input;
  if ((arn === undefined) === (service === undefined)) {
    throw validation('Exactly one of RetiringPrincipal and RetiringServicePrincipal must be specified.');
  }
  const action = 'kms:ListRetirableGrants';
  if (arn === undefined) {
    call.authorize({ action, resource: '*' });
    return requireService(service as string);
  }
  call.authorize({ action, resource: arn, resourceAccountId: parseArn(arn)?.account ?? caller.accountId });
  return requirePrincipal(kms.directory, arn);
}
