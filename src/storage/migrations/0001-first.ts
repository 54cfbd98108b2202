import type { Kysely, Migration } from 'kysely';

/** The tables of the first version. Column types are those that SQLite and PostgreSQL share. */
export const first: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('installation')
      .addColumn('name', 'text', (c) => c.primaryKey())
      .addColumn('value', 'text', (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('accounts')
      .addColumn('account_id', 'text', (c) => c.primaryKey())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('access_keys')
      .addColumn('access_key_id', 'text', (c) => c.primaryKey())
      .addColumn('account_id', 'text', (c) => c.notNull())
      .addColumn('principal_arn', 'text', (c) => c.notNull())
      .addColumn('secret_sealed', 'blob', (c) => c.notNull())
      .addColumn('status', 'text', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('mac', 'text', (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('kms_keys')
      .addColumn('key_arn', 'text', (c) => c.primaryKey())
      .addColumn('account_id', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('key_id', 'text', (c) => c.notNull())
      .addColumn('key_spec', 'text', (c) => c.notNull())
      .addColumn('key_usage', 'text', (c) => c.notNull())
      .addColumn('origin', 'text', (c) => c.notNull())
      .addColumn('key_manager', 'text', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('enabled', 'integer', (c) => c.notNull())
      .addColumn('description', 'text', (c) => c.notNull())
      .addColumn('policy', 'text', (c) => c.notNull())
      .addColumn('custom_key_store_id', 'text')
      .addColumn('current_material_id', 'text')
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('deletion_date', 'bigint')
      .addColumn('mac', 'text', (c) => c.notNull())
      .execute();
    await db.schema
      .createIndex('kms_keys_by_account')
      .on('kms_keys')
      .columns(['account_id', 'region', 'key_id'])
      .execute();
    await db.schema.createIndex('kms_keys_by_store').on('kms_keys').column('custom_key_store_id').execute();
    await db.schema
      .createIndex('kms_keys_by_deletion')
      .on('kms_keys')
      .columns(['state', 'deletion_date'])
      .execute();
    await db.schema
      .createTable('key_materials')
      .addColumn('material_id', 'text', (c) => c.primaryKey())
      .addColumn('key_arn', 'text', (c) => c.notNull())
      .addColumn('encrypted_key', 'blob')
      .addColumn('key_check', 'text')
      .addColumn('key_handle', 'text')
      .addColumn('escrow', 'blob')
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('mac', 'text', (c) => c.notNull())
      .execute();
    await db.schema.createIndex('key_materials_by_key').on('key_materials').column('key_arn').execute();
    await db.schema
      .createTable('key_tags')
      .addColumn('key_arn', 'text', (c) => c.notNull())
      .addColumn('tag_key', 'text', (c) => c.notNull())
      .addColumn('tag_value', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('key_tags_pk', ['key_arn', 'tag_key'])
      .execute();
    await db.schema
      .createTable('aliases')
      .addColumn('alias_arn', 'text', (c) => c.primaryKey())
      .addColumn('account_id', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('alias_name', 'text', (c) => c.notNull())
      .addColumn('target_key_arn', 'text', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('updated_at', 'bigint', (c) => c.notNull())
      .addColumn('mac', 'text', (c) => c.notNull())
      .execute();
    await db.schema.createIndex('aliases_by_target').on('aliases').column('target_key_arn').execute();
    await db.schema
      .createIndex('aliases_by_account')
      .on('aliases')
      .columns(['account_id', 'region', 'alias_name'])
      .execute();
    await db.schema
      .createTable('custom_key_stores')
      .addColumn('custom_key_store_id', 'text', (c) => c.primaryKey())
      .addColumn('account_id', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('type', 'text', (c) => c.notNull())
      .addColumn('cluster_id', 'text', (c) => c.notNull())
      .addColumn('trust_anchor', 'text', (c) => c.notNull())
      .addColumn('password_sealed', 'blob', (c) => c.notNull())
      .addColumn('next_password_sealed', 'blob')
      .addColumn('connection_state', 'text', (c) => c.notNull())
      .addColumn('connection_error_code', 'text')
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('mac', 'text', (c) => c.notNull())
      .addUniqueConstraint('custom_key_store_name', ['account_id', 'region', 'name'])
      .execute();
    await db.schema
      .createTable('clusters')
      .addColumn('cluster_id', 'text', (c) => c.primaryKey())
      .addColumn('account_id', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('hsm_type', 'text', (c) => c.notNull())
      .addColumn('trust_anchor', 'text')
      .addColumn('cluster_certificate', 'text')
      .addColumn('subnet_mapping', 'text', (c) => c.notNull())
      .addColumn('recovery_hsm_id', 'text')
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('hsms')
      .addColumn('hsm_id', 'text', (c) => c.primaryKey())
      .addColumn('cluster_id', 'text', (c) => c.notNull())
      .addColumn('availability_zone', 'text', (c) => c.notNull())
      .addColumn('subnet_id', 'text', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('epoch_counter', 'bigint', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('key_holders')
      .addColumn('material_id', 'text', (c) => c.notNull())
      .addColumn('hsm_id', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('key_holders_pk', ['material_id', 'hsm_id'])
      .execute();
    await db.schema
      .createTable('tombstones')
      .addColumn('material_id', 'text', (c) => c.primaryKey())
      .addColumn('cluster_id', 'text', (c) => c.notNull())
      .addColumn('key_arn', 'text', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('audit_outbox')
      .addColumn('event_id', 'text', (c) => c.primaryKey())
      .addColumn('event', 'text', (c) => c.notNull())
      .execute();
  },
};
