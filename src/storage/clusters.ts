/** HSM clusters, their HSMs, who holds which key, and what must be gone. */
import { existsSync, writeFileSync } from 'node:fs';
import { changing, noteChange } from './changes.ts';
import { requireChanged } from './conflicts.ts';
import { installationValue, setInstallationValue } from './accounts.ts';
import type { RowMac } from './row-mac.ts';
import type { ClusterRow, HsmRow, QuarantinedKey } from './schema.ts';
import { inTransaction } from './store.ts';
import type { Database, Queryable } from './store.ts';

/** A row whose code is still to be computed. */
type Unsealed<R> = Omit<R, 'mac'>;

const ROWS_SEALED = 'cluster-rows-sealed';

/** @throws RowTampered */
export async function listClusters(db: Queryable, mac: RowMac): Promise<ClusterRow[]> {
  const rows = await db.selectFrom('clusters').selectAll().orderBy('cluster_id').execute();
  return rows.map((row) => mac.check('clusters', row));
}

/** @throws RowTampered */
export async function findCluster(
  db: Queryable,
  mac: RowMac,
  clusterId: string,
): Promise<ClusterRow | undefined> {
  const row = await db
    .selectFrom('clusters')
    .selectAll()
    .where('cluster_id', '=', clusterId)
    .executeTakeFirst();
  return row === undefined ? undefined : mac.check('clusters', row);
}

/** Inserts the cluster, or replaces the row of the same id; sealed here. */
export async function putCluster(db: Queryable, mac: RowMac, cluster: Unsealed<ClusterRow>): Promise<void> {
  const sealed = mac.seal('clusters', cluster);
  const { cluster_id: id, ...changes } = sealed;
  await changing(db, 'cluster', id, (tx) =>
    tx
      .insertInto('clusters')
      .values(sealed)
      .onConflict((c) => c.column('cluster_id').doUpdateSet(changes))
      .execute(),
  );
}

/** Changes a cluster that is still as it was seen. @throws StaleRow when another row is there, or none */
export async function changeCluster(
  db: Queryable,
  mac: RowMac,
  seen: ClusterRow,
  changes: Partial<Omit<ClusterRow, 'mac' | 'cluster_id'>>,
): Promise<void> {
  const sealed = mac.seal('clusters', { ...seen, ...changes });
  await changing(db, 'cluster', seen.cluster_id, async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('clusters')
      .set(sealed)
      .where('cluster_id', '=', seen.cluster_id)
      .where('mac', '=', seen.mac)
      .executeTakeFirst();
    requireChanged(numUpdatedRows, 'clusters');
  });
}

/** @throws RowTampered */
export async function listHsms(db: Queryable, mac: RowMac, clusterId: string): Promise<HsmRow[]> {
  const rows = await db
    .selectFrom('hsms')
    .selectAll()
    .where('cluster_id', '=', clusterId)
    .orderBy('created_at')
    .orderBy('hsm_id')
    .execute();
  return rows.map((row) => mac.check('hsms', row));
}

/** Inserts the HSM, or replaces the row of the same id; its epoch never goes back. Sealed here. */
export async function putHsm(db: Queryable, mac: RowMac, hsm: Unsealed<HsmRow>): Promise<void> {
  await changing(db, 'cluster', hsm.cluster_id, (tx) => writeHsm(tx, mac, hsm));
}

async function writeHsm(db: Queryable, mac: RowMac, hsm: Unsealed<HsmRow>): Promise<void> {
  const known = await findHsm(db, mac, hsm.hsm_id);
  const epoch = Math.max(known?.epoch_counter ?? 0, hsm.epoch_counter);
  const sealed = mac.seal('hsms', { ...hsm, epoch_counter: epoch });
  const { hsm_id: _id, ...changes } = sealed;
  await db
    .insertInto('hsms')
    .values(sealed)
    .onConflict((c) => c.column('hsm_id').doUpdateSet(changes))
    .execute();
}

/** @throws RowTampered */
export async function findHsm(db: Queryable, mac: RowMac, hsmId: string): Promise<HsmRow | undefined> {
  const row = await db.selectFrom('hsms').selectAll().where('hsm_id', '=', hsmId).executeTakeFirst();
  return row === undefined ? undefined : mac.check('hsms', row);
}

/** Counter of the newest epoch that the HSM was told; 0 for an HSM that is not on record. */
export async function epochCounterOf(db: Queryable, mac: RowMac, hsmId: string): Promise<number> {
  return (await findHsm(db, mac, hsmId))?.epoch_counter ?? 0;
}

