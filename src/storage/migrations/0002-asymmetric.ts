/** Public keys of asymmetric KMS keys, in the clear beside the encrypted private key. */
import type { Kysely, Migration } from 'kysely';

export const asymmetric: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('key_materials').addColumn('public_key', 'blob').execute();
  },
};
