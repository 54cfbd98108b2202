import { sql } from 'kysely';
import type { Kysely, Migration } from 'kysely';

/**
 * With a million keys, counting those of an account (a quota) or of the installation (the bill) must not read their rows,
 * whose policies are long: the index by account holds what is counted. And what looks every few seconds for the few keys
 * that are due must find them in an index that has these few alone.
 */
export const manyKeys: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.dropIndex('kms_keys_by_account').execute();
    await db.schema
      .createIndex('kms_keys_by_account')
      .on('kms_keys')
      .columns(['account_id', 'region', 'key_id', 'state', 'key_manager', 'custom_key_store_id'])
      .execute();
    await db.schema.dropIndex('kms_keys_by_rotation').execute();
    await db.schema
      .createIndex('kms_keys_by_rotation')
      .on('kms_keys')
      .columns(['state', 'enabled', 'next_rotation_at'])
      .where(sql.ref('next_rotation_at'), 'is not', null)
      .execute();
    await db.schema
      .createIndex('kms_keys_without_material')
      .on('kms_keys')
      .column('origin')
      .where(sql.ref('current_material_id'), 'is', null)
      .execute();
  },
};
