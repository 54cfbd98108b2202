/** What single policies say to a request: the first step of every decision (evaluate.ts). */
import type { Context } from './context.ts';
import type { DecidingStatement, PolicyType } from './decision.ts';
import type { AttachedPolicy } from './directory.ts';
import { compiledPolicy } from './policy/compiled-policies.ts';
import type { PolicyDocument, PolicyKind, Statement } from './policy/document.ts';
import { named } from './policy/principals.ts';
import type { Named, Subject } from './policy/principals.ts';

export interface Wanted {
  /** In lower case. */
  readonly action: string;
  readonly resource: string;
  readonly context: Context;
}

/** Of one policy, or of several of one type. */
export interface Match {
  readonly deny: DecidingStatement | undefined;
  readonly allow: DecidingStatement | undefined;
}

export interface ResourceMatch extends Match {
  /** How the allowing statement names the caller; the strongest of all that allow it. */
  readonly named: Named;
}

export const NOTHING_SAID: Match = { deny: undefined, allow: undefined };

/** Cheap questions first; conditions, which may need the context to be made, last. */
function applies(statement: Statement, wanted: Wanted): boolean {
  return (
    statement.actions?.matches(wanted.action) === true &&
    statement.resources?.matches(wanted.resource, wanted.context) === true &&
    statement.conditions.every((condition) => condition.holds(wanted.context))
  );
}

/** What the identity-based policies (or session policies, or the boundary) of a caller say together. */
export function matchPolicies(
  policies: readonly AttachedPolicy[],
  kind: PolicyKind,
  policyType: PolicyType,
  wanted: Wanted,
): Match {
  if (policies.length === 0) return NOTHING_SAID;
  let allow: DecidingStatement | undefined;
  for (const { name, document } of policies) {
    for (const statement of compiledPolicy(document, kind).statements) {
      if (statement.effect === 'Allow' && allow !== undefined) continue;
      if (!applies(statement, wanted)) continue;
      const deciding = { policyType, policy: name, statement };
      if (statement.effect === 'Deny') return { deny: deciding, allow };
      allow = deciding;
    }
  }
  return { deny: undefined, allow };
}

const STRENGTH: Readonly<Record<Named, number>> = { not: 0, account: 1, issuer: 2, self: 3 };

/** What a resource-based policy says to a caller: a key policy, or a role's trust policy (whose resource is the role). */
export function matchResourcePolicy(
  { name, document }: AttachedPolicy,
  kind: 'key' | 'trust',
  subject: Subject,
  wanted: Wanted,
): ResourceMatch {
  const policyType = 'resource-based policy';
  let allow: Statement | undefined;
  let strongest: Named = 'not';
  for (const statement of compiledPolicy(document, kind).statements) {
    if (statement.effect === 'Allow' && strongest === 'self') continue;
    // only the statement that stands for an unreadable policy has no principal: it means everyone
    const how = statement.principals === undefined ? 'self' : named(statement.principals, subject);
    if (how === 'not') continue;
    if (statement.effect === 'Allow' && STRENGTH[how] <= STRENGTH[strongest]) continue;
    if (!(kind === 'trust' ? appliesToRole(statement, wanted) : applies(statement, wanted))) continue;
    if (statement.effect === 'Deny') {
      return { deny: { policyType, policy: name, statement }, allow: undefined, named: 'not' };
    }
    allow = statement;
    strongest = how;
  }
  return {
    deny: undefined,
    allow: allow && { policyType, policy: name, statement: allow },
    named: strongest,
  };
}

/** Trust policies have no Resource. */
function appliesToRole(statement: Statement, wanted: Wanted): boolean {
  return (
    statement.actions?.matches(wanted.action) === true &&
    statement.conditions.every((condition) => condition.holds(wanted.context))
  );
}

const asked = new WeakMap<PolicyDocument, Map<string, boolean>>();

/** Whether a policy asks for a condition key that begins like this (in lower case). */
export function asksFor(document: string, kind: PolicyKind, prefix: string): boolean {
  const policy = compiledPolicy(document, kind);
  if (policy.keys.size === 0) return false;
  let answers = asked.get(policy);
  if (answers === undefined) {
    answers = new Map<string, boolean>();
    asked.set(policy, answers);
  }
  let answer = answers.get(prefix);
  if (answer === undefined) {
    answer = [...policy.keys].some((key) => key.startsWith(prefix));
    answers.set(prefix, answer);
  }
  return answer;
}
