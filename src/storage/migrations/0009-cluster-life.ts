import type { Kysely, Migration } from 'kysely';

/**
 * Clusters as their owner makes them: what CloudHSM's API remembers of clusters, HSMs, backups, tags and policies, and
 * authentication codes over their rows. Rows from before get theirs at the next start (storage/clusters.ts, sealOldRows).
 */
export const clusterLife: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const added: Record<string, readonly (readonly [string, 'text' | 'integer' | 'bigint'])[]> = {
      clusters: [
        ['state_message', 'text'],
        ['mode', 'text'],
        ['backup_retention_days', 'integer'],
        ['source_backup_id', 'text'],
        ['cluster_csr', 'text'],
        ['type_rollback_until', 'bigint'],
        ['deleted_at', 'bigint'],
        ['backup_due', 'text'],
      ],
      hsms: [
        ['state_message', 'text'],
        ['eni_ip', 'text'],
        ['host_kind', 'text'],
        ['image_backup_id', 'text'],
      ],
      tombstones: [],
    };
    for (const [table, columns] of Object.entries(added)) {
      for (const [name, type] of columns) await db.schema.alterTable(table).addColumn(name, type).execute();
      await db.schema
        .alterTable(table)
        .addColumn('mac', 'text', (c) => c.notNull().defaultTo(''))
        .execute();
    }
    await db.schema
      .createTable('tombstone_confirmations')
      .addColumn('material_id', 'text', (c) => c.notNull())
      .addColumn('hsm_id', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('tombstone_confirmations_pk', ['material_id', 'hsm_id'])
      .execute();
    await db.schema
      .createTable('hsm_quarantine')
      .addColumn('hsm_id', 'text', (c) => c.notNull())
      .addColumn('material_id', 'text', (c) => c.notNull())
      .addColumn('cluster_id', 'text', (c) => c.notNull())
      .addColumn('label', 'text', (c) => c.notNull())
      .addColumn('first_seen_at', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('hsm_quarantine_pk', ['hsm_id', 'material_id'])
      .execute();
    await db.schema
      .createTable('cloudhsm_backups')
      .addColumn('backup_id', 'text', (c) => c.primaryKey())
      .addColumn('account_id', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('cluster_id', 'text', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('copied_at', 'bigint')
      .addColumn('never_expires', 'integer', (c) => c.notNull())
      .addColumn('source_region', 'text')
      .addColumn('source_backup', 'text')
      .addColumn('source_cluster', 'text')
      .addColumn('delete_at', 'bigint')
      .addColumn('hsm_type', 'text', (c) => c.notNull())
      .addColumn('mode', 'text', (c) => c.notNull())
      .addColumn('trust_anchor', 'text', (c) => c.notNull())
      .addColumn('cluster_certificate', 'text', (c) => c.notNull())
      .addColumn('recovery_hsm_id', 'text')
      .addColumn('image_sha256', 'text')
      .addColumn('mac', 'text', (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('cloudhsm_tags')
      .addColumn('resource_id', 'text', (c) => c.notNull())
      .addColumn('tag_key', 'text', (c) => c.notNull())
      .addColumn('tag_value', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('cloudhsm_tags_pk', ['resource_id', 'tag_key'])
      .execute();
    await db.schema
      .createTable('cloudhsm_policies')
      .addColumn('resource_arn', 'text', (c) => c.primaryKey())
      .addColumn('policy', 'text', (c) => c.notNull())
      .addColumn('mac', 'text', (c) => c.notNull())
      .execute();
  },
};
