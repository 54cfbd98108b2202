/**
 * What a decision would be, and why: iam:SimulatePrincipalPolicy, iam:SimulateCustomPolicy and `claviger policy explain`. The
 * same evaluator as for real requests; only principal, policies and context are told instead of found. Pure.
 */
import { affordable } from './affordable.ts';
import type { Principal } from './caller.ts';
import { addKey, contextOf } from './context.ts';
import type { ConditionContext, Context } from './context.ts';
import { decision } from './decision.ts';
import type { Decision, PolicyType, ReasonId } from './decision.ts';
import type { IdentityPolicies } from './directory.ts';
import { evaluateIdentity, evaluateKey, evaluateTrust } from './evaluate.ts';
import type { GrantQuestion } from './grant-matching.ts';
import type { Grant } from './grant.ts';
import { principalKeys } from './principal-keys.ts';
import { compiledPolicy } from './policy/compiled-policies.ts';
import type { PolicyKind } from './policy/document.ts';
import type { Position } from './policy/json-tree.ts';

export interface Simulation {
  readonly principal: Principal;
  readonly identity: IdentityPolicies;
  readonly action: string;
  readonly resource: string;
  /** The principal's own account when undefined. */
  readonly resourceAccountId?: string | undefined;
  /** A key policy; for actions of STS, a role's trust policy. */
  readonly resourcePolicy?: string | undefined;
  readonly grants?: readonly Grant[] | undefined;
  readonly grant?: GrantQuestion | undefined;
  /** Condition keys beside those of the principal, which may be told otherwise here. */
  readonly context: ConditionContext;
}

/** As IAM names them (EvalDecision). */
export type SimulatedDecision = 'allowed' | 'explicitDeny' | 'implicitDeny';

export interface SimulationResult {
  readonly action: string;
  readonly resource: string;
  readonly decision: SimulatedDecision;
  readonly reason: ReasonId;
  /** The statement that denies, or those that allow it together (MatchedStatements). */
  readonly matched: readonly {
    readonly policyType: PolicyType;
    readonly policy: string;
    readonly sid: string | undefined;
    readonly start: Position;
    readonly end: Position;
  }[];
  /** Of each kind of policy that was asked and had a say (EvalDecisionDetails). */
  readonly details: Readonly<Partial<Record<PolicyType, SimulatedDecision>>>;
  /** The grant that allows it. */
  readonly grant: Grant | undefined;
  /** Condition keys that policies ask for and that were not given, in lower case (MissingContextValues). */
  readonly missingContext: readonly string[];
  /** What would have to be for it to be allowed, in sentences; none when it is. */
  readonly needed: readonly string[];
}

export function simulate(simulation: Simulation): SimulationResult {
  const made = affordable(
    () => decide(simulation, simulatedContext(simulation)),
    () => decision('too-costly'),
  );
  const { action, resource } = simulation;
  return {
    action,
    resource,
    decision: simulatedDecision(made),
    reason: made.reason,
    matched: made.statements.map(({ policyType, policy, statement }) => ({
      policyType,
      policy,
      sid: statement.sid,
      start: statement.at,
      end: statement.until,
    })),
    details: detailsOf(made),
    grant: made.grant,
    missingContext: missingContext(simulation),
    needed: made.allowed ? [] : [whatIsNeeded(made.reason, simulation.principal.arn, action, resource)],
  };
}

export function simulatedDecision({ allowed, reason }: Decision): SimulatedDecision {
  if (allowed) return 'allowed';
  return reason.startsWith('deny-') ? 'explicitDeny' : 'implicitDeny';
}

function decide(simulation: Simulation, context: Context): Decision {
  const { principal, resourcePolicy, action, resource } = simulation;
  const question = {
    principal,
    action,
    resource,
    identity: simulation.identity,
    resourceAccountId: simulation.resourceAccountId ?? principal.accountId,
    context,
  };
  if (resourcePolicy === undefined) return evaluateIdentity(question);
  const policy = { name: resource, document: resourcePolicy };
  if (kindOf(action) === 'trust') return evaluateTrust(question, policy);
  return evaluateKey(question, {
    policy,
    grants: simulation.grants ?? [],
    grant: simulation.grant,
    acrossAccounts: true,
  });
}

const kindOf = (action: string): 'key' | 'trust' => (/^sts:/i.test(action) ? 'trust' : 'key');

