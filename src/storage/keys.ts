/** Keys, their materials and tags. */
import { setImmediate as breathe } from 'node:timers/promises';
import { sql } from 'kysely';
import { aliasesOf, removeAlias } from './aliases.ts';
import { changing } from './changes.ts';
import type { KeyMaterialRow, KmsKeyRow } from './schema.ts';
import type { Database, Queryable } from './store.ts';

/** A key that does not rotate by itself. */
export const NO_ROTATION = {
  rotation_period_days: null,
  next_rotation_at: null,
  on_demand_rotations: null,
} satisfies Partial<KmsKeyRow>;

/** A key's first material, made in its key store. */
export const FIRST_MATERIAL = {
  pending: null,
  rotation_type: null,
  rotated_at: null,
  description: null,
  expiration_model: null,
  valid_to: null,
} satisfies Partial<KeyMaterialRow>;

export async function findKey(
  db: Queryable,
  keyArn: string,
): Promise<{ key: KmsKeyRow; materials: KeyMaterialRow[] } | undefined> {
  const key = await db.selectFrom('kms_keys').selectAll().where('key_arn', '=', keyArn).executeTakeFirst();
  if (key === undefined) return undefined;
  const materials = await db
    .selectFrom('key_materials')
    .selectAll()
    .where('key_arn', '=', keyArn)
    .orderBy('created_at')
    .orderBy('material_id')
    .execute();
  return { key, materials };
}

/** The ARN of the key with this id in a Region, in whatever account; found by its ARN, for which there is an index. */
export async function findKeyArn(db: Queryable, region: string, keyId: string): Promise<string | undefined> {
  const accounts = await db.selectFrom('accounts').select('account_id').execute();
  const arns = accounts.map(({ account_id }) => `arn:aws:kms:${region}:${account_id}:key/${keyId}`);
  const row = await db
    .selectFrom('kms_keys')
    .select('key_arn')
    .where('key_arn', 'in', arns)
    .executeTakeFirst();
  return row?.key_arn;
}

/** The ARN of the key of an external key store that has this external key. */
export async function findKeyOfExternalKey(
  db: Queryable,
  customKeyStoreId: string,
  xksKeyId: string,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('kms_keys')
    .select('key_arn')
    .where('custom_key_store_id', '=', customKeyStoreId)
    .where('xks_key_id', '=', xksKeyId)
    .executeTakeFirst();
  return row?.key_arn;
}

export async function insertKey(db: Queryable, key: KmsKeyRow): Promise<void> {
  await changing(db, 'key', key.key_arn, (tx) => tx.insertInto('kms_keys').values(key).execute());
}

/** Replaces the row of the same ARN. */
export async function replaceKey(db: Queryable, key: KmsKeyRow): Promise<void> {
  await changing(db, 'key', key.key_arn, (tx) =>
    tx.updateTable('kms_keys').set(key).where('key_arn', '=', key.key_arn).execute(),
  );
}

export async function insertMaterial(db: Queryable, material: KeyMaterialRow): Promise<void> {
  await changing(db, 'key', material.key_arn, (tx) =>
    tx.insertInto('key_materials').values(material).execute(),
  );
}

export async function replaceMaterial(db: Queryable, material: KeyMaterialRow): Promise<void> {
  await changing(db, 'key', material.key_arn, (tx) =>
    tx
      .updateTable('key_materials')
      .set(material)
      .where('material_id', '=', material.material_id)
      .where('key_arn', '=', material.key_arn)
      .execute(),
  );
}

export async function removeMaterial(db: Queryable, keyArn: string, materialId: string): Promise<void> {
  await changing(db, 'key', keyArn, (tx) =>
    tx
      .deleteFrom('key_materials')
      .where('key_arn', '=', keyArn)
      .where('material_id', '=', materialId)
      .execute(),
  );
}

/** Removes a key with all that hangs on it. */
export async function removeKey(db: Queryable, keyArn: string): Promise<void> {
  await changing(db, 'key', keyArn, async (tx) => {
    const materials = tx.selectFrom('key_materials').select('material_id').where('key_arn', '=', keyArn);
    await tx.deleteFrom('key_holders').where('material_id', 'in', materials).execute();
    await tx.deleteFrom('key_materials').where('key_arn', '=', keyArn).execute();
    await tx.deleteFrom('key_tags').where('key_arn', '=', keyArn).execute();
    for (const { alias_arn } of await aliasesOf(tx, keyArn)) await removeAlias(tx, alias_arn);
    await tx.deleteFrom('grants').where('key_arn', '=', keyArn).execute();
    await tx.deleteFrom('key_last_usage').where('key_arn', '=', keyArn).execute();
    await tx.deleteFrom('kms_keys').where('key_arn', '=', keyArn).execute();
  });
}

/** One page of visible keys in key id order: those after `afterKeyId`. */
export async function listKeys(
  db: Queryable,
  owner: { accountId: string; region: string },
  afterKeyId: string,
  limit: number,
): Promise<{ key_id: string }[]> {
  // of what the index by account holds: rows lie in the order of their random ids, so a page of them is a thousand places on disk
  return db
    .selectFrom('kms_keys')
    .select('key_id')
    .where('account_id', '=', owner.accountId)
    .where('region', '=', owner.region)
    .where('state', 'not in', ['Creating', 'Deleting'])
    .where('key_id', '>', afterKeyId)
    .orderBy('key_id')
    .limit(limit)
    .execute();
}

/** An account's keys in a Region behind a key id, as many as are looked at at once: what the index by account holds of each. */
export function pieceOfKeys(
  db: Queryable,
  owner: { accountId: string; region: string },
  after: string,
  limit: number,
) {
  return db
    .selectFrom('kms_keys')
    .select(['key_id', 'state', 'key_manager', 'custom_key_store_id'])
    .where('account_id', '=', owner.accountId)
    .where('region', '=', owner.region)
    .where('key_id', '>', after)
    .orderBy('key_id')
    .limit(limit);
}

