import type { Kysely, Migration } from 'kysely';

/** Grants on keys, and when each key was last used. */
export const grants: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('grants')
      .addColumn('grant_id', 'text', (c) => c.primaryKey())
      .addColumn('key_arn', 'text', (c) => c.notNull())
      .addColumn('name', 'text')
      .addColumn('grantee', 'text', (c) => c.notNull())
      .addColumn('grantee_id', 'text')
      .addColumn('retiring', 'text')
      .addColumn('retiring_id', 'text')
      .addColumn('operations', 'text', (c) => c.notNull())
      .addColumn('conditions', 'text')
      .addColumn('issuing_account_id', 'text', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('mac', 'text', (c) => c.notNull())
      .execute();
    await db.schema.createIndex('grants_by_key').on('grants').columns(['key_arn', 'grant_id']).execute();
    await db.schema.createIndex('grants_by_name').on('grants').columns(['key_arn', 'name']).execute();
    await db.schema
      .createIndex('grants_by_retiring')
      .on('grants')
      .columns(['retiring', 'grant_id'])
      .execute();
    await db.schema
      .createTable('key_last_usage')
      .addColumn('key_arn', 'text', (c) => c.primaryKey())
      .addColumn('operation', 'text', (c) => c.notNull())
      .addColumn('used_at', 'bigint', (c) => c.notNull())
      .addColumn('event_id', 'text', (c) => c.notNull())
      .addColumn('request_id', 'text', (c) => c.notNull())
      .execute();
  },
};
