import type { Kysely, Migration } from 'kysely';

/** CloudTrail: trails, how far each was delivered, their digests, and the keys that sign. */
export const trails: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('trails')
      .addColumn('trail_arn', 'text', (c) => c.primaryKey())
      .addColumn('account_id', 'text', (c) => c.notNull())
      .addColumn('home_region', 'text', (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('bucket', 'text', (c) => c.notNull())
      .addColumn('prefix', 'text')
      .addColumn('global_events', 'integer', (c) => c.notNull())
      .addColumn('multi_region', 'integer', (c) => c.notNull())
      .addColumn('log_file_validation', 'integer', (c) => c.notNull())
      .addColumn('logging', 'integer', (c) => c.notNull())
      .addColumn('started_at', 'bigint')
      .addColumn('stopped_at', 'bigint')
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('mac', 'text', (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('trail_progress')
      .addColumn('trail_arn', 'text', (c) => c.primaryKey())
      .addColumn('positions', 'text', (c) => c.notNull())
      .addColumn('planned', 'text')
      .addColumn('ends_at', 'text')
      .addColumn('attempted_at', 'bigint')
      .addColumn('delivered_at', 'bigint')
      .addColumn('delivery_error', 'text')
      .addColumn('digest_at', 'bigint')
      .addColumn('digest_error', 'text')
      .execute();
    await db.schema
      .createTable('digest_chains')
      .addColumn('trail_arn', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('digested_until', 'bigint', (c) => c.notNull())
      .addColumn('previous_bucket', 'text')
      .addColumn('previous_object', 'text')
      .addColumn('previous_hash', 'text')
      .addColumn('previous_signature', 'text')
      .addPrimaryKeyConstraint('digest_chains_key', ['trail_arn', 'region'])
      .execute();
    await db.schema
      .createTable('undigested_files')
      .addColumn('object', 'text', (c) => c.primaryKey())
      .addColumn('trail_arn', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('bucket', 'text', (c) => c.notNull())
      .addColumn('hash', 'text', (c) => c.notNull())
      .addColumn('oldest_event_time', 'text', (c) => c.notNull())
      .addColumn('newest_event_time', 'text', (c) => c.notNull())
      .addColumn('delivered_at', 'bigint', (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('trail_tags')
      .addColumn('trail_arn', 'text', (c) => c.notNull())
      .addColumn('tag_key', 'text', (c) => c.notNull())
      .addColumn('tag_value', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('trail_tags_key', ['trail_arn', 'tag_key'])
      .execute();
    await db.schema
      .createTable('audit_keys')
      .addColumn('fingerprint', 'text', (c) => c.primaryKey())
      .addColumn('purpose', 'text', (c) => c.notNull())
      .addColumn('region', 'text')
      .addColumn('material_id', 'text', (c) => c.notNull())
      .addColumn('encrypted_key', 'blob', (c) => c.notNull())
      .addColumn('key_check', 'text', (c) => c.notNull())
      .addColumn('public_key', 'blob', (c) => c.notNull())
      .addColumn('valid_from', 'bigint', (c) => c.notNull())
      .addColumn('valid_to', 'bigint', (c) => c.notNull())
      .addColumn('mac', 'text', (c) => c.notNull())
      .execute();
  },
};
