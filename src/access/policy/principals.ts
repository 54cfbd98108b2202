/** The Principal and NotPrincipal elements. AWS: "AWS JSON policy elements: Principal", "…: NotPrincipal". */
import type { Principal } from '../caller.ts';
import type { Position } from './json-tree.ts';

export interface PrincipalName {
  readonly type: 'AWS' | 'Service' | 'Federated';
  /** As it is written. */
  readonly name: string;
  readonly at: Position;
  /** Where its JSON string begins and ends in the document's text, quotes included. */
  readonly start: number;
  readonly end: number;
}

export interface PrincipalElement {
  readonly negated: boolean;
  readonly everyone: boolean;
  readonly written: readonly PrincipalName[];
  /** Accounts as their root's ARN; services and identity providers with their type before them. */
  readonly names: ReadonlySet<string>;
}

/** The forms that a principal of type AWS may have; no wildcards inside. Groups are no principals. */
const ACCOUNT = /^\d{12}$/;
/** Of a user or role; with the name of a session of the role behind it. */
const UNIQUE_ID = /^(?:AIDA[A-Z0-9]{8,}|AROA[A-Z0-9]{8,}(?::[\w+=,.@-]+)?)$/;
const ARN =
  /^arn:aws:(?:iam::\d{12}:(?:root|(?:user|role)\/[\x21-\x29\x2b-\x3e\x40-\x7e]+)|sts::\d{12}:(?:assumed-role\/[\w+=,.@-]+\/[\w+=,.@-]+|federated-user\/[\w+=,.@-]+))$/;

export const rootArn = (accountId: string): string => `arn:aws:iam::${accountId}:root`;

export const isAccountId = (name: string): boolean => ACCOUNT.test(name);
export const isUniqueId = (name: string): boolean => UNIQUE_ID.test(name);

export function isAwsPrincipal(name: string): boolean {
  return name === '*' || ACCOUNT.test(name) || UNIQUE_ID.test(name) || ARN.test(name);
}

export function principalElement(negated: boolean, written: readonly PrincipalName[]): PrincipalElement {
  return {
    negated,
    everyone: written.some(({ type, name }) => type === 'AWS' && name === '*'),
    written,
    names: new Set(written.map(nameInSet)),
  };
}

function nameInSet({ type, name }: PrincipalName): string {
  if (type !== 'AWS') return `${type} ${name}`;
  return ACCOUNT.test(name) ? rootArn(name) : name;
}

/** All names by which policies can mean one who acts. */
export interface Subject {
  /** The one who acts and nobody else: the user, the session, the service. */
  readonly self: readonly string[];
  /** The role (or federated user's user) behind a session. */
  readonly issuer: readonly string[];
  /** The account's root; undefined for services and identity providers. */
  readonly account: string | undefined;
}

const subjects = new WeakMap<Principal, Subject>();

export function subjectOf(principal: Principal): Subject {
  let subject = subjects.get(principal);
  if (subject === undefined) {
    subject = makeSubject(principal);
    subjects.set(principal, subject);
  }
  return subject;
}

function makeSubject({ type, arn, issuerArn, userId, accountId }: Principal): Subject {
  const account = rootArn(accountId);
  switch (type) {
    case 'Root':
      return { self: [], issuer: [], account };
    case 'User':
      return { self: [arn, userId], issuer: [], account };
    case 'AssumedRole':
      return { self: [arn, userId], issuer: [issuerArn, userId.slice(0, userId.indexOf(':'))], account };
    case 'FederatedUser':
      return { self: [arn], issuer: [issuerArn], account };
    case 'Service':
      return { self: [`Service ${arn}`], issuer: [], account: undefined };
    case 'Anonymous':
      return { self: [], issuer: [], account: undefined };
  }
}

/** One whom an identity provider vouches for and who has no principal yet: sts:AssumeRoleWithWebIdentity. */
export function federatedSubject(provider: string): Subject {
  return { self: [`Federated ${provider}`], issuer: [], account: undefined };
}

/** How a statement means the one who acts. AWS: "Policy evaluation logic", on boundaries and session policies. */
export type Named =
  /** It does not. */
  | 'not'
  /** By the account: its IAM must let it too. */
  | 'account'
  /** By the role behind the session: boundary and session policies limit it. */
  | 'issuer'
  /** The user or session itself, or everyone: nothing but a deny limits it. */
  | 'self';

const ANY: Named = 'self';

/** Of a Principal element, or of a NotPrincipal element, which means everyone whom it does not exempt. */
export function named(element: PrincipalElement, subject: Subject): Named {
  if (element.negated) return isExempt(element, subject) ? 'not' : ANY;
  if (element.everyone) return ANY;
  const { names } = element;
  if (subject.self.some((name) => names.has(name))) return 'self';
  if (subject.issuer.some((name) => names.has(name))) return 'issuer';
  return subject.account !== undefined && names.has(subject.account) ? 'account' : 'not';
}

/** To exempt a user, the account must be listed beside it; for a session the role as well. AWS: "NotPrincipal with Deny". */
function isExempt({ names, everyone }: PrincipalElement, { self, issuer, account }: Subject): boolean {
  const listed = (list: readonly string[]): boolean =>
    list.length === 0 || list.some((name) => names.has(name));
  return everyone || (listed(self) && listed(issuer) && (account === undefined || names.has(account)));
}
