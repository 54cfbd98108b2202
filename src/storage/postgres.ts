/**
 * The engine for several nodes: PostgreSQL, or an engine that speaks its protocol and SQL
 * (docs/decisions/0023-two-engines.md).
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import { Kysely, PostgresDialect, sql } from 'kysely';
import type { PoolConfig } from 'pg';
import { bringUpToDate } from './migrations/run.ts';
import { FailoverPool } from './postgres-pool.ts';
import type { PostgresHost } from './postgres-pool.ts';
import { PostgresTypes } from './postgres-types.ts';
import type { Schema } from './schema.ts';
import type { Database } from './store.ts';

/** Where the database is and who asks. As `database` of the configuration file has it. */
export interface PostgresSettings {
  /** Tried in turn; the first that takes writes is used. */
  hosts: readonly PostgresHost[];
  database: string;
  user: string;
  /** Read whenever a connection is made, so that the password may change. */
  passwordFile: string | undefined;
  /** Undefined: no TLS. */
  tls: PostgresTls | undefined;
  /** At most, to each host. */
  connections: number;
  /** How long a statement may take. */
  timeoutSeconds: number;
}

export interface PostgresTls {
  /** PEM file: who signed the server's certificate; undefined: the certificate authorities that Node.js knows. */
  ca: string | undefined;
  /** PEM files of a client certificate. */
  certificate: string | undefined;
  key: string | undefined;
  /** The name in the server's certificate when it is not the host's. */
  serverName: string | undefined;
}

const CONNECT_MS = 3_000;
const KEEP_ALIVE_AFTER_MS = 5_000;
/** How much longer than the server's own deadline the client waits: for a server that hangs. */
const GRACE_MS = 1_000;

/**
 * Opens the database and brings its tables up to date.
 * @throws DatabaseUnavailable; Error when it cannot be migrated or a newer version has been there (nothing is changed then),
 *   or when it cannot be trusted to keep what it acknowledges
 */
export async function openPostgres(settings: PostgresSettings): Promise<Database> {
  await (await openPostgresUnlimited(settings)).destroy();
  return connectPostgres(settings);
}

/** As `openPostgres`, over one connection whose statements may take any time: for work on whole tables. */
export async function openPostgresUnlimited(settings: PostgresSettings): Promise<Database> {
  const db = connect(settings, { max: 1 });
  try {
    await requireDurable(db);
    await bringUpToDate(db.withPlugin(new PostgresTypes()), 'the database');
    return db;
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/** For commands that only look: changes no table's form. */
export function connectPostgres(settings: PostgresSettings): Database {
  const timeout = settings.timeoutSeconds * 1000;
  return connect(settings, {
    statement_timeout: timeout,
    idle_in_transaction_session_timeout: timeout,
    query_timeout: timeout + GRACE_MS,
    max: settings.connections,
  });
}

function connect(settings: PostgresSettings, limits: PoolConfig): Database {
  const { hosts, database, user, passwordFile, tls } = settings;
  const pool = new FailoverPool(hosts, {
    database,
    user,
    ...(passwordFile !== undefined && { password: passwordFrom(passwordFile) }),
    ssl: tls === undefined ? false : tlsOptions(tls),
    application_name: 'claviger',
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    ...limits,
  });
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
}

/**
 * A file that cannot be read for a moment is no reason to fail: the server says whether the password is still right. (An
 * error here would leave a connection behind that the server waits for.)
 */
function passwordFrom(file: string): () => Promise<string> {
  const clean = (text: string): string => text.replace(/\r?\n$/, '');
  let last = clean(readFileSync(file, 'utf8'));
  return async () => {
    last = clean(await readFile(file, 'utf8').catch(() => last));
    return last;
  };
}

function tlsOptions({ ca, certificate, key, serverName }: PostgresTls): ConnectionOptions {
  return {
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    ...(ca !== undefined && { ca: readFileSync(ca) }),
    ...(certificate !== undefined && { cert: readFileSync(certificate) }),
    ...(key !== undefined && { key: readFileSync(key) }),
    ...(serverName !== undefined && { servername: serverName }),
  };
}

/** What is acknowledged must be on disk, as with SQLite; and texts must be what they were. */
async function requireDurable(db: Database): Promise<void> {
  const { rows } = await sql<Record<string, string | null>>`
    select current_setting('synchronous_commit', true) as synchronous_commit,
      current_setting('fsync', true) as fsync,
      current_setting('server_encoding', true) as encoding`.execute(db);
  const { synchronous_commit: commit, fsync, encoding } = rows[0] ?? {};
  if (commit === 'off' || fsync === 'off')
    throw new Error('the database would lose what it acknowledged: set synchronous_commit and fsync to on');
  if (typeof encoding === 'string' && encoding.replace('-', '').toUpperCase() !== 'UTF8')
    throw new Error(`the database keeps texts as ${encoding}: create it with encoding UTF8`);
}
