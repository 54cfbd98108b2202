/** HSM clusters, their HSMs, who holds which key, and what must be gone. */
import type { ClusterRow, HsmRow } from './schema.ts';
import type { Queryable } from './store.ts';

export async function listClusters(db: Queryable): Promise<ClusterRow[]> {
  return db.selectFrom('clusters').selectAll().orderBy('cluster_id').execute();
}

/** Inserts the cluster, or replaces the row of the same id. */
export async function putCluster(db: Queryable, cluster: ClusterRow): Promise<void> {
  const { cluster_id: _id, created_at: _created, ...changes } = cluster;
  await db
    .insertInto('clusters')
    .values(cluster)
    .onConflict((c) => c.column('cluster_id').doUpdateSet(changes))
    .execute();
}

export async function listHsms(db: Queryable, clusterId: string): Promise<HsmRow[]> {
  return db.selectFrom('hsms').selectAll().where('cluster_id', '=', clusterId).orderBy('hsm_id').execute();
}

export async function putHsm(db: Queryable, hsm: HsmRow): Promise<void> {
  await db
    .insertInto('hsms')
    .values(hsm)
    .onConflict((c) => c.column('hsm_id').doUpdateSet({ state: hsm.state }))
    .execute();
}

export async function setEpochCounter(db: Queryable, hsmId: string, counter: number): Promise<void> {
  await db.updateTable('hsms').set({ epoch_counter: counter }).where('hsm_id', '=', hsmId).execute();
}

export async function addHolders(
  db: Queryable,
  materialId: string,
  hsmIds: readonly string[],
): Promise<void> {
  for (const hsmId of hsmIds) {
    await db
      .insertInto('key_holders')
      .values({ material_id: materialId, hsm_id: hsmId })
      .onConflict((c) => c.doNothing())
      .execute();
  }
}

/** A usable key of a cluster, as repair needs it. */
export interface ClusterKey {
  materialId: string;
  keyArn: string;
  /** 32 hex digits. */
  check: string;
}

/** Every key that each HSM of the cluster should hold. */
export async function keysOfCluster(db: Queryable, clusterId: string): Promise<ClusterKey[]> {
  const rows = await db
    .selectFrom('key_materials')
    .innerJoin('kms_keys', 'kms_keys.key_arn', 'key_materials.key_arn')
    .innerJoin('custom_key_stores', 'custom_key_stores.custom_key_store_id', 'kms_keys.custom_key_store_id')
    .select(['key_materials.material_id', 'key_materials.key_arn', 'key_materials.key_check'])
    .where('custom_key_stores.cluster_id', '=', clusterId)
    .where('kms_keys.state', 'in', ['Ready', 'PendingDeletion'])
    .execute();
  return rows.map((row) => ({
    materialId: row.material_id,
    keyArn: row.key_arn,
    check: row.key_check ?? '',
  }));
}

export interface Tombstone {
  materialId: string;
  clusterId: string;
  keyArn: string;
}

export async function putTombstone(db: Queryable, tombstone: Tombstone, now: number): Promise<void> {
  await db
    .insertInto('tombstones')
    .values({
      material_id: tombstone.materialId,
      cluster_id: tombstone.clusterId,
      key_arn: tombstone.keyArn,
      created_at: now,
    })
    .onConflict((c) => c.doNothing())
    .execute();
}

export async function listTombstones(db: Queryable, clusterId: string): Promise<Tombstone[]> {
  const rows = await db.selectFrom('tombstones').selectAll().where('cluster_id', '=', clusterId).execute();
  return rows.map((row) => ({ materialId: row.material_id, clusterId: row.cluster_id, keyArn: row.key_arn }));
}

export async function removeTombstone(db: Queryable, materialId: string): Promise<void> {
  await db.deleteFrom('tombstones').where('material_id', '=', materialId).execute();
}

/** How many keys each HSM should hold, by HSM id. */
export async function countKeysByHsm(db: Queryable): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('key_holders')
    .select('hsm_id')
    .select((eb) => eb.fn.countAll().as('count'))
    .groupBy('hsm_id')
    .execute();
  return new Map(rows.map((row) => [row.hsm_id, Number(row.count)]));
}
