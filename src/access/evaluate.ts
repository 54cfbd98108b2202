/**
 * The evaluator: may this principal do this? Pure; everything comes in as an argument. An explicit deny anywhere decides
 * first; then the key policy, the caller's IAM (where the key policy lets the account decide) or a grant must allow it, with
 * permissions boundary and session policies as filters. AWS: "Policy evaluation logic"; KMS: "Troubleshooting key access".
 */
import type { Principal } from './caller.ts';
import type { Context } from './context.ts';
import { decision } from './decision.ts';
import type { Decision, ReasonId } from './decision.ts';
import type { AttachedPolicy, IdentityPolicies } from './directory.ts';
import { grantCovers, granteeNamed, retirerNamed, retiringAccounts } from './grant-matching.ts';
import type { GrantQuestion } from './grant-matching.ts';
import type { Grant } from './grant.ts';
import { NOTHING_SAID, matchPolicies, matchResourcePolicy } from './matching.ts';
import type { Match, ResourceMatch, Wanted } from './matching.ts';
import { federatedSubject, subjectOf } from './policy/principals.ts';
import type { Named } from './policy/principals.ts';

export interface Question {
  readonly principal: Principal;
  /** IAM action, such as `kms:Encrypt`. */
  readonly action: string;
  readonly resource: string;
  readonly resourceAccountId: string;
  readonly identity: IdentityPolicies;
  readonly context: Context;
}

/** What is asked beside the caller's own policies when a key is acted on. */
export interface KeyAccess {
  readonly policy: AttachedPolicy;
  readonly grants: readonly Grant[];
  readonly grant?: GrantQuestion | undefined;
  /** What works with a key of another account. */
  readonly acrossAccounts: boolean;
}

const loweredActions = new Map<string, string>();

/** There are some hundred actions; each is put in lower case once. */
function lowered(action: string): string {
  let text = loweredActions.get(action);
  if (text === undefined) {
    text = action.toLowerCase();
    if (loweredActions.size < 4096) loweredActions.set(action, text);
  }
  return text;
}

/** What the caller's own side says. */
interface Side {
  readonly identity: Match;
  readonly boundary: Match;
  readonly session: Match;
  readonly isRoot: boolean;
  /** Boundary and session policies, where there are any, allow it. */
  readonly limit: ReasonId | undefined;
}

const ROOT_SIDE: Side = {
  identity: NOTHING_SAID,
  boundary: NOTHING_SAID,
  session: NOTHING_SAID,
  isRoot: true,
  limit: undefined,
};

function sideOf({ principal, identity }: Question, wanted: Wanted): Side {
  if (principal.type === 'Root') return ROOT_SIDE;
  const { boundary: limiting } = identity;
  const sessionPolicies = principal.session?.policies ?? [];
  const boundary =
    limiting === undefined
      ? NOTHING_SAID
      : matchPolicies([limiting], 'boundary', 'permissions boundary', wanted);
  const session =
    sessionPolicies.length === 0
      ? NOTHING_SAID
      : matchPolicies(sessionPolicies.map(asAttached), 'session', 'session policy', wanted);
  let limit: ReasonId | undefined;
  if (limiting !== undefined && boundary.allow === undefined) limit = 'no-boundary';
  else if (sessionPolicies.length > 0 && session.allow === undefined) limit = 'no-session-policy';
  return {
    identity: matchPolicies(identity.policies, 'identity', 'identity-based policy', wanted),
    boundary,
    session,
    isRoot: false,
    limit,
  };
}

function asAttached(document: string, index: number): AttachedPolicy {
  return { name: `session policy ${index + 1}`, document };
}

function denialOf({ identity, boundary, session }: Side): Decision | undefined {
  if (identity.deny !== undefined) return decision('deny-in-identity-policy', [identity.deny]);
  if (boundary.deny !== undefined) return decision('deny-in-boundary', [boundary.deny]);
  if (session.deny !== undefined) return decision('deny-in-session-policy', [session.deny]);
  return undefined;
}

