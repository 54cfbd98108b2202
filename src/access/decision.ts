/**
 * Decisions and the reasons for them, as data: what explanations print, denials say and tests compare. The reason ids are
 * public (audit events carry them): one that was released keeps its meaning.
 */
import type { Grant } from './grant.ts';
import type { Statement } from './policy/document.ts';

/** Kinds of policies as AWS names them in its denials. */
export type PolicyType =
  'resource-based policy' | 'identity-based policy' | 'permissions boundary' | 'session policy';

const REASONS = {
  // allowed
  'key-policy': { allowed: true, says: 'the key policy allows it to the caller itself' },
  'key-policy-and-iam': {
    allowed: true,
    says: 'the key policy lets the account decide, and an identity-based policy allows it',
  },
  'account-root': {
    allowed: true,
    says: 'the key policy lets the account decide, and its root user is its owner',
  },
  grant: { allowed: true, says: 'a grant allows it' },
  iam: { allowed: true, says: 'an identity-based policy allows it' },
  'root-user': { allowed: true, says: 'the root user may do everything in its own account' },
  'retiring-principal': { allowed: true, says: 'the caller is the one who may retire the grant' },
  'trust-policy': { allowed: true, says: "the role's trust policy names the caller" },
  'trust-policy-and-iam': {
    allowed: true,
    says: "the role's trust policy lets the account decide, and an identity-based policy allows it",
  },
  // denied by a statement
  'deny-in-resource-policy': { allowed: false, says: 'a resource-based policy denies it' },
  'deny-in-identity-policy': { allowed: false, says: 'an identity-based policy denies it' },
  'deny-in-boundary': { allowed: false, says: 'the permissions boundary denies it' },
  'deny-in-session-policy': { allowed: false, says: 'a session policy denies it' },
  // denied because nothing allows it
  'no-resource-policy': { allowed: false, says: 'no resource-based policy allows it' },
  'no-identity-policy': { allowed: false, says: 'no identity-based policy allows it' },
  'no-boundary': { allowed: false, says: 'the permissions boundary does not allow it' },
  'no-session-policy': { allowed: false, says: 'no session policy allows it' },
  'too-costly': { allowed: false, says: 'its policies take too long to be matched with the request' },
  'not-across-accounts': { allowed: false, says: 'this cannot be done with a resource of another account' },
} as const;

export type ReasonId = keyof typeof REASONS;

/** In one clause: `no identity-based policy allows it`. */
export function sayReason(reason: ReasonId): string {
  return REASONS[reason].says;
}

/** A statement of a policy that had a part in a decision. */
export interface DecidingStatement {
  readonly policyType: PolicyType;
  /** ARN or description of the policy: `key policy of arn:…`. */
  readonly policy: string;
  readonly statement: Statement;
}

export interface Decision {
  readonly allowed: boolean;
  readonly reason: ReasonId;
  /** The statement that denies; or those that allow it together. */
  readonly statements: readonly DecidingStatement[];
  /** The grant that allows it. */
  readonly grant: Grant | undefined;
  /**
   * The caller's account is not the resource's, and the resource's owner lets the caller do nothing of the kind: whether it
   * exists is not to be told.
   */
  readonly hidden: boolean;
}

export function decision(
  reason: ReasonId,
  statements: readonly (DecidingStatement | undefined)[] = [],
  rest: { grant?: Grant; hidden?: boolean } = {},
): Decision {
  return {
    allowed: REASONS[reason].allowed,
    reason,
    statements: statements.filter((statement) => statement !== undefined),
    grant: rest.grant,
    hidden: rest.hidden ?? false,
  };
}
