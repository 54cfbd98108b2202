/** Tags of clusters and backups. AWS: "Tagging AWS CloudHSM resources". */
import { listResourceTags } from '../../storage/cloudhsm-tags.ts';
import type { ResourceTag } from '../../storage/cloudhsm-tags.ts';
import type { Queryable } from '../../storage/store.ts';
import { limitExceeded, tagError } from './errors.ts';

export const TAGS_PER_RESOURCE = 50;

/** @throws ApiError CloudHsmTagException for a key that occurs twice, or begins with `aws:` */
export function requireTags(tags: readonly ResourceTag[]): void {
  const keys = tags.map(({ Key }) => Key);
  const twice = keys.find((key, at) => keys.indexOf(key) !== at);
  if (twice !== undefined) throw tagError(`The tag key ${twice} occurs more than once.`);
  if (keys.some((key) => key.toLowerCase().startsWith('aws:')))
    throw tagError('Tag keys that begin with aws: are reserved.');
}

/** @throws ApiError CloudHsmResourceLimitExceededException */
export async function requireRoomForTags(
  db: Queryable,
  resourceId: string,
  added: readonly ResourceTag[],
): Promise<void> {
  const keys = new Set((await listResourceTags(db, resourceId)).map(({ Key }) => Key));
  for (const { Key } of added) keys.add(Key);
  if (keys.size > TAGS_PER_RESOURCE)
    throw limitExceeded(`A resource can have at most ${TAGS_PER_RESOURCE} tags.`);
}