/** Whether the caller's own policies allow it, each kind that is there; why not otherwise. */
function missing({ identity, isRoot, limit }: Side): ReasonId | undefined {
  if (!isRoot && identity.allow === undefined) return 'no-identity-policy';
  return limit;
}

/** Operations whose resource has no policy: the caller's IAM decides, in its own account. */
export function evaluateIdentity(question: Question): Decision {
  const { principal, resource, context } = question;
  if (principal.accountId !== question.resourceAccountId) {
    return decision('no-resource-policy', [], { hidden: true });
  }
  const side = sideOf(question, { action: lowered(question.action), resource, context });
  const denial = denialOf(side);
  if (denial !== undefined) return denial;
  const lacks = missing(side);
  if (lacks !== undefined) return decision(lacks);
  return side.isRoot ? decision('root-user') : decision('iam', allowing(side));
}

function allowing({ identity, boundary, session }: Side): Decision['statements'] {
  return [identity.allow, boundary.allow, session.allow].filter((statement) => statement !== undefined);
}

/** Operations on a KMS key. */
export function evaluateKey(question: Question, access: KeyAccess): Decision {
  const { principal, resource, context } = question;
  const wanted = { action: lowered(question.action), resource, context };
  const foreign = principal.type !== 'Service' && principal.accountId !== question.resourceAccountId;
  const key = matchResourcePolicy(access.policy, 'key', subjectOf(principal), wanted);
  if (key.deny !== undefined) return decision('deny-in-resource-policy', [key.deny], { hidden: foreign });
  const grants = coveringGrants(question, access);
  // Nobody learns by its own policies whether the key of another account exists: its owner's are asked first.
  if (foreign && key.named === 'not' && grants.length === 0) {
    return decision('no-resource-policy', [], { hidden: true });
  }
  const side = sideOf(question, wanted);
  const denial = denialOf(side);
  if (denial !== undefined) return denial;
  if (foreign && !access.acrossAccounts) return decision('not-across-accounts', [], { hidden: true });
  const byPolicy = foreign ? acrossAccounts(key, side) : withinAccount(key, side);
  if (byPolicy.allowed) return byPolicy;
  return byGrant(grants, side) ?? byPolicy;
}

function withinAccount(key: ResourceMatch, side: Side): Decision {
  const policy = [key.allow];
  switch (key.named) {
    case 'not':
      return decision('no-resource-policy');
    case 'self':
      return decision('key-policy', policy);
    case 'issuer':
      if (side.limit === undefined) {
        return decision('key-policy', [key.allow, side.boundary.allow, side.session.allow]);
      }
      return decision(side.limit, policy);
    case 'account': {
      const lacks = missing(side);
      if (lacks !== undefined) return decision(lacks, policy);
      if (side.isRoot) return decision('account-root', policy);
      return decision('key-policy-and-iam', [key.allow, ...allowing(side)]);
    }
  }
}

/** Both accounts must allow it: the key's owner in the key policy, the caller's by IAM. */
function acrossAccounts(key: ResourceMatch, side: Side): Decision {
  if (key.named === 'not') return decision('no-resource-policy', [], { hidden: true });
  const lacks = missing(side);
  if (lacks !== undefined) return decision(lacks, [key.allow]);
  return decision('key-policy-and-iam', [key.allow, ...allowing(side)]);
}

interface CoveringGrant {
  readonly grant: Grant;
  readonly named: Named;
}

const KMS = 'kms:';

function coveringGrants(question: Question, { grants, grant }: KeyAccess): CoveringGrant[] {
  const { action, resource, principal, context } = question;
  if (grants.length === 0 || !action.startsWith(KMS)) return [];
  const operation = action.slice(KMS.length);
  const subject = subjectOf(principal);
  const covering: CoveringGrant[] = [];
  for (const candidate of grants) {
    const named = granteeNamed(candidate.granteePrincipal, subject);
    if (named === 'not' || !grantCovers(candidate, resource, operation, grant ?? {})) continue;
    if (!comesFrom(candidate.sourceArn, context)) continue;
    covering.push({ grant: candidate, named });
  }
  return covering;
}

