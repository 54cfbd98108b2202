/** Changes of what IAM keeps: database and audit event in one transaction, then memory. */
import { putIamEntity, removeIamEntity } from '../../storage/iam-entities.ts';
import type { RowMac } from '../../storage/row-mac.ts';
import type { IamEntityRow } from '../../storage/schema-iam.ts';
import type { Entity } from './entities.ts';
import type { IamCall } from './operation.ts';
import { uniqueNameOf } from './principals.ts';

const TABLE = 'iam_entities';

/** @param responseElements what the audit event shows of the answer */
export async function putEntity(
  call: IamCall,
  entity: Entity,
  responseElements: Record<string, unknown> | null = null,
): Promise<void> {
  await call.commit(responseElements, (tx) => putIamEntity(tx, entityRow(entity, call.ports.mac)));
  call.ports.principals.put(entity);
}

export async function removeEntity(call: IamCall, entity: Entity): Promise<void> {
  await call.commit(null, (tx) => removeIamEntity(tx, entity.id));
  call.ports.principals.remove(entity.id);
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
