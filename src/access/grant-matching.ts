/** Which grants let a caller do what it wants. AWS: "Grants in AWS KMS", "Using grant constraints", "Granting CreateGrant". */
import { constraintsHold, isNoWider } from './grant-constraints.ts';
import type { Grant } from './grant.ts';
import { rootArn } from './policy/principals.ts';
import type { Named, Subject } from './policy/principals.ts';

/** What a request has that grants look at. */
export interface GrantQuestion {
  /** Pairs of a cryptographic request's encryption context. */
  readonly encryptionContext?: Readonly<Record<string, string>> | undefined;
  /** What CreateGrant is to make: a grant by way of another is never wider. */
  readonly child?: Pick<Grant, 'operations' | 'constraints'> | undefined;
}

/** Operations that constraints do not limit. */
const UNCONSTRAINED: ReadonlySet<string> = new Set(['DescribeKey', 'RetireGrant']);

/** How a grant's principal means the one who acts. */
export function granteeNamed(grantee: string, subject: Subject): Named {
  if (subject.self.includes(grantee) || subject.self.includes(`Service ${grantee}`)) return 'self';
  if (subject.issuer.includes(grantee)) return 'issuer';
  return subject.account === grantee ? 'account' : 'not';
}

/**
 * Whether a grant on the key covers an operation; who acts is not looked at.
 * @param operation as the API names it: `Decrypt`
 */
export function grantCovers(
  grant: Grant,
  keyArn: string,
  operation: string,
  question: GrantQuestion,
): boolean {
  if (grant.keyArn !== keyArn || !grant.operations.includes(operation)) return false;
  if (operation === 'CreateGrant') return question.child !== undefined && isNoWider(question.child, grant);
  if (grant.constraints === undefined || UNCONSTRAINED.has(operation)) return true;
  return constraintsHold(grant.constraints, question.encryptionContext);
}

/**
 * How a grant names those who may retire it without a policy: the retiring principal, and the grantee whom it allows to. Of
 * accounts see `retiringAccounts`.
 */
export function retirerNamed(grant: Grant, subject: Subject): 'self' | 'issuer' | 'not' {
  const retirers = [grant.retiringPrincipal];
  if (grant.operations.includes('RetireGrant')) retirers.push(grant.granteePrincipal);
  const ways = retirers.map((name) => (name === undefined ? 'not' : granteeNamed(name, subject)));
  if (ways.includes('self')) return 'self';
  return ways.includes('issuer') ? 'issuer' : 'not';
}

/** Accounts that may retire a grant, and let their principals do it: where it was made, and the ones it names. */
export function retiringAccounts(grant: Grant): readonly string[] {
  const accounts = [rootArn(grant.issuingAccountId)];
  if (grant.retiringPrincipal !== undefined) accounts.push(grant.retiringPrincipal);
  if (grant.operations.includes('RetireGrant')) accounts.push(grant.granteePrincipal);
  return accounts;
}
