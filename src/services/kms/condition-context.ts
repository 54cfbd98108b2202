/**
 * The condition keys of KMS: what an operation declares of its request (its `context`), and what is the same for every use
 * of a key. AWS: "AWS KMS condition keys". Defaults count as if they had been written; what has none is absent.
 */
import type { AccessControl, ConditionContext, ConditionValue } from '../../access/access-control.ts';
import type { CallRequest } from '../../access/call-request.ts';
import { contextOf } from '../../access/context.ts';
import type { Context } from '../../access/context.ts';
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

/** aws:ResourceTag/<key> of a key that is to have these tags. */
export function resourceTagConditions(
  tags: readonly { TagKey: string; TagValue: string }[],
): ConditionContext {
  return Object.fromEntries(tags.map(({ TagKey, TagValue }) => [`${RESOURCE_TAG}${TagKey}`, TagValue]));
}

/** Numbers and booleans as policies write them; undefined stays absent. */
export function written(value: number | boolean | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

/** What a policy may ask about the caller's account in every operation on keys and custom key stores. */
export function callerConditions(accountId: string): ConditionContext {
  return { 'kms:CallerAccount': accountId };
}

const RESOURCE_TAG = 'aws:ResourceTag/';
const RESOURCE_TAG_LOWERED = RESOURCE_TAG.toLowerCase();
/** With what policies ask for a key's tags and aliases: beginnings of condition keys, in lower case. */
export const OF_LABELS = [RESOURCE_TAG_LOWERED, 'kms:resourcealiases'] as const;

/** Whether a policy that counts asks for tags or aliases of the key, which are looked up only then. */
export function asksForLabels(access: AccessControl, request: CallRequest, keyPolicy: string): boolean {
  return access.asksFor(request, keyPolicy, OF_LABELS[0]) || access.asksFor(request, keyPolicy, OF_LABELS[1]);
}

/** More aliases than these are not looked at: the condition is not met. AWS: kms:ResourceAliases. */
const MAX_ALIASES = 50;

type OfKey = (key: KmsKey, labels: KeyLabels | undefined) => ConditionValue;

const specOf: OfKey = ({ spec }) => spec;
const usageOf: OfKey = ({ usage }) => usage;

/** Condition keys of every key, beside its tags. */
const OF_KEY: Readonly<Record<string, OfKey>> = {
  'kms:KeySpec': specOf,
  'kms:CustomerMasterKeySpec': specOf,
  'kms:KeyUsage': usageOf,
  'kms:CustomerMasterKeyUsage': usageOf,
  'kms:KeyOrigin': ({ origin }) => origin,
  'kms:MultiRegion': ({ multiRegion }) => String(multiRegion !== null),
  'kms:MultiRegionKeyType': ({ multiRegion, region }) => {
    if (multiRegion === null) return undefined;
    return multiRegion.primary === region ? 'PRIMARY' : 'REPLICA';
  },
  'kms:ResourceAliases': (_key, labels) =>
    labels !== undefined && labels.aliases.length <= MAX_ALIASES ? labels.aliases : undefined,
};

/** Condition keys of a key. @param labels its tags and aliases, when a policy asked for them */
export function keyConditions(key: KmsKey, labels: KeyLabels | undefined): ConditionContext {
  const conditions: Record<string, ConditionValue> = {};
  for (const [name, of] of Object.entries(OF_KEY)) conditions[name] = of(key, labels);
  for (const tag of labels?.tags ?? []) conditions[`${RESOURCE_TAG}${tag.key}`] = tag.value;
  return conditions;
}

/** kms:RequestAlias: the alias name with which a request named its key, also when it was in an ARN. */
function requestAlias(identifier: string | undefined): string | undefined {
  const at = identifier?.indexOf('alias/') ?? -1;
  if (identifier === undefined || !(at === 0 || (at > 0 && identifier[at - 1] === ':'))) return undefined;
  return identifier.slice(at);
}

/** A use of a key, as far as policies may ask about it whatever the operation. */
export interface ConditionsOfUse {
  callerAccountId: string;
  key: KmsKey;
  labels: KeyLabels | undefined;
  /** How the caller named the key, where it may use an alias. */
  identifier: string | undefined;
  encryptionContext: EncryptionContext | undefined;
}

type OfUse = (use: ConditionsOfUse) => ConditionValue;

const OF_USE: ReadonlyMap<string, OfUse> = new Map<string, OfUse>([
  ['kms:calleraccount', ({ callerAccountId }) => callerAccountId],
  ['kms:requestalias', ({ identifier }) => requestAlias(identifier)],
  ['kms:encryptioncontextkeys', ({ encryptionContext = {} }) => atLeastOne(Object.keys(encryptionContext))],
  ...Object.entries(OF_KEY).map(([name, of]): [string, OfUse] => [
    name.toLowerCase(),
    ({ key, labels }) => of(key, labels),
  ]),
]);

const CONTEXT_PAIR = 'kms:encryptioncontext:';

/**
 * One condition key of a use of a key: policies ask for few, and putting all of them together costs more than the decision.
 * @param name in lower case
 */
export function conditionOfUse(use: ConditionsOfUse, name: string): ConditionValue {
  const of = OF_USE.get(name);
  if (of !== undefined) return of(use);
  if (use.encryptionContext !== undefined && name.startsWith(CONTEXT_PAIR))
    return pairsOf(use.encryptionContext).values(name.slice(CONTEXT_PAIR.length));
  if (use.labels !== undefined && name.startsWith(RESOURCE_TAG_LOWERED)) {
    const tags = use.labels.tags.map(({ key, value }) => [key, value] as const);
    return valuesNamed(tags, name.slice(RESOURCE_TAG_LOWERED.length));
  }
  return undefined;
}

const pairs = new WeakMap<EncryptionContext, Context>();

/** By their names in lower case; put together once, for policies may ask a thousand times, and there may be hundreds of pairs. */
function pairsOf(encryptionContext: EncryptionContext): Context {
  let context = pairs.get(encryptionContext);
  if (context === undefined) {
    context = contextOf(encryptionContext);
    pairs.set(encryptionContext, context);
  }
  return context;
}

/** Names that differ in case only are one condition key, with the values of all of them. */
function valuesNamed(pairs: readonly (readonly [string, string])[], lowered: string): ConditionValue {
  return atLeastOne(pairs.filter(([name]) => name.toLowerCase() === lowered).map(([, value]) => value));
}

function atLeastOne(values: readonly string[]): ConditionValue {
  return values.length === 0 ? undefined : values;
}
