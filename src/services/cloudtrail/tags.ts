/** Tags of trails. AWS: "Tags" of API_AddTags; at most 50, keys without `aws:`. */
import type { Tag } from '../../aws/generated/cloudtrail.ts';
import type { DatabaseTransaction } from '../../storage/store.ts';
import { putTrailTag, trailTags } from '../../storage/trails.ts';
import { invalidTag, tooManyTags } from './errors.ts';

const MOST_TAGS = 50;

/** @throws ApiError InvalidTagParameterException */
export function requireTags(tags: readonly Tag[]): void {
  const keys = tags.map(({ Key }) => Key);
  if (new Set(keys).size < keys.length) throw invalidTag('Tag keys must be unique.');
  if (keys.some((key) => key.toLowerCase().startsWith('aws:'))) {
    throw invalidTag('Tag keys must not begin with aws:.');
  }
}

/** @throws ApiError TagsLimitExceededException */
export async function addTags(tx: DatabaseTransaction, arn: string, tags: readonly Tag[]): Promise<void> {
  const there = await trailTags(tx, arn);
  for (const { Key, Value = '' } of tags) {
    there.set(Key, Value);
    await putTrailTag(tx, arn, Key, Value);
  }
  if (there.size > MOST_TAGS) throw tooManyTags();
}
