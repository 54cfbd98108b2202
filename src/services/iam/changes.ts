/** Changes of what IAM keeps: database and audit event in one transaction, then memory. */
import { insertIamEntity, removeIamEntity, replaceIamEntity } from '../../storage/iam-entities.ts';
import { removeLastUse } from '../../storage/last-uses.ts';
import type { RowMac } from '../../storage/row-mac.ts';
import type { IamEntityRow } from '../../storage/schema-iam.ts';
import type { Entity } from './entities.ts';
import type { IamCall } from './operation.ts';
import { uniqueNameOf } from './principals.ts';

const TABLE = 'iam_entities';

/**
 * @param entity made from what memory has now
 * @param responseElements what the audit event shows of the answer
 * @throws StaleRow when another process changed it meanwhile
 */
export async function putEntity(
  call: IamCall,
  entity: Entity,
  responseElements: Record<string, unknown> | null = null,
): Promise<void> {
  const { mac, principals } = call.ports;
  const known = principals.byId(entity.id);
  const row = entityRow(entity, mac);
  await call.commit(responseElements, (tx) =>
    known === undefined ? insertIamEntity(tx, row) : replaceIamEntity(tx, row, entityRow(known, mac).mac),
  );
  principals.put(entity);
}

/** Removes an entity, and when it was last used. @throws StaleRow when another process changed it meanwhile */
export async function removeEntity(call: IamCall, entity: Entity): Promise<void> {
  const { mac, principals } = call.ports;
  await call.commit(null, async (tx) => {
    await removeIamEntity(tx, entity.id, entityRow(entity, mac).mac);
    await removeLastUse(tx, entity.id);
  });
  principals.remove(entity.id);
}

/** An entity as the database has it. */
export function entityRow(entity: Entity, mac: RowMac): IamEntityRow {
  const { id, accountId, kind, ...body } = entity;
  return mac.seal(TABLE, {
    entity_id: id,
    account_id: accountId,
    kind,
    unique_name: uniqueNameOf(entity),
    body: JSON.stringify(body),
  });
}

/** @throws RowTampered */
export function entityOf(row: IamEntityRow, mac: RowMac): Entity {
  mac.check(TABLE, row);
  const body = JSON.parse(row.body) as object;
  return { id: row.entity_id, accountId: row.account_id, kind: row.kind, ...body } as Entity;
}
