import type { Kysely, Migration } from 'kysely';
import { SqliteAdapter, sql } from 'kysely';

/** What several processes need that share one database: the record of changes, leases, and whose an unfinished thing is. */
export const nodes: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const isSqlite = db.getExecutor().adapter instanceof SqliteAdapter;
    await db.schema
      .createTable('changes')
      .addColumn('seq', isSqlite ? 'integer' : 'bigserial', (c) =>
        isSqlite ? c.primaryKey().autoIncrement() : c.primaryKey(),
      )
      .addColumn('topic', 'text', (c) => c.notNull())
      .addColumn('subject', 'text', (c) => c.notNull())
      .addColumn('changed_at', 'bigint', (c) => c.notNull())
      .execute();
    await db.schema.createIndex('changes_by_time').on('changes').column('changed_at').execute();
    await db.schema
      .createTable('leases')
      .addColumn('name', 'text', (c) => c.primaryKey())
      .addColumn('holder', 'text')
      .addColumn('fence', 'bigint', (c) => c.notNull())
      .addColumn('beat', 'bigint', (c) => c.notNull())
      .execute();
    await db.schema.alterTable('audit_outbox').addColumn('writer', 'text').execute();
    await db.schema.alterTable('audit_outbox').addColumn('put_at', 'bigint').execute();
    await db.schema.alterTable('kms_keys').addColumn('creator', 'text').execute();
    await db.schema
      .createIndex('custom_key_store_cluster')
      .unique()
      .on('custom_key_stores')
      .column('cluster_id')
      .execute();
    // each process notes its own position from now on
    await sql`update installation set name = 'last_usage_position:server-1' where name = 'last_usage_position'`.execute(
      db,
    );
  },
};