/** Keys that are counted at once: about a millisecond. */
const COUNTED_AT_ONCE = 10_000;

/**
 * Customer managed keys: those of services do not count against the quota. Piece by piece, so that calls come in between.
 * @param db not a transaction, for which others would wait
 */
export async function countKeys(
  db: Database,
  owner: { accountId: string; region: string },
  atOnce = COUNTED_AT_ONCE,
): Promise<number> {
  let total = 0;
  for (let after = ''; ; await breathe()) {
    const piece = await db
      .selectFrom(pieceOfKeys(db, owner, after, atOnce).as('piece'))
      .select((e) => [
        e.fn.countAll<number>().as('rows'),
        e.fn.countAll<number>().filterWhere('key_manager', '=', 'CUSTOMER').as('count'),
        e.fn.max('key_id').as('last'),
      ])
      .executeTakeFirstOrThrow();
    total += Number(piece.count);
    if (Number(piece.rows) < atOnce) return total;
    after = piece.last;
  }
}

/** Keys (in any state) of a custom key store. */
export async function countKeysInStore(db: Queryable, customKeyStoreId: string): Promise<number> {
  const { count } = await db
    .selectFrom('kms_keys')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('custom_key_store_id', '=', customKeyStoreId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Keys whose waiting period ended at or before `now`, and those whose deletion was begun. */
export async function keysDueForDeletion(db: Queryable, now: number, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('kms_keys')
    .select('key_arn')
    .where('state', 'in', ['PendingDeletion', 'Deleting'])
    .where('deletion_date', '<=', now)
    .orderBy('deletion_date')
    .limit(limit)
    .execute();
  return rows.map((row) => row.key_arn);
}

/**
 * Usable keys whose automatic rotation is due. Disabled ones wait until they are enabled; replicas of multi-Region keys have
 * the date of their primary key, with which they rotate (the text form: services/kms/multi-region.ts).
 */
export async function keysDueForRotation(db: Queryable, now: number, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('kms_keys')
    .select('key_arn')
    .where('next_rotation_at', '<=', now)
    .where('state', '=', 'Ready')
    .where('enabled', '=', 1)
    .where(sql<boolean>`(multi_region is null or multi_region like '{"primary":"' || region || '",%')`)
    .orderBy('next_rotation_at')
    .limit(limit)
    .execute();
  return rows.map((row) => row.key_arn);
}

/** Keys that have imported material whose time is over. */
export async function keysWithExpiredMaterial(db: Queryable, now: number, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('key_materials')
    .select('key_arn')
    .where('valid_to', '<=', now)
    .where('encrypted_key', 'is not', null)
    .orderBy('valid_to') // not DISTINCT: SQLite would walk through all materials, key by key
    .limit(limit)
    .execute();
  return [...new Set(rows.map((row) => row.key_arn))];
}

/**
 * Keys whose creation was begun and neither completed nor given up: by one process, or by anybody before a time
 * (milliseconds since 1970).
 */
export async function keysInCreation(
  db: Queryable,
  { creator, before }: { creator: string; before: number },
): Promise<string[]> {
  const rows = await db
    .selectFrom('kms_keys')
    .select('key_arn')
    .where('state', '=', 'Creating')
    .where((e) => e.or([e('creator', '=', creator), e('creator', 'is', null), e('created_at', '<', before)]))
    .execute();
  return rows.map((row) => row.key_arn);
}

/** Multi-Region keys with a change that is not complete: a replica without its material, a primary key being changed. */
export async function keysInMultiRegionChange(db: Queryable, limit: number): Promise<string[]> {
  const keys = db.selectFrom('kms_keys').select('key_arn').where('multi_region', 'is not', null).limit(limit);
  // one after the other: no index serves both
  const changing = await keys.where('state', 'in', ['Replicating', 'Updating']).execute();
  const withoutMaterial = await keys
    .where('current_material_id', 'is', null)
    .where('origin', '=', 'AWS_KMS')
    .where('state', '!=', 'Deleting')
    .execute();
  const found = new Set([...changing, ...withoutMaterial].map((row) => row.key_arn));
  return [...found].sort().slice(0, limit);
}

export async function listTags(db: Queryable, keyArn: string): Promise<{ key: string; value: string }[]> {
  const rows = await db
    .selectFrom('key_tags')
    .selectAll()
    .where('key_arn', '=', keyArn)
    .orderBy('tag_key')
    .execute();
  return rows.map((row) => ({ key: row.tag_key, value: row.tag_value }));
}

/** Adds tags; those that exist get the new value. */
export async function putTags(
  db: Queryable,
  keyArn: string,
  tags: readonly { key: string; value: string }[],
): Promise<void> {
  if (tags.length === 0) return;
  await changing(db, 'key', keyArn, async (tx) => {
    for (const tag of tags) {
      await tx
        .insertInto('key_tags')
        .values({ key_arn: keyArn, tag_key: tag.key, tag_value: tag.value })
        .onConflict((c) => c.columns(['key_arn', 'tag_key']).doUpdateSet({ tag_value: tag.value }))
        .execute();
    }
  });
}

export async function removeTags(db: Queryable, keyArn: string, tagKeys: readonly string[]): Promise<void> {
  if (tagKeys.length === 0) return;
  await changing(db, 'key', keyArn, (tx) =>
    tx.deleteFrom('key_tags').where('key_arn', '=', keyArn).where('tag_key', 'in', tagKeys).execute(),
  );
}
