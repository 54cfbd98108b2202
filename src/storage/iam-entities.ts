/** Users, groups, roles, managed policies and OIDC providers. */
import { changing } from './changes.ts';
import { requireChanged } from './conflicts.ts';
import type { IamEntityRow } from './schema-iam.ts';
import type { Queryable } from './store.ts';

export async function listIamEntities(db: Queryable): Promise<IamEntityRow[]> {
  return db.selectFrom('iam_entities').selectAll().execute();
}

export async function findIamEntity(db: Queryable, entityId: string): Promise<IamEntityRow | undefined> {
  return db.selectFrom('iam_entities').selectAll().where('entity_id', '=', entityId).executeTakeFirst();
}

export async function insertIamEntity(db: Queryable, row: IamEntityRow): Promise<void> {
  await changing(db, 'iam-entity', row.entity_id, (tx) =>
    tx.insertInto('iam_entities').values(row).execute(),
  );
}

/** @param seen code of the row that is replaced @throws StaleRow when another row is there, or none */
export async function replaceIamEntity(db: Queryable, row: IamEntityRow, seen: string): Promise<void> {
  await changing(db, 'iam-entity', row.entity_id, async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('iam_entities')
      .set(row)
      .where('entity_id', '=', row.entity_id)
      .where('mac', '=', seen)
      .executeTakeFirst();
    requireChanged(numUpdatedRows, 'iam_entities');
  });
}

/** @param seen code of the row @throws StaleRow when another row is there, or none */
export async function removeIamEntity(db: Queryable, entityId: string, seen: string): Promise<void> {
  await changing(db, 'iam-entity', entityId, async (tx) => {
    const { numDeletedRows } = await tx
      .deleteFrom('iam_entities')
      .where('entity_id', '=', entityId)
      .where('mac', '=', seen)
      .executeTakeFirst();
    requireChanged(numDeletedRows, 'iam_entities');
  });
}
