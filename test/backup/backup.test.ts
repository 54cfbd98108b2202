/** What belongs together in a backup: the database and the users of the HSMs, whatever happens while they are copied. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import Sqlite from 'better-sqlite3';
import { backUp } from '../../src/backup/backup.ts';

describe('a backup', () => {
  let root: string;
  let data: string;
  let database: Sqlite.Database;
  const users = (folder: string): string => join(folder, 'hsm', 'hsm-a', 'committed.json');

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'claviger-backup-'));
    data = join(root, 'data');
    for (const path of ['server/audit', 'hsm/hsm-a', 'crypto'])
      mkdirSync(join(data, path), { recursive: true });
    writeFileSync(join(data, 'installation.json'), '{}');
    database = new Sqlite(join(data, 'server', 'claviger.db'));
    database.pragma('journal_mode = WAL');
    database.exec('create table password (number)');
    database.exec('insert into password values (0)');
    writeFileSync(users(data), '0');
  });
  afterEach(() => {
    database.close();
    rmSync(root, { recursive: true });
  });

  /**
   * As KMS does when it connects: first what it will use, then what the HSM takes.
   * @returns ends it
   */
  function changePasswords(forMs: number): () => void {
    const until = Date.now() + forMs;
    let number = 0;
    let next: NodeJS.Immediate;
    const change = (): void => {
      number += 1;
      database.prepare('update password set number = ?').run(number);
      writeFileSync(`${users(data)}.new`, String(number));
      renameSync(`${users(data)}.new`, users(data));
      if (Date.now() < until) next = setImmediate(change); // in each turn of the event loop, so that nothing is copied between two
    };
    change();
    return () => clearImmediate(next);
  }

  it('has the password in its database that its HSMs have', async () => {
    changePasswords(300);
    const target = join(root, 'copy');
    const { database: there, hsms } = await backUp(data, target);
    assert.deepEqual([there, hsms], [true, ['hsm-a']]);
    const copy = new Sqlite(join(target, 'server', 'claviger.db'), { readonly: true });
    const { number } = copy.prepare('select number from password').get() as { number: number };
    copy.close();
    assert.equal(String(number), readFileSync(users(target), 'utf8'));
    assert.ok(number > 0);
    for (const beside of ['-wal', '-shm'])
      assert.ok(!existsSync(join(target, 'server', `claviger.db${beside}`)), beside);
  });

  it('is not there when passwords never rest', async () => {
    const rest = changePasswords(60_000);
    const target = join(root, 'copy');
    await assert
      .rejects(backUp(data, target), /a user or password of an HSM was changed while it was copied/)
      .finally(rest);
    for (const left of [target, `${target}.draft`]) assert.ok(!existsSync(left), left);
  });

  it('does not go into the data folder, where the next one would copy it', async () => {
    await assert.rejects(backUp(data, join(data, 'backups', 'copy')), /is in the data folder/);
    assert.ok(!existsSync(join(data, 'backups')));
  });

  it('says that the database is elsewhere', async () => {
    database.close();
    rmSync(join(data, 'server', 'claviger.db'));
    assert.equal((await backUp(data, join(root, 'copy'))).database, false);
  });
});
