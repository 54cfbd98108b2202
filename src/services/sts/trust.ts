/**
 * Whether a role's trust policy lets somebody assume it. The small answer until access/ evaluates trust policies: principals
 * by name, actions, and the condition StringEquals; whatever else a statement says, it allows nothing, and a Deny that cannot
 * be understood denies.
 */
import type { ConditionContext } from '../../access/access-control.ts';
import type { Principal } from '../../access/caller.ts';
import { awsPrincipals } from '../iam/roles.ts';
import { statementsOf } from '../iam/policy-documents.ts';

export interface TrustRequest {
  /** `sts:AssumeRole`, `sts:TagSession`, …. */
  readonly action: string;
  /** Who asks; undefined when a token of a provider does. */
  readonly principal: Principal | undefined;
  /** ARN of the provider whose token asks. */
  readonly federatedProvider: string | undefined;
  readonly context: ConditionContext;
}

/**
 * `direct`: the policy allows this principal by name. `account`: it lets the principal's account decide, whose own policies
 * must allow it too. `refused`: neither.
 */
export type TrustDecision = 'direct' | 'account' | 'refused';

export type Trust = (policyDocument: string, request: TrustRequest) => TrustDecision;

type Statement = Record<string, unknown>;

export const trustByName: Trust = (policyDocument, request) => {
  let decision: TrustDecision = 'refused';
  for (const statement of statementsOf(policyDocument)) {
    if (statement['Effect'] === 'Deny') {
      if (mayApply(statement, request)) return 'refused';
      continue;
    }
    const named = namedBy(statement, request);
    if (named === 'refused' || !coversAction(statement, request.action) || !holds(statement, request))
      continue;
    if (decision !== 'direct') decision = named;
  }
  return decision;
};

/** A Deny applies unless it is plain that it does not. */
function mayApply(statement: Statement, request: TrustRequest): boolean {
  if ('NotPrincipal' in statement || 'NotAction' in statement) return true;
  if (namedBy(statement, request) === 'refused') return false;
  if (!coversAction(statement, request.action)) return false;
  return !('Condition' in statement) || holds(statement, request) || !isUnderstood(statement);
}

function namedBy(statement: Statement, { principal, federatedProvider }: TrustRequest): TrustDecision {
  const named = statement['Principal'];
  if (principal === undefined) {
    const federated = strings((named as { Federated?: unknown } | undefined)?.Federated);
    return federatedProvider !== undefined && federated.includes(federatedProvider) ? 'direct' : 'refused';
  }
  const names = awsPrincipals(named);
  if ([principal.arn, principal.issuerArn, '*'].some((name) => names.includes(name))) return 'direct';
  const account = [principal.accountId, `arn:aws:iam::${principal.accountId}:root`];
  return account.some((name) => names.includes(name)) ? 'account' : 'refused';
}

function coversAction(statement: Statement, action: string): boolean {
  if ('NotAction' in statement) return false;
  return strings(statement['Action']).some((pattern) => {
    const expression = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return new RegExp(`^${expression}$`, 'i').test(action);
  });
}

function isUnderstood(statement: Statement): boolean {
  return Object.keys(statement['Condition'] ?? {}).every((operator) => operator === 'StringEquals');
}

/** Every key of the condition is in the request, with one of the values. */
function holds(statement: Statement, { context }: TrustRequest): boolean {
  if (!isUnderstood(statement)) return false;
  const wanted = (statement['Condition'] ?? {}) as { StringEquals?: Record<string, unknown> };
  const given = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  return Object.entries(wanted.StringEquals ?? {}).every(([key, values]) => {
    const value = given.get(key.toLowerCase());
    return typeof value === 'string' && strings(values).includes(value);
  });
}

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
