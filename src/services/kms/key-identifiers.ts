/**
 * From what a caller wrote (key id, key ARN, alias name, alias ARN) to the key. Texts of all failures as recorded on AWS.
 * AWS: "Key identifiers (KeyId)".
 */
import { aliasArn, keyArn, parseKeyIdentifier } from '../../aws/arn.ts';
import {
  aliasNotFound,
  aliasNotSupported,
  arnOfOtherRegion,
  invalidArn,
  invalidKeyId,
  keyNotFound,
} from './errors.ts';
import type { KeyCatalog } from './key-catalog.ts';
import type { KmsKey } from './key.ts';

/** Whose names are meant when an identifier has no account and Region in it. */
export interface Scope {
  accountId: string;
  region: string;
}

type Target = { kind: 'key' | 'alias'; arn: string };

/**
 * The ARN that an identifier means; nothing is looked up.
 * @throws ApiError NotFoundException (malformed id, other Region), InvalidArnException (not a KMS ARN; alias where none may be)
 */
export function targetOf(identifier: string, scope: Scope, forms: 'id' | 'any'): Target {
  const parsed = parseKeyIdentifier(identifier);
  const home = { region: scope.region, account: scope.accountId };
  switch (parsed.form) {
    case 'malformed':
      throw invalidKeyId(parsed.value);
    case 'malformed-arn':
      throw invalidArn(parsed.value);
    case 'key-id':
      return { kind: 'key', arn: keyArn(home, parsed.keyId) };
    case 'key-arn':
      if (parsed.region !== scope.region) throw arnOfOtherRegion(parsed.region);
      return { kind: 'key', arn: identifier };
    case 'alias-name':
      if (forms === 'id') throw aliasNotSupported();
      return { kind: 'alias', arn: aliasArn(home, parsed.aliasName) };
    case 'alias-arn':
      if (forms === 'id') throw aliasNotSupported();
      if (parsed.region !== scope.region) throw arnOfOtherRegion(parsed.region);
      return { kind: 'alias', arn: identifier };
  }
}

/**
 * The key an identifier means.
 * @throws ApiError as `targetOf`, and NotFoundException when there is no such key or alias
 */
export function resolveKey(
  catalog: KeyCatalog,
  identifier: string,
  scope: Scope,
  forms: 'id' | 'any',
): KmsKey | Promise<KmsKey> {
  const { kind, arn } = targetOf(identifier, scope, forms);
  const target = kind === 'key' ? arn : catalog.cachedAlias(arn)?.target_key_arn;
  const cached = target === undefined ? undefined : catalog.cached(target);
  if (cached !== undefined && isVisible(cached)) return cached;
  return kind === 'key' ? loadKey(catalog, arn) : loadAlias(catalog, arn);
}

async function loadKey(catalog: KeyCatalog, arn: string): Promise<KmsKey> {
  const key = await catalog.find(arn);
  if (key === undefined || !isVisible(key)) throw keyNotFound(arn);
  return key;
}

async function loadAlias(catalog: KeyCatalog, arn: string): Promise<KmsKey> {
  const alias = await catalog.findAlias(arn);
  if (alias === undefined) throw aliasNotFound(arn);
  return loadKey(catalog, alias.target_key_arn);
}

/** A key whose creation was not acknowledged, or whose deletion was begun, does not exist for callers. */
function isVisible(key: KmsKey): boolean {
  return key.state !== 'Creating' && key.state !== 'Deleting';
}
