/** From what a caller wrote (grant id, key and grant id, grant token) to the grant. */
import type { Grant } from '../../access/grant.ts';
import { parseKeyIdentifier } from '../../aws/arn.ts';
import type { RetireGrantRequest } from '../../aws/generated/kms.ts';
import type { Call } from './call.ts';
import { grantNotFound, invalidArn, invalidGrantId, invalidGrantToken, validation } from './errors.ts';
import { grantOfToken } from './grant-tokens.ts';
import { resolveKey } from './key-identifiers.ts';
import type { KmsKey } from './key.ts';
import type { Kms } from './kms.ts';
import type { Scope } from './key-identifiers.ts';
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

/** The grant that a token was given for, in this Region. @throws ApiError InvalidGrantTokenException */
async function grantByToken(kms: Kms, region: string, token: string): Promise<GrantRow> {
  const grantId = grantOfToken(kms.mac, token);
  const row = grantId === undefined ? undefined : await kms.grants.row(grantId);
  if (row === undefined || !row.key_arn.startsWith(`arn:aws:kms:${region}:`)) throw invalidGrantToken();
  return row;
}

/**
 * The grant tokens that came with a call. They add nothing here, where a grant counts at once; one that is for another key or
 * grantee is of no use and no error. @throws ApiError InvalidGrantTokenException
 */
export async function requireGrantTokens(kms: Kms, region: string, tokens: readonly string[]): Promise<void> {
  for (const token of tokens) await grantByToken(kms, region, token);
}

/**
 * What RetireGrant is to end: the grant of a token, or of a key ARN and a grant id.
 * @throws ApiError ValidationException, InvalidGrantTokenException, InvalidArnException, InvalidGrantIdException, NotFoundException
 */
export async function grantToRetire(call: Call<'RetireGrant'>): Promise<{ key: KmsKey; grant: Grant }> {
  const { kms, input, region, caller } = call;
  const scope: Scope = { accountId: caller.accountId, region };
  requireOneForm(input);
  if (input.GrantToken !== undefined) {
    const row = await grantByToken(kms, region, input.GrantToken);
    const key = await resolveKey(kms.catalog, row.key_arn, scope, 'id');
    return { key, grant: requireGrant(kms, key, row.grant_id) };
  }
  const keyArn = input.KeyId as string;
  const { form } = parseKeyIdentifier(keyArn);
  if (form === 'key-id' || form === 'alias-name' || form === 'malformed') throw invalidArn(keyArn);
  const key = await resolveKey(kms.catalog, keyArn, scope, 'id');
  return { key, grant: requireGrant(kms, key, input.GrantId as string) };
}

function requireOneForm({ GrantToken, KeyId, GrantId }: RetireGrantRequest): void {
  const byId = KeyId !== undefined || GrantId !== undefined;
  const complete = GrantToken !== undefined || (KeyId !== undefined && GrantId !== undefined);
  if (!complete || (GrantToken !== undefined && byId)) {
    throw validation('Either GrantToken, or both KeyId and GrantId, must be specified.');
  }
}
