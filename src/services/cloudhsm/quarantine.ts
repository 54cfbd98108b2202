/** Key objects that the HSMs hold and that no record knows: what an operator is told before anything of them is destroyed. */
import { keysOfCluster, listQuarantine, materialsInCreation } from '../../storage/clusters.ts';
import type { QuarantinedKey } from '../../storage/schema.ts';
import type { Queryable } from '../../storage/store.ts';

/**
 * What the last comparison of each HSM found and is still on no record now: a key that was put on record since, or is being
 * made, is none of them.
 */
export async function quarantinedKeys(
  db: Queryable,
  clusterIds: readonly string[],
): Promise<QuarantinedKey[]> {
  const found: QuarantinedKey[] = [];
  for (const clusterId of clusterIds) {
    const listed = await listQuarantine(db, clusterId);
    if (listed.length === 0) continue;
    const known = new Set((await keysOfCluster(db, clusterId)).map(({ materialId }) => materialId));
    const creating = await materialsInCreation(db, clusterId);
    found.push(...listed.filter(({ material_id: id }) => !known.has(id) && !creating.has(id)));
  }
  return found;
}
