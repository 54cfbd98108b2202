/** Two accounts with principals, and the shortest way to ask for a decision about a key of the first one. */
import type { Principal, PrincipalSession } from '../../src/access/caller.ts';
import { contextOf } from '../../src/access/context.ts';
import type { ConditionContext } from '../../src/access/context.ts';
import type { Decision } from '../../src/access/decision.ts';
import type { AttachedPolicy, IdentityPolicies } from '../../src/access/directory.ts';
import { evaluateIdentity, evaluateKey } from '../../src/access/evaluate.ts';
import type { GrantQuestion } from '../../src/access/grant-matching.ts';
import type { Grant } from '../../src/access/grant.ts';

export const HOME = '111122223333';
export const OTHER = '444455556666';
export const KEY = `arn:aws:kms:us-east-1:${HOME}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
export const OTHER_KEY = `arn:aws:kms:us-east-1:${HOME}:key/0987dcba-09fe-87dc-65ba-ab0987654321`;

export const rootOf = (account: string): string => `arn:aws:iam::${account}:root`;

export function root(accountId = HOME): Principal {
  const arn = rootOf(accountId);
  return { ...bare, type: 'Root', accountId, arn, issuerArn: arn, userId: accountId };
}

const bare = { userName: undefined, tags: new Map<string, string>(), session: undefined };

export function user(name = 'alice', accountId = HOME): Principal {
  const arn = `arn:aws:iam::${accountId}:user/${name}`;
  const userId = `AIDA${name.toUpperCase().padEnd(17, '0')}`;
  return { ...bare, type: 'User', accountId, arn, issuerArn: arn, userId, userName: name };
}

export const roleArn = (name: string, accountId = HOME): string => `arn:aws:iam::${accountId}:role/${name}`;

/** A session of a role; `policies` are session policies. */
export function session(
  role = 'app',
  name = 'one',
  options: { accountId?: string; policies?: readonly string[]; keys?: PrincipalSession['keys'] } = {},
): Principal {
  const { accountId = HOME, policies = [], keys = new Map<string, readonly string[]>() } = options;
  return {
    ...bare,
    type: 'AssumedRole',
    accountId,
    arn: `arn:aws:sts::${accountId}:assumed-role/${role}/${name}`,
    issuerArn: roleArn(role, accountId),
    userId: `AROA${role.toUpperCase().padEnd(17, '0')}:${name}`,
    session: { issuedAt: Date.parse('2026-01-02T03:04:05Z'), mfa: false, policies, keys },
  };
}

export function service(name: string): Principal {
  return { ...bare, type: 'Service', accountId: '', arn: name, issuerArn: name, userId: name };
}

export interface StatementText {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  Principal?: unknown;
  NotPrincipal?: unknown;
  Action?: unknown;
  NotAction?: unknown;
  Resource?: unknown;
  NotResource?: unknown;
  Condition?: unknown;
}

export function policy(...Statement: StatementText[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

export const allow = (rest: Partial<StatementText> = {}): StatementText => ({
  Effect: 'Allow',
  Action: 'kms:*',
  Resource: '*',
  ...rest,
});

export const deny = (rest: Partial<StatementText> = {}): StatementText => ({
  ...allow(rest),
  Effect: 'Deny',
});

/** Allow statements of a key policy for these principals. */
export const letIn = (...AWS: string[]): StatementText => allow({ Principal: { AWS } });

const attached = (documents: readonly string[]): AttachedPolicy[] =>
  documents.map((document, index) => ({ name: `policy ${index + 1}`, document }));

export interface Ask {
  who: Principal;
  action?: string;
  resource?: string;
  /** undefined: the operation is not about a key. */
  key?: string | undefined;
  iam?: readonly string[];
  boundary?: string;
  grants?: readonly Grant[];
  grant?: GrantQuestion;
  context?: ConditionContext;
  acrossAccounts?: boolean;
}

export function identityOf({ iam = [], boundary }: Pick<Ask, 'iam' | 'boundary'>): IdentityPolicies {
  return {
    policies: attached(iam),
    boundary: boundary === undefined ? undefined : { name: 'boundary', document: boundary },
  };
}

export function ask(wanted: Ask): Decision {
  const question = {
    principal: wanted.who,
    action: wanted.action ?? 'kms:Decrypt',
    resource: wanted.resource ?? KEY,
    resourceAccountId: HOME,
    identity: identityOf(wanted),
    context: contextOf(wanted.context ?? {}),
  };
  if (wanted.key === undefined) return evaluateIdentity(question);
  return evaluateKey(question, {
    policy: { name: question.resource, document: wanted.key },
    grants: wanted.grants ?? [],
    grant: wanted.grant,
    acrossAccounts: wanted.acrossAccounts ?? true,
  });
}
