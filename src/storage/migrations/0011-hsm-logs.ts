import type { Kysely, Migration } from 'kysely';

/** Logs of HSMs for CloudWatch Logs, and what the comparison of the two trails found. Uses of keys are not in the database. */
export const hsmLogs: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('hsm_log_streams')
      .addColumn('hsm_id', 'text', (c) => c.primaryKey())
      .addColumn('cluster_id', 'text', (c) => c.notNull())
      .addColumn('generation', 'integer', (c) => c.notNull())
      .addColumn('next_sequence', 'bigint', (c) => c.notNull())
      .addColumn('chain', 'text')
      .addColumn('next_position', 'bigint', (c) => c.notNull())
      .addColumn('first_event_at', 'bigint')
      .addColumn('last_event_at', 'bigint')
      .addColumn('last_ingested_at', 'bigint')
      .addColumn('stored_bytes', 'bigint', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('hsm_log_events')
      .addColumn('hsm_id', 'text', (c) => c.notNull())
      .addColumn('position', 'bigint', (c) => c.notNull())
      .addColumn('cluster_id', 'text', (c) => c.notNull())
      .addColumn('time_at', 'bigint', (c) => c.notNull())
      .addColumn('ingested_at', 'bigint', (c) => c.notNull())
      .addColumn('material_id', 'text')
      .addColumn('key_handle', 'text')
      .addColumn('message', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('hsm_log_events_pk', ['hsm_id', 'position'])
      .execute();
    await db.schema
      .createIndex('hsm_log_events_by_time')
      .on('hsm_log_events')
      .columns(['cluster_id', 'time_at', 'hsm_id', 'position'])
      .execute();
    await db.schema
      .createIndex('hsm_log_events_by_material')
      .on('hsm_log_events')
      .columns(['hsm_id', 'material_id', 'position'])
      .execute();
    await db.schema
      .createTable('log_retention')
      .addColumn('account_id', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('log_group', 'text', (c) => c.notNull())
      .addColumn('days', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('log_retention_pk', ['account_id', 'region', 'log_group'])
      .execute();
    await db.schema
      .createTable('trail_findings')
      .addColumn('finding_id', 'text', (c) => c.primaryKey())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('detail', 'text', (c) => c.notNull())
      .addColumn('found_at', 'bigint', (c) => c.notNull())
      .execute();
  },
};
