/** Changes that concern a multi-Region key in all its Regions: its rows move together, in one transaction. */
import type { KmsKeyRow } from '../../storage/schema.ts';
import type { DatabaseTransaction } from '../../storage/store.ts';
import { findKey } from '../../storage/keys.ts';
import { keyNotFound } from './errors.ts';
import { keyFromRows } from './key.ts';
import type { KmsKey } from './key.ts';
import type { Kms } from './kms.ts';
import { encodeMultiRegion, relatedArns } from './multi-region.ts';
import type { MultiRegion } from './multi-region.ts';

/** The key as it is in the transaction, and not as memory has it. @throws ApiError NotFoundException; RowTampered */
export async function currentKey(kms: Kms, tx: DatabaseTransaction, keyArn: string): Promise<KmsKey> {
  const rows = await findKey(tx, keyArn);
  if (rows === undefined) throw keyNotFound(keyArn);
  return keyFromRows(kms.mac.check('kms_keys', rows.key), rows.materials);
}

/**
 * Writes into the rows of all related keys which Regions they have. Call `forgetRelated` when it is committed.
 * @param key one of them as it is in the transaction
 * @param change what else changes in a key, by its Region
 */
export async function setRegions(
  kms: Kms,
  tx: DatabaseTransaction,
  key: KmsKey,
  regions: MultiRegion,
  change: (row: KmsKeyRow) => Partial<Omit<KmsKeyRow, 'key_arn' | 'mac'>> = () => ({}),
): Promise<void> {
  const multi_region = encodeMultiRegion(regions);
  const remaining = new Set([regions.primary, ...regions.replicas]);
  for (const arn of relatedArns(key)) {
    const { region } = await currentKey(kms, tx, arn);
    if (remaining.has(region)) {
      await kms.catalog.change(tx, arn, (row) => ({ multi_region, ...change(row) }));
    }
  }
}

/** Drops from memory what it has of a key and of all keys that are related to it. */
export function forgetRelated(kms: Kms, key: KmsKey): void {
  for (const arn of relatedArns(key)) kms.catalog.forget(arn);
}
