import { randomBytes } from 'node:crypto';
import { lowerCamel } from '../../../audit/event.ts';
import { countGrantsOf, findSameGrant, insertGrant } from '../../../storage/grants.ts';
import type { GrantRow } from '../../../storage/schema-grants.ts';
import type { DatabaseTransaction } from '../../../storage/store.ts';
import type { Call } from '../call.ts';
import { encryptionContextConditions } from '../condition-context.ts';
import { limitExceeded } from '../errors.ts';
import { requirePrincipal, requireService } from '../grant-principals.ts';
import type { GrantPrincipal } from '../grant-principals.ts';
import {
  constraintsOf,
  encodeConstraints,
  requireGrantFits,
  requireShortConstraints,
} from '../grant-rules.ts';
import { mintGrantToken } from '../grant-tokens.ts';
import type { Kms } from '../kms.ts';
import { operation } from '../operation.ts';
import { requireKeyState } from '../pipeline.ts';
import { currentKey } from '../related-keys.ts';

/**
 * Allows a principal to use a key. The same request with the same name gives the grant that is there already; the token is
 * a new one each time. AWS: API_CreateGrant.
 */
export const createGrant = operation('CreateGrant', {
  action: 'kms:CreateGrant',
  readOnly: false,
  key: { from: 'KeyId', forms: 'id', acrossAccounts: true },
  context: (input) => ({
    'kms:GrantOperations': input.Operations,
    'kms:GranteePrincipal': input.GranteePrincipal ?? input.GranteeServicePrincipal,
    'kms:RetiringPrincipal': input.RetiringPrincipal ?? input.RetiringServicePrincipal,
    'kms:GrantConstraintType': constraintsOf(input.Constraints)?.kind,
    'kms:GrantIsForAWSResource': 'false',
    ...encryptionContextConditions(constraintsOf(input.Constraints)?.pairs),
  }),
  childGrant: (input) => ({ operations: input.Operations, constraints: constraintsOf(input.Constraints) }),
  dryRun: true,
  precheck: ({ input }) => requireShortConstraints(input.Constraints),
  audit: ({ GrantTokens: _tokens, DryRun: _dryRun, ...shown }) => lowerCamel(shown),
  validate: (call) => {
    requireGrantFits(call.key, call.input);
    principalsOf(call);
  },

  async handle(call) {
    const { key, kms } = call;
    const wanted = wantedGrant(call);
    const shown = ({ grant_id }: GrantRow): Record<string, unknown> => ({
      grantId: grant_id,
      keyId: key.arn,
    });
    const grant = await call.commit(shown, async (tx) => {
      requireKeyState(call, await currentKey(kms, tx, key.arn));
      const same = await findSameGrant(tx, wanted);
      if (same !== undefined) return kms.mac.check('grants', same);
      if (!isFarFromQuota(kms, key.arn)) await requireRoomForGrant(kms, tx, key.arn);
      await insertGrant(tx, wanted);
      return wanted;
    });
    if (grant === wanted) kms.grants.add(grant);
    return { GrantToken: mintGrantToken(kms.mac, grant.grant_id), GrantId: grant.grant_id };
  },
});

/** More grants than all processes can be making for one key at one moment: memory does not have those. */
const BEING_MADE = 1_000;

/** Counting a key's 50,000 grants takes some milliseconds, in which nobody else can change anything. */
function isFarFromQuota({ grants, limits }: Kms, keyArn: string): boolean {
  const known = grants.count(keyArn);
  return known !== undefined && known + BEING_MADE < limits.grantsPerKey;
}

/** @throws ApiError LimitExceededException */
async function requireRoomForGrant({ limits }: Kms, tx: DatabaseTransaction, keyArn: string): Promise<void> {
  const most = limits.grantsPerKey;
  if ((await countGrantsOf(tx, keyArn)) < most) return;
  throw limitExceeded(`The key ${keyArn} has ${most} grants, the most that a key may have.`);
}

/** @throws ApiError InvalidArnException, ValidationException */
function principalsOf({ input, kms }: Call<'CreateGrant'>): {
  grantee: GrantPrincipal;
  retiring: GrantPrincipal | undefined;
} {
  const principal = (arn: string | undefined, service: string | undefined): GrantPrincipal | undefined => {
    if (service !== undefined) return requireService(service);
    return arn === undefined ? undefined : requirePrincipal(kms.directory, arn);
  };
  const grantee = principal(input.GranteePrincipal, input.GranteeServicePrincipal);
  if (grantee === undefined) throw new Error('a grant without a grantee was not refused');
  return { grantee, retiring: principal(input.RetiringPrincipal, input.RetiringServicePrincipal) };
}

function wantedGrant(call: Call<'CreateGrant'>): GrantRow {
  const { input, kms, key } = call;
  const { grantee, retiring } = principalsOf(call);
  return kms.mac.seal('grants', {
    grant_id: randomBytes(32).toString('hex'),
    key_arn: key.arn,
    name: input.Name ?? null,
    grantee: grantee.name,
    grantee_id: grantee.uniqueId,
    retiring: retiring?.name ?? null,
    retiring_id: retiring?.uniqueId ?? null,
    operations: JSON.stringify([...new Set(input.Operations)]),
    conditions: encodeConstraints(input.Constraints),
    issuing_account_id: call.caller.accountId,
    created_at: call.now,
  });
}
