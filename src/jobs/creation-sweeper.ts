/** Keys whose creation a crash or an absent database cut off: given up, and swept from the HSMs by their tombstones. */
import { abandonCreation } from '../services/kms/key-creation.ts';
import type { Kms } from '../services/kms/kms.ts';
import { keysInCreation } from '../storage/keys.ts';

/** No creation takes this long. */
const ABANDONED_MS = 600_000;

/** Run before requests are served: this process creates no keys then. @returns how many were given up */
export async function abandonUnfinishedCreations(kms: Kms): Promise<number> {
  return abandon(kms, kms.audit.writerId);
}

/** Those of processes that never came back. @returns how many were given up */
export async function abandonOldCreations(kms: Kms): Promise<number> {
  return abandon(kms, '');
}

async function abandon(kms: Kms, creator: string): Promise<number> {
  const unfinished = await keysInCreation(kms.db, { creator, before: kms.clock() - ABANDONED_MS });
  for (const keyArn of unfinished) {
    const intent = await kms.db
      .selectFrom('key_materials')
      .innerJoin('kms_keys', 'kms_keys.key_arn', 'key_materials.key_arn')
      .innerJoin('custom_key_stores', 'custom_key_stores.custom_key_store_id', 'kms_keys.custom_key_store_id')
      .select(['key_materials.material_id', 'custom_key_stores.cluster_id'])
      .where('key_materials.key_arn', '=', keyArn)
      .where('custom_key_stores.cluster_id', 'is not', null)
      .$narrowType<{ cluster_id: string }>()
      .executeTakeFirstOrThrow();
    await abandonCreation(
      kms.db,
      kms.mac,
      { keyArn, materialId: intent.material_id, clusterId: intent.cluster_id },
      kms.clock(),
    );
    kms.logger.warn({ keyArn }, 'a key creation that was cut off is given up');
  }
  return unfinished.length;
}

/** Gives up what failed while the database was away. @throws DatabaseUnavailable while it still is */
export async function abandonCutOffCreations(kms: Kms): Promise<void> {
  for (const begun of kms.cutOffCreations) {
    await abandonCreation(kms.db, kms.mac, begun, kms.clock());
    kms.cutOffCreations.delete(begun);
    kms.logger.warn({ keyArn: begun.keyArn }, 'a key creation that was cut off is given up');
  }
}
