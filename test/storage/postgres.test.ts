/** Connections to PostgreSQL: deadlines, servers that end or hang, whom to believe, and which of several hosts is used. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import type { PostgresDatabase } from '../../src/configuration/database.ts';
import { installationValue, setInstallationValue } from '../../src/storage/accounts.ts';
import { openDatabase } from '../../src/storage/open.ts';
import { connectPostgres, openPostgres } from '../../src/storage/postgres.ts';
import { DatabaseTimeout, DatabaseUnavailable, inTransaction } from '../../src/storage/store.ts';
import { eventually } from '../stories/claviger.ts';
import { PostgresServer, WITHOUT_POSTGRES } from './postgres-server.ts';

const PATIENCE_MS = 30_000;

describe('connections to PostgreSQL', { skip: WITHOUT_POSTGRES }, () => {
  let server: PostgresServer;
  let settings: PostgresDatabase;
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'claviger-connections-'));
    server = await PostgresServer.start();
    settings = { ...(await server.createDatabase()), timeoutSeconds: 1 };
    await (await openPostgres(settings)).destroy();
  });
  after(async () => {
    await server.remove();
    rmSync(folder, { recursive: true });
  });

  it('end a statement that takes too long, and go on', async () => {
    const db = connectPostgres({ ...settings, connections: 2 });
    await assert.rejects(sql`select pg_sleep(20)`.execute(db), DatabaseTimeout);
    await sql`select 1`.execute(db);
    await db.destroy();
  });

  it('repeat a transaction whose connection ended before its commit, and no other', async () => {
    const db = connectPostgres(settings);
    let runs = 0;
    await inTransaction(db, async (tx) => {
      runs += 1;
      await setInstallationValue(tx, 'runs', String(runs));
      if (runs === 1) await sql`select pg_terminate_backend(pg_backend_pid())`.execute(tx);
    });
    assert.equal(await installationValue(db, 'runs'), '2');
    const failing = inTransaction(db, async (tx) => {
      runs += 1;
      await sql`select no_such_column`.execute(tx);
    });
    await assert.rejects(failing, /no_such_column/);
    assert.equal(runs, 3);
    await db.destroy();
  });

  it('are told to be gone and to be back, and are made anew by themselves', async () => {
    const told: boolean[] = [];
    const opened = await openDatabase(settings, '', (available) => told.push(available));
    assert.equal(opened.obstacle(), undefined);
    await server.kill();
    await assert.rejects(installationValue(opened.db, 'x'), DatabaseUnavailable);
    await eventually(PATIENCE_MS, 'that it is gone', () => (told.length === 1 ? true : undefined));
    assert.equal(opened.obstacle(), 'the database is not available');
    await server.resume();
    await eventually(PATIENCE_MS, 'that it is back', () => (told.length === 2 ? true : undefined));
    assert.equal(opened.obstacle(), undefined);
    await installationValue(opened.db, 'x');
    assert.deepEqual(told, [false, true]);
    await opened.close();
  });

  it('do not wait for a server that hangs', async () => {
    const db = connectPostgres(settings);
    await sql`select 1`.execute(db);
    server.signalAll('SIGSTOP');
    try {
      await assert.rejects(
        inTransaction(db, (tx) => installationValue(tx, 'x')),
        DatabaseTimeout,
      );
    } finally {
      server.signalAll('SIGCONT');
    }
    await eventually(PATIENCE_MS, 'that it goes on', () =>
      installationValue(db, 'x').then(
        () => true,
        () => undefined,
      ),
    );
    await db.destroy();
  });

  it('never show the password', async () => {
    const passwordFile = join(folder, 'wrong-password');
    writeFileSync(passwordFile, 'not-the-password');
    const opening = openPostgres({ ...settings, passwordFile });
    await assert.rejects(opening, (error: Error) => {
      const shown = `${error.stack} ${JSON.stringify(error)} ${String((error.cause as Error).stack)}`;
      assert.match(shown, /password authentication failed/);
      return !shown.includes('not-the-password');
    });
  });

  it('go to the host that takes writes', async () => {
    const standby = await server.startStandby();
    const hosts = [...standby.settings('').hosts, ...settings.hosts];
    const db = await openPostgres({ ...settings, hosts, timeoutSeconds: 5 });
    await setInstallationValue(db, 'written', 'yes');
    const alone = openPostgres({ ...settings, hosts: standby.settings('').hosts });
    await assert.rejects(alone, /takes no writes/);
    await server.query('alter system reset synchronous_standby_names');
    await server.query('select pg_reload_conf()');
    await standby.remove();
    await db.destroy();
  });

  it('believe only the certificate authority that was named', async () => {
    const make = (name: string): { ca: string; key: string } => {
      const [ca, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
      execFileSync(
        'openssl',
        [
          ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', ca],
          ...['-subj', '/CN=database.test', '-addext', 'subjectAltName=DNS:database.test'],
        ],
        { stdio: 'ignore' },
      );
      return { ca, key };
    };
    const [own, other] = [make('own'), make('other')];
    execFileSync('cp', [own.ca, own.key, server.data]);
    const { uid, gid } = statSync(server.data);
    for (const name of ['own.crt', 'own.key']) chownSync(join(server.data, name), uid, gid);
    appendFileSync(
      join(server.data, 'postgresql.conf'),
      "ssl = on\nssl_cert_file = 'own.crt'\nssl_key_file = 'own.key'\n",
    );
    await server.stop();
    await server.resume();
    const tls = { certificate: undefined, key: undefined, serverName: 'database.test' };
    const db = await openPostgres({ ...settings, tls: { ...tls, ca: own.ca } });
    const { rows } = await sql<{ ssl: boolean }>`
      select ssl from pg_stat_ssl where pid = pg_backend_pid()`.execute(db);
    assert.equal(rows[0]?.ssl, true);
    await db.destroy();
    await assert.rejects(openPostgres({ ...settings, tls: { ...tls, ca: other.ca } }), DatabaseUnavailable);
    const elsewhere = { ...tls, ca: own.ca, serverName: 'another.test' };
    await assert.rejects(openPostgres({ ...settings, tls: elsewhere }), DatabaseUnavailable);
  });

  it('are refused when the server would lose what it acknowledged', async () => {
    await server.query(`alter database ${settings.database} set synchronous_commit = off`);
    await assert.rejects(openPostgres(settings), /set synchronous_commit and fsync to on/);
  });
});
