import type { Kysely, Migration } from 'kysely';

/** Rotation of keys and import of key material. All columns are nullable: codes over rows that lack them stay right. */
export const materialLife: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const keyColumns = [
      ['rotation_period_days', 'integer'],
      ['next_rotation_at', 'bigint'],
      ['on_demand_rotations', 'integer'],
    ] as const;
    const materialColumns = [
      ['pending', 'text'],
      ['rotation_type', 'text'],
      ['rotated_at', 'bigint'],
      ['description', 'text'],
      ['expiration_model', 'text'],
      ['valid_to', 'bigint'],
    ] as const;
    for (const [name, type] of keyColumns) {
      await db.schema.alterTable('kms_keys').addColumn(name, type).execute();
    }
    for (const [name, type] of materialColumns) {
      await db.schema.alterTable('key_materials').addColumn(name, type).execute();
    }
    await db.schema.createIndex('kms_keys_by_rotation').on('kms_keys').column('next_rotation_at').execute();
    await db.schema.createIndex('key_materials_by_expiry').on('key_materials').column('valid_to').execute();
  },
};
