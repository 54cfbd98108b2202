/** Who may retire a grant. AWS: API_RetireGrant; "Retiring and revoking grants". */
import { parseArn } from '../aws/arn.ts';
import type { Principal } from './caller.ts';
import type { Grant } from './grant.ts';

/**
 * - `own`: the grant itself gives the right, to its retiring principal, to a grantee who has RetireGrant, and to the
 *   account in which it was made. No policy is asked.
 * - `delegated`: the right is the principal's account's; its IAM policies must pass it on.
 * - `none`: neither.
 */
export type RetireRight = 'own' | 'delegated' | 'none';

export function retireRight(
  principal: Pick<Principal, 'type' | 'accountId' | 'arn' | 'issuerArn'>,
  grant: Pick<Grant, 'granteePrincipal' | 'retiringPrincipal' | 'operations' | 'issuingAccountId'>,
): RetireRight {
  const holders = [rootOf(grant.issuingAccountId)];
  if (grant.retiringPrincipal !== undefined) holders.push(grant.retiringPrincipal);
  if (grant.operations.includes('RetireGrant')) holders.push(grant.granteePrincipal);
  if (holders.includes(principal.arn)) return 'own';
  if (principal.type === 'AssumedRole' && holders.includes(principal.issuerArn)) return 'own';
  return holders.includes(rootOf(principal.accountId)) ? 'delegated' : 'none';
}

/** The account that owns a principal; undefined for services. */
export function accountOf(principalArn: string): string | undefined {
  return parseArn(principalArn)?.account;
}

function rootOf(accountId: string): string {
  return `arn:aws:iam::${accountId}:root`;
}
