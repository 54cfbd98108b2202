/** What SimulatePrincipalPolicy and SimulateCustomPolicy ask of whoever evaluates policies (access/). */
import type { ContextEntry, EvaluationResult, SimulateCustomPolicyRequest } from '../../aws/generated/iam.ts';
import type { IdentityPolicies } from '../../access/directory.ts';

export interface Simulation {
  /** ARN of the principal whose policies are meant; undefined: policies alone. */
  readonly principalArn: string | undefined;
  readonly accountId: string;
  readonly policies: IdentityPolicies;
  /** Documents; further boundaries that the request brought. */
  readonly boundaries: readonly string[];
  readonly actions: readonly string[];
  /** `*` when the request names none. */
  readonly resources: readonly string[];
  readonly resourcePolicy: string | undefined;
  readonly resourceOwner: string | undefined;
  readonly callerArn: string | undefined;
  readonly context: readonly ContextEntry[];
}

/** One result for each action and resource. @throws ApiError InvalidInputException, PolicyEvaluationException */
export type Simulate = (simulation: Simulation) => EvaluationResult[];

/** What both operations take alike. */
export function simulationOf(
  accountId: string,
  principalArn: string | undefined,
  policies: IdentityPolicies,
  input: Omit<SimulateCustomPolicyRequest, 'PolicyInputList'>,
): Simulation {
  return {
    principalArn,
    accountId,
    policies,
    boundaries: input.PermissionsBoundaryPolicyInputList ?? [],
    actions: input.ActionNames,
    resources: input.ResourceArns ?? ['*'],
    resourcePolicy: input.ResourcePolicy,
    resourceOwner: input.ResourceOwner,
    callerArn: input.CallerArn,
    context: input.ContextEntries ?? [],
  };
}
