import type { Kysely, Migration } from 'kysely';

/** Amounts for the operator's bill (src/metering). */
export const meters: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('meters')
      .addColumn('month', 'text', (c) => c.notNull())
      .addColumn('account_id', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('meter', 'text', (c) => c.notNull())
      .addColumn('subject', 'text', (c) => c.notNull())
      .addColumn('amount', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('meters_key', ['month', 'account_id', 'region', 'meter', 'subject'])
      .execute();
  },
};
