/**
 * The condition keys of KMS: what an operation declares of its request (its `context`), and what is the same for every use
 * of a key. AWS: "AWS KMS condition keys". Defaults count as if they had been written; what has none is absent.
 */
import type { ConditionContext } from '../../access/access-control.ts';
import type { EncryptionContext } from './encryption-context.ts';
import type { KeyLabels } from './key-catalog.ts';
import type { KmsKey } from './key.ts';

/** Of an operation whose request has no condition keys of its own. */
export const noConditions = (): ConditionContext => ({});

/** kms:EncryptionContext:<name> and kms:EncryptionContextKeys. An empty context is none. */
export function encryptionContextConditions(context: EncryptionContext | undefined): ConditionContext {
  const names = Object.keys(context ?? {});
  if (context === undefined || names.length === 0) return {};
  const conditions: Record<string, string | readonly string[]> = { 'kms:EncryptionContextKeys': names };
  for (const name of names) conditions[`kms:EncryptionContext:${name}`] = context[name] as string;
  return conditions;
}

/** kms:EncryptionAlgorithm, default included. Data keys are always made with the default. */
export function encryptionAlgorithm(algorithm = 'SYMMETRIC_DEFAULT'): ConditionContext {
  return { 'kms:EncryptionAlgorithm': algorithm };
}

/** kms:KeySpec and kms:KeyUsage with the names that they had before. */
export function keyShapeConditions(spec: string, usage: string): ConditionContext {
  return {
    'kms:KeySpec': spec,
    'kms:CustomerMasterKeySpec': spec,
    'kms:KeyUsage': usage,
    'kms:CustomerMasterKeyUsage': usage,
  };
}

/** aws:RequestTag/<key> and aws:TagKeys. */
export function requestTagConditions(
  tags: readonly { TagKey: string; TagValue: string }[] | undefined,
): ConditionContext {
  if (tags === undefined || tags.length === 0) return {};
  const conditions: Record<string, string | readonly string[]> = {
    'aws:TagKeys': tags.map(({ TagKey }) => TagKey),
  };
  for (const { TagKey, TagValue } of tags) conditions[`aws:RequestTag/${TagKey}`] = TagValue;
  return conditions;
}

/** Numbers and booleans as policies write them; undefined stays absent. */
export function written(value: number | boolean | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

/** What a policy may ask about the caller's account in every operation on keys and custom key stores. */
export function callerConditions(accountId: string): ConditionContext {
  return { 'kms:CallerAccount': accountId };
}

/** More aliases than these are not looked at: the condition is not met. AWS: kms:ResourceAliases. */
const MAX_ALIASES = 50;

/** Condition keys of a key. @param labels its tags and aliases, when a policy asked for them */
export function keyConditions(key: KmsKey, labels: KeyLabels | undefined): ConditionContext {
  const { multiRegion } = key;
  const conditions: Record<string, string | readonly string[] | undefined> = {
    ...keyShapeConditions(key.spec, key.usage),
    'kms:KeyOrigin': key.origin,
    'kms:MultiRegion': String(multiRegion !== null),
    'kms:MultiRegionKeyType':
      multiRegion === null ? undefined : multiRegion.primary === key.region ? 'PRIMARY' : 'REPLICA',
  };
  if (labels !== undefined) {
    if (labels.aliases.length <= MAX_ALIASES) conditions['kms:ResourceAliases'] = labels.aliases;
    for (const tag of labels.tags) conditions[`aws:ResourceTag/${tag.key}`] = tag.value;
  }
  return conditions;
}

/** kms:RequestAlias: the alias name with which a request named its key, also when it was in an ARN. */
export function requestAlias(identifier: string | undefined): ConditionContext {
  const at = identifier?.indexOf('alias/') ?? -1;
  if (identifier === undefined || !(at === 0 || (at > 0 && identifier[at - 1] === ':'))) return {};
  return { 'kms:RequestAlias': identifier.slice(at) };
}