/** Never lowers it. */
export async function setEpochCounter(
  db: Database,
  mac: RowMac,
  hsmId: string,
  counter: number,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    const row = await findHsm(tx, mac, hsmId);
    if (row !== undefined) await writeHsm(tx, mac, { ...row, epoch_counter: counter });
  });
}

/** The HSM is gone: with it what was known of the keys on it. */
export async function removeHsm(db: Queryable, hsmId: string): Promise<void> {
  const row = await db.selectFrom('hsms').select('cluster_id').where('hsm_id', '=', hsmId).executeTakeFirst();
  if (row !== undefined) await noteChange(db, 'cluster', row.cluster_id);
  for (const table of ['hsms', 'key_holders', 'hsm_quarantine', 'tombstone_confirmations'] as const)
    await db.deleteFrom(table).where('hsm_id', '=', hsmId).execute();
}

/**
 * Rows from before rows had codes are sealed once; from then on a row without one was tampered with.
 * @param mark a file that says so outside of the database: who can write only there must not have rows sealed again
 */
export async function sealOldRows(db: Database, mac: RowMac, mark: string): Promise<void> {
  if (existsSync(mark)) return;
  if ((await installationValue(db, ROWS_SEALED)) === undefined) await sealAll(db, mac);
  writeFileSync(mark, '', { mode: 0o600 });
}

async function sealAll(db: Database, mac: RowMac): Promise<void> {
  await inTransaction(db, async (tx) => {
    for (const row of await tx.selectFrom('clusters').selectAll().execute()) await putCluster(tx, mac, row);
    for (const row of await tx.selectFrom('hsms').selectAll().execute()) {
      const sealed = mac.seal('hsms', row);
      await tx.updateTable('hsms').set(sealed).where('hsm_id', '=', row.hsm_id).execute();
    }
    for (const row of await tx.selectFrom('tombstones').selectAll().execute()) {
      const sealed = mac.seal('tombstones', row);
      await tx.updateTable('tombstones').set(sealed).where('material_id', '=', row.material_id).execute();
    }
    await setInstallationValue(tx, ROWS_SEALED, 'yes');
  });
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

/** Makes the record of what one HSM holds, of keys on record, what was found on it; writes only differences. */
export async function setHoldings(db: Database, hsmId: string, held: readonly string[]): Promise<void> {
  const before = await differences(db, hsmId, held);
  if (before.added.length + before.gone.length === 0) return;
  await inTransaction(db, async (tx) => {
    // once more: of two who write at once, the second must see what the first one wrote
    const { added, gone } = await differences(tx, hsmId, held);
    for (const materialId of added) await addHolders(tx, materialId, [hsmId]);
    for (const materialId of gone) {
      await tx
        .deleteFrom('key_holders')
        .where('hsm_id', '=', hsmId)
        .where('material_id', '=', materialId)
        .execute();
    }
  });
}

async function differences(
  db: Database,
  hsmId: string,
  held: readonly string[],
): Promise<{ added: string[]; gone: string[] }> {
  const rows = await db.selectFrom('key_holders').select('material_id').where('hsm_id', '=', hsmId).execute();
  const recorded = new Set(rows.map((row) => row.material_id));
  const found = new Set(held);
  return {
    added: held.filter((id) => !recorded.has(id)),
    gone: [...recorded].filter((id) => !found.has(id)),
  };
}

/** Ids of materials that are being made in a cluster now. */
export async function materialsInCreation(db: Queryable, clusterId: string): Promise<Set<string>> {
  const rows = await db
    .selectFrom('key_materials')
    .innerJoin('kms_keys', 'kms_keys.key_arn', 'key_materials.key_arn')
    .innerJoin('custom_key_stores', 'custom_key_stores.custom_key_store_id', 'kms_keys.custom_key_store_id')
    .select('key_materials.material_id')
    .where('custom_key_stores.cluster_id', '=', clusterId)
    .where('kms_keys.state', '=', 'Creating')
    .execute();
  return new Set(rows.map((row) => row.material_id));
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

export async function putTombstone(
  db: Queryable,
  mac: RowMac,
  tombstone: Tombstone,
  now: number,
): Promise<void> {
  const row = {
    material_id: tombstone.materialId,
    cluster_id: tombstone.clusterId,
    key_arn: tombstone.keyArn,
    created_at: now,
  };
  await db
    .insertInto('tombstones')
    .values(mac.seal('tombstones', row))
    .onConflict((c) => c.doNothing())
    .execute();
}

/** @throws RowTampered: nothing is destroyed on the word of a row that nobody of ours wrote */
export async function listTombstones(db: Queryable, mac: RowMac, clusterId: string): Promise<Tombstone[]> {
  const rows = await db.selectFrom('tombstones').selectAll().where('cluster_id', '=', clusterId).execute();
  return rows.map((row) => {
    mac.check('tombstones', row);
    return { materialId: row.material_id, clusterId: row.cluster_id, keyArn: row.key_arn };
  });
}

/** Ids of the HSMs that confirmed that the key is gone. */
export async function confirmationsOf(db: Queryable, materialId: string): Promise<Set<string>> {
  const rows = await db
    .selectFrom('tombstone_confirmations')
    .select('hsm_id')
    .where('material_id', '=', materialId)
    .execute();
  return new Set(rows.map((row) => row.hsm_id));
}

/** Remembers which HSMs confirmed; for a tombstone that is there. */
export async function confirmTombstone(
  db: Queryable,
  materialId: string,
  hsmIds: readonly string[],
): Promise<void> {
  for (const hsmId of hsmIds) {
    await db
      .insertInto('tombstone_confirmations')
      .values({ material_id: materialId, hsm_id: hsmId })
      .onConflict((c) => c.doNothing())
      .execute();
  }
}

export async function removeTombstone(db: Queryable, materialId: string): Promise<void> {
  await db.deleteFrom('tombstones').where('material_id', '=', materialId).execute();
  await db.deleteFrom('tombstone_confirmations').where('material_id', '=', materialId).execute();
}

/** How many keys of a cluster these HSMs hold, by material id: only keys that any HSM of the cluster holds. */
export async function holdersOfKeys(db: Queryable, clusterId: string): Promise<Map<string, Set<string>>> {
  const keys = await keysOfCluster(db, clusterId);
  const wanted = new Set(keys.map((key) => key.materialId));
  const holders = new Map<string, Set<string>>(keys.map((key) => [key.materialId, new Set<string>()]));
  const rows = await db
    .selectFrom('key_holders')
    .innerJoin('hsms', 'hsms.hsm_id', 'key_holders.hsm_id')
    .select(['key_holders.material_id', 'key_holders.hsm_id'])
    .where('hsms.cluster_id', '=', clusterId)
    .execute();
  for (const row of rows) if (wanted.has(row.material_id)) holders.get(row.material_id)?.add(row.hsm_id);
  return holders;
}

/** Replaces what is known of unknown key objects on one HSM; what was seen before keeps its first time. */
export async function setQuarantine(
  db: Database,
  hsm: { hsmId: string; clusterId: string },
  found: readonly { materialId: string; label: string }[],
  now: number,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    const ids = found.map((key) => key.materialId);
    let gone = tx.deleteFrom('hsm_quarantine').where('hsm_id', '=', hsm.hsmId);
    if (ids.length > 0) gone = gone.where('material_id', 'not in', ids);
    await gone.execute();
    for (const { materialId, label } of found) {
      await tx
        .insertInto('hsm_quarantine')
        .values({
          hsm_id: hsm.hsmId,
          material_id: materialId,
          cluster_id: hsm.clusterId,
          label,
          first_seen_at: now,
        })
        .onConflict((c) => c.doNothing())
        .execute();
    }
  });
}

