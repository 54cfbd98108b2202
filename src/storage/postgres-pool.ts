/**
 * Connections to whichever of several hosts takes writes now. Each host has a pool; connections to a host that is in
 * recovery are given up at once, so that after a failover the next query goes to the host that was promoted. Broken
 * connections never go back into a pool.
 */
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import pg from 'pg';
import type { ClientBase, PoolClient, PoolConfig } from 'pg';
import { judge } from './postgres-errors.ts';
import { DatabaseTimeout, DatabaseUnavailable } from './store.ts';

export interface PostgresHost {
  /** Name, address, or folder of a Unix socket. */
  host: string;
  port: number;
}

const INT8 = 20;

/** bigint comes as text; all of ours are counts and milliseconds, which a number holds exactly. */
function int8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`the database holds ${text}, which is no safe integer`);
  return value;
}

const types: PoolConfig['types'] = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === INT8 ? int8 : (pg.types.getTypeParser(oid, format) as unknown)) as typeof pg.types.getTypeParser,
};

/** Both PostgreSQL and its relatives know this setting; it is `on` in a standby. */
const READ_ONLY = { text: 'show transaction_read_only', query_timeout: 3_000 };

async function requireWritable(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ transaction_read_only: string }>(READ_ONLY);
  if (rows[0]?.transaction_read_only !== 'off')
    throw new DatabaseUnavailable('the database at this host takes no writes');
}

export class FailoverPool implements PostgresPool {
  readonly #pools: readonly pg.Pool[];
  readonly #clients = new WeakMap<PoolClient, PostgresPoolClient>();
  /** Where connections were made last. */
  #current = 0;

  constructor(hosts: readonly PostgresHost[], options: PoolConfig) {
    this.#pools = hosts.map((host) => {
      const onConnect = requireWritable as unknown as NonNullable<PoolConfig['onConnect']>;
      const pool = new pg.Pool({ ...options, ...host, types, onConnect });
      pool.on('error', () => {}); // an idle connection broke: the pool drops it, and the next query makes another
      return pool;
    });
  }

  /** @throws DatabaseUnavailable, DatabaseTimeout */
  async connect(): Promise<PostgresPoolClient> {
    let failure: unknown;
    for (let tried = 0; tried < this.#pools.length; tried += 1) {
      const at = this.#current;
      try {
        return this.#guarded(await (this.#pools[at] as pg.Pool).connect());
      } catch (error) {
        failure = judge(error).error;
        // every connection is in use: no other host will be any better
        if (failure instanceof DatabaseTimeout && this.#isFull(at)) break;
        if (at === this.#current) this.#current = (at + 1) % this.#pools.length;
      }
    }
    throw failure;
  }

  async end(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.end()));
  }

  #isFull(at: number): boolean {
    const { totalCount, options } = this.#pools[at] as pg.Pool;
    return totalCount >= options.max;
  }

  #guarded(client: PoolClient): PostgresPoolClient {
    const known = this.#clients.get(client);
    if (known !== undefined) return known;
    let broken = false;
    client.on('error', () => (broken = true));
    const query = async <R>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<R>> => {
      // whoever rolls back over a connection that hangs must not wait for it
      if (broken) throw new DatabaseUnavailable('the connection to the database broke');
      try {
        return (await client.query(text, [...values])) as unknown as PostgresQueryResult<R>;
      } catch (error) {
        const judged = judge(error);
        broken ||= judged.broken;
        throw judged.error;
      }
    };
    const guarded = { query, release: () => client.release(broken) } as PostgresPoolClient;
    this.#clients.set(client, guarded);
    return guarded;
  }
}
