/**
 * Making a key so that a crash at any instant leaves either a key that was acknowledged or none that can be used.
 * In a cluster: record the intent with the material id, make the key in the HSMs, commit it as ready with its check value
 * and holders. An intent that was not completed becomes a tombstone, and the HSMs are swept (jobs/creation-sweeper.ts).
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { cloudTrailDate, lowerCamel } from '../../audit/event.ts';
import { StaleRow } from '../../storage/conflicts.ts';
import { addHolders, putTombstone } from '../../storage/clusters.ts';
import {
  FIRST_MATERIAL,
  NO_ROTATION,
  findKey,
  insertKey,
  insertMaterial,
  putTags,
  removeKey,
  replaceKey,
  replaceMaterial,
} from '../../storage/keys.ts';
import type { KeyMaterialRow, KmsKeyRow } from '../../storage/schema.ts';
import type { RowMac } from '../../storage/row-mac.ts';
import { inTransaction } from '../../storage/store.ts';
import type { Database } from '../../storage/store.ts';
import type { HsmClusterKeyStore } from '../../keystores/hsm-cluster/hsm-cluster-key-store.ts';
import type { Call } from './call.ts';
import type { CreationPlan } from './key-creation-rules.ts';
import { requireExternalKey } from './external-keys.ts';
import { keyFromRows } from './key.ts';
import type { KmsKey } from './key.ts';
import { keyMetadata } from './key-metadata.ts';
import type { Kms } from './kms.ts';
import { encodeMultiRegion, newMultiRegionKeyId } from './multi-region.ts';
import { newMaterial } from './new-material.ts';

export interface NewKey extends CreationPlan {
  description: string;
  policy: string;
  tags: readonly { key: string; value: string }[];
}

/** @throws ApiError of the key store */
export async function makeKey(call: Call<'CreateKey'>, wanted: NewKey): Promise<KmsKey> {
  const row = newRow(call, wanted);
  if (row.origin === 'EXTERNAL') return makeKeyWithoutMaterial(call, row, wanted.tags);
  if (wanted.customKeyStoreId === undefined) return makeBuiltinKey(call, row, wanted.tags);
  const { customKeyStores } = call.kms;
  const scope = { accountId: row.account_id, region: row.region };
  if (wanted.externalKeyId !== undefined) {
    customKeyStores.requireExternal(wanted.customKeyStoreId, scope);
    await requireExternalKey(call, row);
    return makeBuiltinKey(call, row, wanted.tags);
  }
  const store = customKeyStores.forNewKey(wanted.customKeyStoreId, scope);
  return makeClusterKey(call, row, wanted.tags, store);
}

function newRow(call: Call<'CreateKey'>, wanted: NewKey): Omit<KmsKeyRow, 'mac'> {
  const keyId = wanted.multiRegion ? newMultiRegionKeyId() : randomUUID();
  return {
    key_arn: call.arn(`key/${keyId}`),
    account_id: call.caller.accountId,
    region: call.region,
    key_id: keyId,
    key_spec: wanted.spec,
    key_usage: wanted.usage,
    origin: wanted.origin,
    key_manager: 'CUSTOMER',
    state: 'Ready',
    enabled: 1,
    description: wanted.description,
    policy: wanted.policy,
    custom_key_store_id: wanted.customKeyStoreId ?? null,
    xks_key_id: wanted.externalKeyId ?? null,
    current_material_id: null,
    created_at: call.now,
    deletion_date: null,
    multi_region: wanted.multiRegion ? encodeMultiRegion({ primary: call.region, replicas: [] }) : null,
    pending_window_days: null,
    creator: null,
    ...NO_ROTATION,
  };
}

/** What the audit event shows of the answer. */
function responseElements(kms: Kms, key: KmsKey): Record<string, unknown> {
  const metadata = lowerCamel(keyMetadata(kms, key)) as Record<string, unknown>;
  return { keyMetadata: { ...metadata, creationDate: cloudTrailDate(new Date(key.createdAt)) } };
}