/** A grant to a service may say for which resource the service must act. */
function comesFrom(sourceArn: string | undefined, context: Context): boolean {
  return sourceArn === undefined || context.values('aws:sourcearn')?.includes(sourceArn) === true;
}

/** A grant to the user or session itself is limited by denials only; one to its role or account by what limits the caller. */
function byGrant(grants: readonly CoveringGrant[], side: Side): Decision | undefined {
  for (const { grant, named } of grants) {
    if (named === 'self' || side.limit === undefined) return decision('grant', [], { grant });
  }
  return grants.length > 0 && side.limit !== undefined ? decision(side.limit) : undefined;
}

/**
 * RetireGrant: the grant itself says who may, and the accounts it names may let their principals; a key policy can only
 * forbid it. What limits the caller limits this as it does the use of a grant: not where the grant names the user or session
 * itself. AWS: "Retiring and revoking grants".
 */
export function evaluateRetire(question: Question, keyPolicy: AttachedPolicy, grant: Grant): Decision {
  const { principal, resource, context } = question;
  const wanted = { action: 'kms:retiregrant', resource, context };
  const subject = subjectOf(principal);
  const hidden = principal.accountId !== question.resourceAccountId;
  const key = matchResourcePolicy(keyPolicy, 'key', subject, wanted);
  if (key.deny !== undefined) return decision('deny-in-resource-policy', [key.deny], { hidden });
  const side = sideOf(question, wanted);
  const denial = denialOf(side);
  if (denial !== undefined) return denial;
  const named = retirerNamed(grant, subject);
  if (named === 'issuer' && side.limit !== undefined) return decision(side.limit);
  if (named !== 'not') return decision('retiring-principal', [], { grant });
  const byAccount = subject.account !== undefined && retiringAccounts(grant).includes(subject.account);
  if (!byAccount) return decision('no-resource-policy', [], { hidden });
  const lacks = missing(side);
  if (lacks !== undefined) return decision(lacks);
  return side.isRoot ? decision('root-user', [], { grant }) : decision('iam', allowing(side), { grant });
}

/**
 * sts:AssumeRole: the role's trust policy must name the caller; where it names the account, and always across accounts, the
 * caller's IAM must allow it too. AWS: "How IAM roles differ from resource-based policies", "Switching roles".
 * @param question its `resource` is the role's ARN
 */
export function evaluateTrust(question: Question, trustPolicy: AttachedPolicy): Decision {
  const { principal, resource, context } = question;
  const wanted = { action: lowered(question.action), resource, context };
  const foreign = principal.type !== 'Service' && principal.accountId !== question.resourceAccountId;
  const role = matchResourcePolicy(trustPolicy, 'trust', subjectOf(principal), wanted);
  if (role.deny !== undefined) return decision('deny-in-resource-policy', [role.deny], { hidden: foreign });
  // as with keys: whether the role of another account exists is not to be learnt by the caller's own policies
  if (foreign && role.named === 'not') return decision('no-resource-policy', [], { hidden: true });
  const side = sideOf(question, wanted);
  const denial = denialOf(side);
  if (denial !== undefined) return denial;
  if (role.named === 'not') return decision('no-resource-policy');
  if (principal.type === 'Service') return decision('trust-policy', [role.allow]);
  const direct = !foreign && role.named !== 'account';
  if (direct) {
    return side.limit === undefined || role.named === 'self'
      ? decision('trust-policy', [role.allow])
      : decision(side.limit, [role.allow]);
  }
  const lacks = missing(side);
  if (lacks !== undefined) return decision(lacks, [role.allow]);
  return decision('trust-policy-and-iam', [role.allow, ...allowing(side)]);
}

/** sts:AssumeRoleWithWebIdentity: nobody's IAM has a say, because the subject of a token has none. */
export function evaluateFederated(trustPolicy: AttachedPolicy, provider: string, wanted: Wanted): boolean {
  return matchResourcePolicy(trustPolicy, 'trust', federatedSubject(provider), wanted).allow !== undefined;
}