/** Key objects on the cluster's HSMs that are on no record. */
export async function listQuarantine(db: Queryable, clusterId: string): Promise<QuarantinedKey[]> {
  return db
    .selectFrom('hsm_quarantine')
    .selectAll()
    .where('cluster_id', '=', clusterId)
    .orderBy('hsm_id')
    .orderBy('material_id')
    .execute();
}

/** A count is remembered for so many times as long as it took: on SQLite nothing else goes on meanwhile. */
const REMEMBERED_TIMES = 100;
const counted = new WeakMap<Database, { counts: Promise<Map<string, number>>; until: number }>();

/**
 * How many keys each HSM should hold, by HSM id. Dashboards ask every few seconds: of few keys it is as they are now, of a million
 * as they were up to a minute ago.
 * @param now milliseconds of a monotonic clock
 */
export function countKeysByHsm(
  db: Database,
  now: () => number = () => performance.now(),
): Promise<Map<string, number>> {
  const known = counted.get(db);
  const began = now();
  if (known !== undefined && began < known.until) return known.counts;
  const count = { counts: countHolders(db), until: Infinity }; // who asks while it is being counted waits for it
  counted.set(db, count);
  count.counts.then(
    () => (count.until = now() + (now() - began) * REMEMBERED_TIMES),
    () => counted.delete(db),
  );
  return count.counts;
}

async function countHolders(db: Queryable): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('key_holders')
    .select('hsm_id')
    .select((eb) => eb.fn.countAll().as('count'))
    .groupBy('hsm_id')
    .execute();
  return new Map(rows.map((row) => [row.hsm_id, Number(row.count)]));
}
