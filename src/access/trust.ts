/** Whether a role's trust policy lets somebody assume it: what STS asks. */
import type { Principal } from './caller.ts';
import { contextOf } from './context.ts';
import type { ConditionContext } from './context.ts';
import { matchResourcePolicy } from './matching.ts';
import { principalKeys } from './principal-keys.ts';
import { federatedSubject, subjectOf } from './policy/principals.ts';

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
 * must allow it too. `refused`: neither. Across accounts the caller's own policies must allow it in any case.
 */
export type TrustDecision = 'direct' | 'account' | 'refused';

export type Trust = (policyDocument: string, request: TrustRequest) => TrustDecision;

/** AWS: "IAM roles: Terms and concepts" (trust policy); the whole decision about sts:AssumeRole is evaluateTrust's. */
export const evaluateTrustPolicy: Trust = (policyDocument, request) => {
  const { action, principal, federatedProvider, context } = request;
  const subject = principal === undefined ? federatedSubject(federatedProvider ?? '') : subjectOf(principal);
  const match = matchResourcePolicy({ name: 'trust policy', document: policyDocument }, 'trust', subject, {
    action: action.toLowerCase(),
    resource: '*',
    context: contextOf({ ...(principal && principalKeys(principal)), ...context }),
  });
  if (match.deny !== undefined || match.named === 'not') return 'refused';
  return match.named === 'account' ? 'account' : 'direct';
};
