import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import { keepingStatements } from '../../src/storage/sqlite-statements.ts';

describe('kept statements', () => {
  it('are compiled once for each text, and know of tables that changed', () => {
    const sqlite = new SqliteDatabase(':memory:');
    const database = keepingStatements(sqlite);
    sqlite.exec('CREATE TABLE keys (name TEXT)');
    const insert = database.prepare('insert into keys values (?)');
    assert.equal(database.prepare('insert into keys values (?)'), insert);
    insert.run(['one']);
    const all = database.prepare('select * from keys');
    assert.deepEqual(all.all([]), [{ name: 'one' }]);
    sqlite.exec("ALTER TABLE keys ADD COLUMN spec TEXT DEFAULT 'AES'");
    assert.deepEqual(all.all([]), [{ name: 'one', spec: 'AES' }]);
    database.close();
  });

  it('are not pragmas, which do their work while they are compiled', () => {
    const database = keepingStatements(new SqliteDatabase(':memory:'));
    const text = 'pragma busy_timeout = 1';
    assert.notEqual(database.prepare(text), database.prepare(text));
    database.close();
  });

  it('are let go of when there are very many', () => {
    const database = keepingStatements(new SqliteDatabase(':memory:'));
    const first = database.prepare('select 0');
    for (let n = 1; n <= 500; n += 1) database.prepare(`select ${n}`);
    assert.notEqual(database.prepare('select 0'), first);
    database.close();
  });
});
