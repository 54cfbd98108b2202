import { retireRight } from '../../../access/retiring.ts';
import type { Grant } from '../../../access/grant.ts';
import { removeGrant } from '../../../storage/grants.ts';
import type { Call } from '../call.ts';
import { grantNotFound, mayNotRetire } from '../errors.ts';
import { grantToRetire } from '../grant-lookup.ts';
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
  audit: () => null,

  async handle(call) {
    const { kms } = call;
    const { key, grant } = await grantToRetire(call);
    requireMayRetire(call, grant);
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

/** @throws ApiError AccessDeniedException */
function requireMayRetire(call: Call<'RetireGrant'>, grant: Grant): void {
  const { caller } = call;
  switch (retireRight(caller.principal, grant)) {
    case 'own':
      return;
    case 'delegated': // by IAM policies of the caller's account, wherever the key is
      call.authorize({
        action: 'kms:RetireGrant',
        resource: grant.keyArn,
        resourceAccountId: caller.accountId,
      });
      return;
    case 'none':
      throw mayNotRetire(caller.arn, grant.keyArn);
  }
}
