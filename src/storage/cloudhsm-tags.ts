/** Tags of HSM clusters and their backups. */
import type { Queryable } from './store.ts';

export interface ResourceTag {
  Key: string;
  Value: string;
}

/** In the order of their keys. */
export async function listResourceTags(db: Queryable, resourceId: string): Promise<ResourceTag[]> {
  const rows = await db
    .selectFrom('cloudhsm_tags')
    .selectAll()
    .where('resource_id', '=', resourceId)
    .orderBy('tag_key')
    .execute();
  return rows.map((row) => ({ Key: row.tag_key, Value: row.tag_value }));
}

export async function putResourceTags(
  db: Queryable,
  resourceId: string,
  tags: readonly ResourceTag[],
): Promise<void> {
  for (const { Key, Value } of tags) {
    await db
      .insertInto('cloudhsm_tags')
      .values({ resource_id: resourceId, tag_key: Key, tag_value: Value })
      .onConflict((c) => c.columns(['resource_id', 'tag_key']).doUpdateSet({ tag_value: Value }))
      .execute();
  }
}

/** @param keys all of them when undefined */
export async function removeResourceTags(
  db: Queryable,
  resourceId: string,
  keys?: readonly string[],
): Promise<void> {
  if (keys?.length === 0) return;
  let removal = db.deleteFrom('cloudhsm_tags').where('resource_id', '=', resourceId);
  if (keys !== undefined) removal = removal.where('tag_key', 'in', keys);
  await removal.execute();
}
