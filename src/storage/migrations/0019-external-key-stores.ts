import { sql } from 'kysely';
import type { Kysely, Migration } from 'kysely';

/**
 * External key stores have no cluster, but a proxy; their keys have the id of an external key. SQLite cannot take a NOT NULL
 * away from a column, so the table of the stores is made anew.
 */
export const externalKeyStores: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('custom_key_stores_new')
      .addColumn('custom_key_store_id', 'text', (c) => c.primaryKey())
      .addColumn('account_id', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('type', 'text', (c) => c.notNull())
      .addColumn('cluster_id', 'text')
      .addColumn('trust_anchor', 'text')
      .addColumn('proxy', 'text')
      .addColumn('password_sealed', 'blob', (c) => c.notNull())
      .addColumn('next_password_sealed', 'blob')
      .addColumn('connection_state', 'text', (c) => c.notNull())
      .addColumn('connection_error_code', 'text')
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('mac', 'text', (c) => c.notNull())
      .addUniqueConstraint('custom_key_stores_name', ['account_id', 'region', 'name'])
      .execute();
    const columns = sql.raw(
      'custom_key_store_id, account_id, region, name, type, cluster_id, trust_anchor, password_sealed, ' +
        'next_password_sealed, connection_state, connection_error_code, created_at, mac',
    );
    await sql`insert into custom_key_stores_new (${columns}) select ${columns} from custom_key_stores`.execute(
      db,
    );
    await db.schema.dropTable('custom_key_stores').execute();
    await db.schema.alterTable('custom_key_stores_new').renameTo('custom_key_stores').execute();
    await db.schema
      .createIndex('custom_key_store_cluster')
      .unique()
      .on('custom_key_stores')
      .column('cluster_id')
      .execute();
    await db.schema.alterTable('kms_keys').addColumn('xks_key_id', 'text').execute();
    await db.schema
      .createIndex('kms_keys_by_external_key')
      .unique()
      .on('kms_keys')
      .columns(['custom_key_store_id', 'xks_key_id'])
      .where(sql.ref('xks_key_id'), 'is not', null)
      .execute();
  },
};
