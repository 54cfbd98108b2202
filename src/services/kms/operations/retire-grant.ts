import { hiddenDenial } from '../../../access/denial.ts';
import type { Grant } from '../../../access/grant.ts';
import type { RetireGrantRequest } from '../../../aws/generated/kms.ts';
import { removeGrant } from '../../../storage/grants.ts';
import type { Call } from '../call.ts';
import { grantNotFound, validation } from '../errors.ts';
import { grantByToken, requireGrant, requireGrantId } from '../grant-lookup.ts';
import { asksForLabels, callerConditions, keyConditions, noConditions } from '../condition-context.ts';
import type { KmsKey } from '../key.ts';
import { operation } from '../operation.ts';
import { findKey, finishDryRun, requireKeyState } from '../pipeline.ts';

const ACTION = 'kms:RetireGrant';

/**
 * Ends a grant, by those whom the grant itself names, and by the account that made it. The key's policy can only forbid it.
 * AWS: API_RetireGrant.
 */
export const retireGrant = operation('RetireGrant', {
  action: ACTION,
  readOnly: false,
  authorizes: 'itself',
  context: noConditions,
  audit: () => null,

  async handle(call) {
    const { kms } = call;
    const { key, grant } = await grantToRetire(call);
    const asked = asksForLabels(kms.access, call.request, key.policy);
    const labels = asked ? await kms.catalog.labels(key.arn) : undefined;
    call.authorize({
      action: ACTION,
      resource: key.arn,
      resourceAccountId: key.accountId,
      keyPolicy: key.policy,
      acrossAccounts: true,
      retires: grant,
      context: () => ({ ...callerConditions(call.caller.accountId), ...keyConditions(key, labels) }),
    });
    call.useKey(key);
    call.note({ grantId: grant.grantId });
    requireKeyState(call, key);
    finishDryRun(call);
    await call.commit({ keyId: key.arn }, async (tx) => {
      if (!(await removeGrant(tx, grant.grantId))) throw grantNotFound(grant.grantId);
    });
    kms.grants.remove(key.arn, grant.grantId);
    return undefined;
  },
});

/**
 * The grant of a token, or of a key (its id or ARN) and a grant id. Of another account's key that has no such grant nothing
 * is told, not even that it is there.
 * @throws ApiError ValidationException, InvalidGrantTokenException, InvalidArnException, InvalidGrantIdException,
 *   NotFoundException, AccessDeniedException
 */
async function grantToRetire(call: Call<'RetireGrant'>): Promise<{ key: KmsKey; grant: Grant }> {
  const { kms, input, region, caller } = call;
  requireOneForm(input);
  if (input.GrantToken !== undefined) {
    const row = await grantByToken(kms, region, input.GrantToken);
    const key = await findKey(call, row.key_arn, 'id', ACTION);
    return { key, grant: requireGrant(kms, key, row.grant_id) };
  }
  const grantId = input.GrantId as string;
  requireGrantId(grantId);
  const key = await findKey(call, input.KeyId as string, 'id', ACTION);
  if (key.accountId !== caller.accountId && kms.grants.find(key.arn, grantId) === undefined) {
    throw hiddenDenial({ callerArn: caller.arn, action: ACTION, resource: key.arn });
  }
  return { key, grant: requireGrant(kms, key, grantId) };
}

/** @throws ApiError ValidationException */
function requireOneForm({ GrantToken, KeyId, GrantId }: RetireGrantRequest): void {
  const byId = KeyId !== undefined || GrantId !== undefined;
  const complete = GrantToken !== undefined || (KeyId !== undefined && GrantId !== undefined);
  if (!complete || (GrantToken !== undefined && byId)) {
    throw validation('Either GrantToken, or both KeyId and GrantId, must be specified.');
  }
}
