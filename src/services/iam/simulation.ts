/** What SimulatePrincipalPolicy and SimulateCustomPolicy ask of whoever evaluates policies (access/). */
import type { ContextEntry, EvaluationResult, SimulateCustomPolicyRequest } from '../../aws/generated/iam.ts';
import type { GrantListEntry } from '../../aws/generated/kms.ts';
import type { IdentityPolicies } from '../../access/directory.ts';
import type { Grant } from '../../access/grant.ts';
import type { SimulatedCase, SimulationRequest } from '../../access/simulation-results.ts';
import { invalidInput } from './errors.ts';

/** One result for each case. */
export type Simulate = (simulation: SimulationRequest, cases: readonly SimulatedCase[]) => EvaluationResult[];

/**
 * What both operations take alike.
 * @throws ApiError InvalidInputException
 */
export function simulationOf(
  accountId: string,
  principalArn: string | undefined,
  policies: IdentityPolicies,
  input: Omit<SimulateCustomPolicyRequest, 'PolicyInputList'>,
): SimulationRequest {
  const { ContextEntries: entries = [] } = input;
  const isGrants = ({ ContextKeyName }: ContextEntry): boolean => ContextKeyName === GRANTS_KEY;
  return {
    principalArn,
    accountId,
    policies,
    boundaries: input.PermissionsBoundaryPolicyInputList ?? [],
    resourcePolicy: input.ResourcePolicy,
    resourceOwner: input.ResourceOwner,
    callerArn: input.CallerArn,
    context: entries.filter((entry) => !isGrants(entry)),
    grants: entries.filter(isGrants).flatMap(({ ContextKeyValues = [] }) => ContextKeyValues.map(grantOf)),
  };
}

/**
 * IAM's simulations know no grants. As values of this context key, which no request has, they take grants of a key: each as
 * kms:ListGrants shows it, in JSON.
 */
export const GRANTS_KEY = 'claviger:Grant';

/** @throws ApiError InvalidInputException */
function grantOf(text: string): Grant {
  let entry: GrantListEntry;
  try {
    entry = JSON.parse(text) as GrantListEntry;
  } catch {
    throw invalidInput(`${GRANTS_KEY} is not JSON.`);
  }
  const { KeyId, GrantId, Operations, Constraints, IssuingAccount } = entry;
  const granteePrincipal = entry.GranteePrincipal ?? entry.GranteeServicePrincipal;
  if (
    [KeyId, GrantId, granteePrincipal, IssuingAccount].some((member) => typeof member !== 'string') ||
    !Array.isArray(Operations)
  )
    throw invalidInput(`${GRANTS_KEY} is not a grant as kms:ListGrants shows it.`);
  return {
    keyArn: KeyId as string,
    grantId: GrantId as string,
    granteePrincipal: granteePrincipal as string,
    retiringPrincipal: entry.RetiringPrincipal,
    operations: Operations,
    constraints: constraintsOf(Constraints),
    issuingAccountId: (IssuingAccount as string).split(':')[4] ?? '',
  };
}

function constraintsOf({
  EncryptionContextEquals,
  EncryptionContextSubset,
}: NonNullable<GrantListEntry['Constraints']> = {}): Grant['constraints'] {
  if (EncryptionContextEquals !== undefined)
    return { kind: 'EncryptionContextEquals', pairs: EncryptionContextEquals };
  if (EncryptionContextSubset !== undefined)
    return { kind: 'EncryptionContextSubset', pairs: EncryptionContextSubset };
  return undefined;
}
