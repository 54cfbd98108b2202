/** Going back to an older version of Claviger: it says so, and leaves the database to the newer one. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import { migrations } from '../../src/storage/migrations/index.ts';
import { ENGINES } from './engines.ts';

for (const engine of ENGINES)
  describe(`a database on ${engine.name}`, { skip: engine.skip }, () => {
    it('that a newer version has brought up to date is not opened, and works with that version still', async () => {
      const database = await engine.create();
      const db = await database.open();
      const now = new Date().toISOString();
      await sql`insert into kysely_migration (name, timestamp) values ('9999-later', ${now})`.execute(db);
      await db.destroy();
      await assert.rejects(database.open(), /was brought up to date by a newer version of Claviger/);
      migrations['9999-later'] = { up: () => Promise.resolve() };
      try {
        await (await database.open()).destroy();
      } finally {
        delete migrations['9999-later'];
      }
      database.remove();
    });

    it('whose tables stand in the way of a migration is not opened, with the reason', async () => {
      const database = await engine.create();
      const old = await database.openOld('0019');
      await sql`drop table custom_key_stores`.execute(old);
      await old.destroy();
      await assert.rejects(database.open(), (error: Error) => {
        assert.match(error.message, /cannot be migrated/);
        assert.match(String(error.cause), /custom_key_stores/);
        return true;
      });
      database.remove();
    });
  });
