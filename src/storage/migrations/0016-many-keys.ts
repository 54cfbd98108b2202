import type { Kysely, Migration } from 'kysely';

/**
 * With a million keys, counting those of an account (a quota) or of the installation (the bill) must not read their rows,
 * whose policies are long: the index by account holds what is counted.
 */
export const manyKeys: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.dropIndex('kms_keys_by_account').execute();
    await db.schema
      .createIndex('kms_keys_by_account')
      .on('kms_keys')
      .columns(['account_id', 'region', 'key_id', 'state', 'key_manager', 'custom_key_store_id'])
      .execute();
  },
};
