import { sql } from 'kysely';
import type { Kysely, Migration } from 'kysely';

/**
 * A key has up to 50,000 grants, and any account's grants may name one principal as the one to retire them: a page of either
 * list must be found in an index by all that it is filtered by, or one that finds little reads them all.
 */
export const manyGrants: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createIndex('grants_by_grantee')
      .on('grants')
      .columns(['key_arn', 'grantee', 'grant_id'])
      .execute();
    const upToRegion = sql`substr(key_arn, 1, length(key_arn) - 53)`;
    await db.schema.dropIndex('grants_by_retiring').execute();
    await db.schema
      .createIndex('grants_by_retiring')
      .on('grants')
      .column('retiring')
      .expression(upToRegion)
      .column('grant_id')
      .where(sql.ref('retiring'), 'is not', null)
      .execute();
    await db.schema
      .createIndex('grants_by_retiring_and_issuer')
      .on('grants')
      .column('retiring')
      .expression(upToRegion)
      .columns(['issuing_account_id', 'grant_id'])
      .where(sql.ref('retiring'), 'is not', null)
      .execute();
  },
};
