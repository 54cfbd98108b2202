import { SqliteAdapter, sql } from 'kysely';
import type { CreateTableBuilder, Kysely, Migration } from 'kysely';

/**
 * Multi-Region keys: which keys a key is related to, and how long a primary key waits once its replicas are gone. Related
 * keys share their materials, so a material's id is unique within a key and no longer in the whole table.
 */
export const multiRegion: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('kms_keys').addColumn('multi_region', 'text').execute();
    await db.schema.alterTable('kms_keys').addColumn('pending_window_days', 'integer').execute();
    await db.schema
      .createIndex('kms_keys_by_multi_region')
      .on('kms_keys')
      .columns(['multi_region', 'state'])
      .execute();
    await (isSqlite(db) ? rebuildMaterials(db) : changePrimaryKey(db));
  },
};

function isSqlite(db: Kysely<unknown>): boolean {
  return db.getExecutor().adapter instanceof SqliteAdapter;
}

async function changePrimaryKey(db: Kysely<unknown>): Promise<void> {
  await sql`alter table key_materials drop constraint key_materials_pkey,
    add constraint key_materials_pk primary key (material_id, key_arn)`.execute(db);
}

/** SQLite cannot change a primary key: the table is made anew, with whatever columns and indexes it has by now. */
async function rebuildMaterials(db: Kysely<unknown>): Promise<void> {
  const tables = await db.introspection.getTables();
  const columns = tables.find((table) => table.name === 'key_materials')?.columns ?? [];
  let table: CreateTableBuilder<string, string> = db.schema.createTable('key_materials_of_keys');
  for (const { name, dataType, isNullable } of columns) {
    table = table.addColumn(name, sql.raw(dataType), (c) => (isNullable ? c : c.notNull()));
  }
  await table.addPrimaryKeyConstraint('key_materials_pk', ['material_id', 'key_arn']).execute();
  const indexes = await sql<{ sql: string }>`
    select sql from sqlite_master where type = 'index' and tbl_name = 'key_materials' and sql is not null`.execute(
    db,
  );
  const names = sql.join(columns.map(({ name }) => sql.ref(name)));
  await sql`insert into key_materials_of_keys (${names}) select ${names} from key_materials`.execute(db);
  await db.schema.dropTable('key_materials').execute();
  await db.schema.alterTable('key_materials_of_keys').renameTo('key_materials').execute();
  for (const index of indexes.rows) await sql.raw(index.sql).execute(db);
}
