import { removeGrant } from '../../../storage/grants.ts';
import { grantNotFound } from '../errors.ts';
import { grantToRetire } from '../grant-lookup.ts';
import { callerConditions, keyConditions, noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { finishDryRun, requireKeyState } from '../pipeline.ts';

/**
 * Ends a grant, by those whom the grant itself names, and by the account that made it. The key's policy has no say.
 * AWS: API_RetireGrant.
 */
export const retireGrant = operation('RetireGrant', {
  action: 'kms:RetireGrant',
  readOnly: false,
  authorizes: 'itself',
  context: noConditions,
  audit: () => null,

  async handle(call) {
    const { kms } = call;
    const { key, grant } = await grantToRetire(call);
    call.authorize({
      action: 'kms:RetireGrant',
      resource: key.arn,
      resourceAccountId: key.accountId,
      keyPolicy: key.policy,
      acrossAccounts: true,
      retires: grant,
      context: () => ({ ...callerConditions(call.caller.accountId), ...keyConditions(key, undefined) }),
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
