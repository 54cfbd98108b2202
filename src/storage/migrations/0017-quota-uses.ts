import type { Kysely, Migration } from 'kysely';

/** What each process has counted against request quotas, for the others to take into account. */
export const quotaUses: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('quota_uses')
      .addColumn('quota', 'text', (c) => c.notNull())
      .addColumn('process', 'text', (c) => c.notNull())
      .addColumn('used', 'bigint', (c) => c.notNull())
      .addColumn('noted_at', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('quota_uses_pk', ['quota', 'process'])
      .execute();
  },
};
