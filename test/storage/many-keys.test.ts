/** What the server asks again and again must not read a row for each key that there is. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { CompiledQuery, Kysely, SqliteDialect } from 'kysely';
import { it } from 'node:test';
import { listAliases } from '../../src/storage/aliases.ts';
import {
  countKeys,
  keysDueForDeletion,
  keysDueForRotation,
  keysInCreation,
  keysInMultiRegionChange,
  keysWithExpiredMaterial,
  listKeys,
} from '../../src/storage/keys.ts';
import { keysInUse } from '../../src/storage/meters.ts';
import type { Schema } from '../../src/storage/schema.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';

const OWNER = { accountId: '111122223333', region: 'eu-west-1' };

it('no regular look for keys walks through all of them', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'claviger-'));
  const file = join(dir, 'keys.db');
  await (await openSqlite(file)).destroy();
  const asked: CompiledQuery[] = [];
  const db = new Kysely<Schema>({
    dialect: new SqliteDialect({ database: new SqliteDatabase(file) }),
    log: ({ query }) => void asked.push(query),
  });
  t.after(async () => {
    await db.destroy();
    rmSync(dir, { recursive: true });
  });
  await keysDueForDeletion(db, 1, 10);
  await keysDueForRotation(db, 1, 10);
  await keysWithExpiredMaterial(db, 1, 10);
  await keysInMultiRegionChange(db, 10);
  await keysInCreation(db, { creator: 'server-1', before: 1 });
  await keysInUse(db);
  await listKeys(db, OWNER, '', 10);
  await countKeys(db, OWNER);
  await listAliases(db, OWNER, { keyArn: 'key', afterName: '', limit: 10 });
  const queries = asked.splice(0);
  assert.ok(queries.length >= 10);
  assert.ok(queries.some(({ sql }) => sql.startsWith('select "key_id" from')));
  for (const { sql, parameters } of queries) {
    const { rows } = await db.executeQuery<{ detail: string }>(
      CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]),
    );
    const walks = rows.filter(({ detail }) => /^SCAN (kms_keys|key_materials)/.test(detail));
    const sorts = rows.filter(({ detail }) => /state=\?\)$/.test(detail) && sql.includes('next_rotation_at'));
    if (sql.startsWith('select "key_id" from'))
      assert.ok(
        rows.some(({ detail }) => detail.includes('COVERING INDEX kms_keys_by_account')),
        'a page of ListKeys reads no rows',
      );
    if (sql.includes('from "aliases"'))
      assert.ok(
        rows.some(({ detail }) => detail.includes('INDEX aliases_by_target')),
        'aliases of a key are not looked for among all that there are',
      );
    // the first account and Region with keys: one entry is read, whatever the plan says
    const firstOnly = sql.includes('"account_id" >') && sql.includes('limit');
    assert.ok(
      firstOnly || walks.length + sorts.length === 0,
      `${sql}: ${rows.map((row) => row.detail).join('; ')}`,
    );
  }
});