function simulatedContext({ principal, context }: Simulation): Context {
  const given = new Map<string, readonly string[]>();
  for (const name in context) addKey(given, name, context[name]);
  const known = contextOf({ ...principalKeys(principal), 'kms:CallerAccount': principal.accountId });
  return { values: (key) => given.get(key) ?? known.values(key) };
}

function detailsOf(made: Decision): SimulationResult['details'] {
  const details: Partial<Record<PolicyType, SimulatedDecision>> = {};
  for (const { policyType, statement } of made.statements) {
    details[policyType] = statement.effect === 'Allow' ? 'allowed' : 'explicitDeny';
  }
  for (const [policyType, reason] of Object.entries(NOT_ALLOWING)) {
    if (reason === made.reason) details[policyType as PolicyType] = 'implicitDeny';
  }
  return details;
}

function missingContext(simulation: Simulation): string[] {
  const { identity, principal, resourcePolicy, action } = simulation;
  const context = simulatedContext(simulation);
  const policies: (readonly [string, PolicyKind])[] = [
    ...identity.policies.map(({ document }) => [document, 'identity'] as const),
    ...(identity.boundary === undefined ? [] : [[identity.boundary.document, 'boundary'] as const]),
    ...(principal.session?.policies ?? []).map((document) => [document, 'session'] as const),
    ...(resourcePolicy === undefined ? [] : [[resourcePolicy, kindOf(action)] as const]),
  ];
  const asked = new Set(policies.flatMap(([document, kind]) => [...compiledPolicy(document, kind).keys]));
  return [...asked].filter((key) => context.values(key) === undefined).sort();
}

/**
 * What is needed, from what a simulation says of each kind of policy: for clients of the API, who get no reason id.
 * @param details EvalDecisionDetails
 */
export function neededBy(
  details: Readonly<Record<string, string>>,
  principal: string,
  action: string,
  resource: string,
): string[] {
  const reasons = Object.entries(details).flatMap(([policyType, decision]): ReasonId[] => {
    const table: Readonly<Record<string, ReasonId>> =
      decision === 'explicitDeny' ? DENYING : decision === 'implicitDeny' ? NOT_ALLOWING : {};
    const reason = table[policyType];
    return reason === undefined ? [] : [reason];
  });
  return reasons.map((reason) => whatIsNeeded(reason, principal, action, resource));
}

const DENYING: Readonly<Record<PolicyType, ReasonId>> = {
  'resource-based policy': 'deny-in-resource-policy',
  'identity-based policy': 'deny-in-identity-policy',
  'permissions boundary': 'deny-in-boundary',
  'session policy': 'deny-in-session-policy',
};

const NOT_ALLOWING: Readonly<Record<PolicyType, ReasonId>> = {
  'resource-based policy': 'no-resource-policy',
  'identity-based policy': 'no-identity-policy',
  'permissions boundary': 'no-boundary',
  'session policy': 'no-session-policy',
};

type Needed = (principal: string, action: string, resource: string) => string;

const NEEDED: Readonly<Partial<Record<ReasonId, Needed>>> = {
  'deny-in-resource-policy': () =>
    'The denying statement of the resource-based policy must go, or no longer fit.',
  'deny-in-identity-policy': () =>
    'The denying statement of the identity-based policy must go, or no longer fit.',
  'deny-in-boundary': () => 'The denying statement of the permissions boundary must go, or no longer fit.',
  'deny-in-session-policy': () => 'The session must be begun with a policy that does not deny it.',
  'no-resource-policy': (principal, action, resource) =>
    `The policy of ${resource} must allow ${action} to ${principal}, or to its account and then an identity-based policy too; ` +
    `or a grant must allow it.`,
  'no-identity-policy': (principal, action, resource) =>
    `An identity-based policy of ${principal} must allow ${action} on ${resource}; or the policy of the resource must name it.`,
  'no-boundary': (principal, action, resource) =>
    `The permissions boundary of ${principal} must allow ${action} on ${resource} too.`,
  'no-session-policy': (_principal, action, resource) =>
    `The session must be begun with a policy that allows ${action} on ${resource} too.`,
  'not-across-accounts': (_principal, action) => `${action} must be called from the account of the key.`,
};

/** In one sentence. @param reason of a denial */
export function whatIsNeeded(reason: ReasonId, principal: string, action: string, resource: string): string {
  return NEEDED[reason]?.(principal, action, resource) ?? '';
}
