/** Users, groups, roles, managed policies and OIDC providers. */
import type { IamEntityRow } from './schema-iam.ts';
import type { Queryable } from './store.ts';

export async function listIamEntities(db: Queryable): Promise<IamEntityRow[]> {
  return db.selectFrom('iam_entities').selectAll().execute();
}

/** Inserts the entity, or replaces it as a whole. */
export async function putIamEntity(db: Queryable, row: IamEntityRow): Promise<void> {
  const { entity_id: _id, ...columns } = row;
  await db
    .insertInto('iam_entities')
    .values(row)
    .onConflict((c) => c.column('entity_id').doUpdateSet(columns))
    .execute();
}

export async function removeIamEntity(db: Queryable, entityId: string): Promise<void> {
  await db.deleteFrom('iam_entities').where('entity_id', '=', entityId).execute();
}
