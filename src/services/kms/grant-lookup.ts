/** From what a caller wrote (grant id, key and grant id, grant token) to the grant. */
import type { Grant } from '../../access/grant.ts';
import { grantNotFound, invalidGrantId, invalidGrantToken } from './errors.ts';
import { grantOfToken } from './grant-tokens.ts';
import type { KmsKey } from './key.ts';
import type { Kms } from './kms.ts';
import type { GrantRow } from '../../storage/schema-grants.ts';

/** @throws ApiError InvalidGrantIdException */
export function requireGrantId(grantId: string): void {
  if (!/^[0-9a-f]{64}$/.test(grantId)) throw invalidGrantId();
}

/** A grant of a key that was found before. @throws ApiError InvalidGrantIdException, NotFoundException */
export function requireGrant(kms: Kms, key: KmsKey, grantId: string): Grant {
  requireGrantId(grantId);
  const grant = kms.grants.find(key.arn, grantId);
  if (grant === undefined) throw grantNotFound(grantId);
  return grant;
}

/**
 * The grant that a token was given for, in this Region. Grants count at once where they were made; what a token adds is that its
 * grant counts here too when another process made it a moment ago. AWS: "Using a grant token".
 * @throws ApiError InvalidGrantTokenException
 */
export async function grantByToken(kms: Kms, region: string, token: string): Promise<GrantRow> {
  const grantId = grantOfToken(kms.mac, token);
  const row = grantId === undefined ? undefined : await kms.grants.row(grantId);
  if (row === undefined || !row.key_arn.startsWith(`arn:aws:kms:${region}:`)) throw invalidGrantToken();
  const { key_arn: keyArn } = row;
  if (kms.grants.find(keyArn, row.grant_id) === undefined) await kms.grants.follow(keyArn, row.grant_id);
  return row;
}

/**
 * The grant tokens that came with a call. One that is for another key or grantee is of no use and no error.
 * @throws ApiError InvalidGrantTokenException
 */
export async function requireGrantTokens(kms: Kms, region: string, tokens: readonly string[]): Promise<void> {
  for (const token of tokens) await grantByToken(kms, region, token);
}
