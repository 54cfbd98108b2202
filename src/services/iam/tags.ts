/** Tags of users, roles, policies and providers. Keys are told apart without regard to case. AWS: "Tags for IAM resources". */
import type { ConditionContext } from '../../access/access-control.ts';
import type { Tag } from '../../aws/generated/iam.ts';
import { putEntity } from './changes.ts';
import { invalidInput, quotaExceeded } from './errors.ts';
import type { Entity, Role, Tags, User } from './entities.ts';
import type { IamCall } from './operation.ts';
import { pageOf } from './pages.ts';
import type { PageInput } from './pages.ts';
import { QUOTAS } from './quotas.ts';

const QUOTA_NAMES = { user: 'TagsPerUser', role: 'TagsPerRole' } as const;

/** @throws ApiError InvalidInputException */
export function requireTags(tags: readonly Tag[] = []): Tags {
  const seen = new Set<string>();
  for (const { Key } of tags) {
    const key = Key.toLowerCase();
    if (key.startsWith('aws:')) throw invalidInput('Tag keys that begin with aws: are reserved.');
    if (seen.has(key))
      throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
    seen.add(key);
  }
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}

export function toTagList(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** As members of an answer: left out when there are none. */
export function tagMember(tags: Tags): { Tags?: Tag[] } {
  return Object.keys(tags).length === 0 ? {} : { Tags: toTagList(tags) };
}

export async function addTags(call: IamCall, entity: User | Role, tags: readonly Tag[]): Promise<void> {
  const added = requireTags(tags);
  const kept = without(entity.tags, Object.keys(added));
  const merged = { ...kept, ...added };
  if (Object.keys(merged).length > QUOTAS.TagsPerEntity)
    throw quotaExceeded(QUOTA_NAMES[entity.kind], QUOTAS.TagsPerEntity);
  await putEntity(call, { ...entity, tags: merged });
}

export async function removeTags(call: IamCall, entity: User | Role, keys: readonly string[]): Promise<void> {
  await putEntity(call, { ...entity, tags: without(entity.tags, keys) });
}

function without(tags: Tags, keys: readonly string[]): Tags {
  const gone = new Set(keys.map((key) => key.toLowerCase()));
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key.toLowerCase())));
}

export function tagPage(input: PageInput, entity: User | Role) {
  const tags = toTagList(entity.tags).sort((a, b) => (a.Key < b.Key ? -1 : 1));
  const { items, page } = pageOf(['tags', entity.id], input, tags, ({ Key }) => Key);
  return { Tags: items, ...page };
}

/**
 * Whoever makes something with tags must be allowed to tag it too: tags give and take rights. AWS: "Tags for IAM resources".
 * @param action `iam:TagUser` and its like
 * @throws ApiError AccessDenied
 */
export function requireMayTag(
  call: IamCall,
  action: string,
  resource: string,
  tags: readonly Tag[] | undefined,
): void {
  if (tags === undefined || tags.length === 0) return;
  call.authorize({ action, resource, context: () => requestTags(tags) });
}

/** aws:RequestTag/…, aws:TagKeys. */
export function requestTags(tags: readonly Tag[] | undefined): ConditionContext {
  if (tags === undefined) return {};
  return {
    ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
    'aws:TagKeys': tags.map(({ Key }) => Key),
  };
}

/** aws:ResourceTag/… of what is acted on, if it is there and has tags; of users and roles iam:ResourceTag/… too. */
export function resourceTags(entity: Entity | undefined): ConditionContext {
  if (entity === undefined || entity.kind === 'group') return {};
  const prefixes = entity.kind === 'user' || entity.kind === 'role' ? ['aws', 'iam'] : ['aws'];
  const pairs = Object.entries(entity.tags);
  return Object.fromEntries(
    prefixes.flatMap((prefix) => pairs.map(([key, value]) => [`${prefix}:ResourceTag/${key}`, value])),
  );
}