/** Its material will be imported (operations/import-key-material.ts). */
async function makeKeyWithoutMaterial(
  call: Call<'CreateKey'>,
  row: Omit<KmsKeyRow, 'mac'>,
  tags: NewKey['tags'],
): Promise<KmsKey> {
  const { kms } = call;
  const keyRow = kms.mac.seal('kms_keys', row);
  const key = keyFromRows(keyRow, []);
  call.useKey(key);
  await call.commit(responseElements(kms, key), async (tx) => {
    await insertKey(tx, keyRow);
    await putTags(tx, row.key_arn, tags);
  });
  return key;
}

/** Its material is in the built-in key store; that of a key in an external key store is the inner half of its encryption. */
async function makeBuiltinKey(
  call: Call<'CreateKey'>,
  row: Omit<KmsKeyRow, 'mac'>,
  tags: NewKey['tags'],
): Promise<KmsKey> {
  const { kms } = call;
  const material = kms.mac.seal('key_materials', await newMaterial(kms, row.key_arn, row.key_spec));
  const keyRow = kms.mac.seal('kms_keys', { ...row, current_material_id: material.material_id });
  const key = keyFromRows(keyRow, [material]);
  call.useKey(key);
  await call.commit(responseElements(kms, key), async (tx) => {
    await insertKey(tx, keyRow);
    await insertMaterial(tx, material);
    await putTags(tx, row.key_arn, tags);
  });
  return key;
}

async function makeClusterKey(
  call: Call<'CreateKey'>,
  row: Omit<KmsKeyRow, 'mac'>,
  tags: NewKey['tags'],
  store: HsmClusterKeyStore,
): Promise<KmsKey> {
  const { kms } = call;
  const materialId = randomBytes(16).toString('hex');
  const intent: Omit<KeyMaterialRow, 'mac'> = {
    material_id: materialId,
    key_arn: row.key_arn,
    encrypted_key: null,
    key_check: null,
    key_handle: null,
    escrow: null,
    public_key: null,
    created_at: call.now,
    ...FIRST_MATERIAL,
  };
  try {
    await inTransaction(kms.db, async (tx) => {
      await insertKey(
        tx,
        kms.mac.seal('kms_keys', { ...row, state: 'Creating', creator: kms.audit.writerId }),
      );
      await insertMaterial(tx, kms.mac.seal('key_materials', intent));
    });
    const created = await store.createBackingKey(materialId, row.key_arn);
    const material = kms.mac.seal('key_materials', {
      ...intent,
      key_check: created.check,
      key_handle: created.keyHandle,
      escrow: created.escrow,
    });
    const keyRow = kms.mac.seal('kms_keys', { ...row, current_material_id: materialId });
    const key = keyFromRows(keyRow, [material]);
    call.useKey(key);
    call.note({ backingKey: JSON.stringify({ keyHandle: created.keyHandle, backingKeyId: materialId }) });
    await call.commit(responseElements(kms, key), async (tx) => {
      if ((await findKey(tx, row.key_arn)) === undefined) throw new StaleRow('kms_keys'); // given up by the sweeper
      await replaceKey(tx, keyRow);
      await replaceMaterial(tx, material);
      await addHolders(tx, materialId, created.holders);
      await putTags(tx, row.key_arn, tags);
    });
    kms.catalog.forget(row.key_arn);
    return key;
  } catch (error) {
    const begun = { keyArn: row.key_arn, materialId, clusterId: store.clusterId };
    try {
      await abandonCreation(kms.db, kms.mac, begun, kms.clock());
    } catch (failure) {
      kms.logger.warn({ err: failure, keyArn: row.key_arn }, 'a key creation is given up later');
      kms.cutOffCreations.add(begun);
    }
    store.requestSweep();
    throw error;
  }
}

/** The making of a key in a cluster that was begun. */
export interface BegunCreation {
  keyArn: string;
  materialId: string;
  clusterId: string;
}

/**
 * Gives up an intent: its row goes, and a tombstone has every HSM of the cluster destroy what may have come to be. A key
 * that is ready stays: its commit was made though nobody heard of it.
 * @throws DatabaseUnavailable
 */
export async function abandonCreation(
  db: Database,
  mac: RowMac,
  intent: BegunCreation,
  now: number,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    if ((await findKey(tx, intent.keyArn))?.key.state !== 'Creating') return;
    await putTombstone(tx, mac, intent, now);
    await removeKey(tx, intent.keyArn);
  });
}
