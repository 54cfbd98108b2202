/** Rules for alias names. AWS: "Aliases in AWS KMS", API_CreateAlias. */
import type { Call } from './call.ts';
import { callerConditions } from './condition-context.ts';
import { aliasNotFound, aliasPrefixMissing, aliasReserved, limitExceeded, validation } from './errors.ts';
import type { Kms } from './kms.ts';
import type { OperationName } from './operation.ts';
import { countAliasesOf } from '../../storage/aliases.ts';
import { StaleRow } from '../../storage/conflicts.ts';
import type { AliasRow } from '../../storage/schema.ts';
import type { Queryable } from '../../storage/store.ts';

/** @throws ApiError ValidationException, NotAuthorizedException for the service's own names */
export function requireAliasName(name: string): void {
  if (!name.startsWith('alias/')) throw aliasPrefixMissing();
  if (name.startsWith('alias/aws/') || name === 'alias/aws') throw aliasReserved();
  if (name.includes(':') || name === 'alias/')
    throw validation(`${name} contains invalid characters for an alias`);
}

/**
 * The alias half of operations on aliases: the caller's IAM must allow it on the alias, beside the permission on the key.
 * AWS: "Controlling access to aliases". @throws ApiError AccessDeniedException
 */
export function authorizeAlias<N extends OperationName>(call: Call<N>, aliasName: string): void {
  call.authorize({
    action: call.operation.action,
    resource: call.arn(aliasName),
    context: () => callerConditions(call.caller.accountId),
  });
}

/** Names the alias beside its key in the audit event, as CloudTrail does (both typed as keys). */
export function useAlias<N extends OperationName>(call: Call<N>, aliasArn: string): void {
  call.resources.unshift({ accountId: call.caller.accountId, type: 'AWS::KMS::Key', ARN: aliasArn });
}

/** @throws ApiError NotFoundException */
export async function requireAlias<N extends OperationName>(
  call: Call<N>,
  aliasArn: string,
): Promise<AliasRow> {
  const alias = await call.kms.catalog.findAlias(aliasArn);
  if (alias === undefined) throw aliasNotFound(aliasArn);
  return alias;
}

/**
 * The caller was let change the alias by the key that it pointed at: not if it points at another one in the transaction.
 * @throws StaleRow
 */
export function requireSameTarget(admitted: AliasRow, current: AliasRow): void {
  if (current.target_key_arn !== admitted.target_key_arn) throw new StaleRow('aliases');
}

/** One more alias for the key, in the transaction that gives it one. @throws ApiError LimitExceededException */
export async function requireRoomForAlias(kms: Kms, tx: Queryable, keyArn: string): Promise<void> {
  const most = kms.limits.aliasesPerKey;
  if ((await countAliasesOf(tx, keyArn)) < most) return;
  throw limitExceeded(`The key ${keyArn} has ${most} aliases, the most that a key may have.`);
}
