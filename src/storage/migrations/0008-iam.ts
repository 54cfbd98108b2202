import type { Kysely, Migration } from 'kysely';

/** Principals, their policies and access keys. New columns of old tables are nullable: codes over old rows stay right. */
export const iam: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('accounts').addColumn('name', 'text').execute();
    await db.schema.alterTable('access_keys').addColumn('user_id', 'text').execute();
    await db.schema
      .createTable('iam_entities')
      .addColumn('entity_id', 'text', (c) => c.primaryKey())
      .addColumn('account_id', 'text', (c) => c.notNull())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('unique_name', 'text', (c) => c.notNull())
      .addColumn('body', 'text', (c) => c.notNull())
      .addColumn('mac', 'text', (c) => c.notNull())
      .addUniqueConstraint('iam_entity_name', ['account_id', 'kind', 'unique_name'])
      .execute();
    await db.schema
      .createTable('last_uses')
      .addColumn('subject', 'text', (c) => c.primaryKey())
      .addColumn('used_at', 'bigint', (c) => c.notNull())
      .addColumn('service_name', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .execute();
  },
};
