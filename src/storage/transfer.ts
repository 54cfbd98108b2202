/**
 * Moves an installation's rows from one engine to another, in one transaction that is committed only when every table has
 * the same rows on both sides. Rows are not interpreted: since every value stays what it was, so do the codes over them.
 * Rows that are there already, all of them and no others, are those of a move that nobody knew the end of.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import { migrations } from './migrations/index.ts';
import { inTransaction } from './store.ts';
import type { Database, Queryable } from './store.ts';

type Row = Record<string, string | number | Buffer | null>;
/** Tables by their names, whatever they are. */
type Tables = Kysely<Record<string, Row>>;

export interface TransferredTable {
  name: string;
  rows: number;
  /** 64 hex digits over all rows, in whatever order. */
  digest: string;
}

/** What processes tell each other while they run: nobody runs now, and the other engine counts for itself. */
const OF_THE_MOMENT: ReadonlySet<string> = new Set(['changes', 'leases', 'quota_uses']);

/** Engines have limits on how many values a statement may carry. */
const VALUES_PER_STATEMENT = 10_000;
const ROWS_PER_STATEMENT = 500;

/**
 * @param from nobody may write to it meanwhile
 * @param to brought up to date already, and empty
 * @throws Error when the versions of the tables differ, `to` has other rows, or a table is not the same afterwards
 */
export async function transfer(from: Database, to: Database): Promise<TransferredTable[]> {
  await requireNewest(from);
  const names = await tableNames(from);
  return inTransaction(to, async (tx) => {
    const filled = await firstWithRows(tx, names);
    const transferred: TransferredTable[] = [];
    for (const name of names) {
      const sent =
        filled === undefined ? await copyTable(from, tx, name) : await digestOf(rowsOf(from, name));
      const arrived = await digestOf(readRows(tx, name));
      if (arrived.rows !== sent.rows || arrived.digest !== sent.digest)
        throw new Error(
          filled === undefined
            ? `${name} is not the same after it was copied; nothing was changed`
            : `the database that is to be filled is not empty: ${filled} has rows, and those of ${name} are others`,
        );
      transferred.push({ name, ...sent });
    }
    return transferred;
  });
}

async function requireNewest(db: Database): Promise<void> {
  const applied = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  const names = new Set(applied.rows.map(({ name }) => name));
  const missing = Object.keys(migrations).filter((name) => !names.has(name));
  if (missing.length > 0 || names.size > Object.keys(migrations).length)
    throw new Error(
      'the database is of another version of Claviger: start this version on it once, and stop it',
    );
}

async function tableNames(db: Database): Promise<string[]> {
  const tables = await db.introspection.getTables();
  return tables
    .map(({ name }) => name)
    .filter((name) => !OF_THE_MOMENT.has(name))
    .sort();
}

async function firstWithRows(db: Queryable, tables: readonly string[]): Promise<string | undefined> {
  for (const table of tables) {
    const found = await (db as unknown as Tables).selectFrom(table).selectAll().limit(1).execute();
    if (found.length > 0) return table;
  }
  return undefined;
}

function rowsOf(db: Database, table: string): AsyncIterable<Row> {
  return (db as unknown as Tables).selectFrom(table).selectAll().stream();
}

async function copyTable(
  from: Database,
  to: Queryable,
  table: string,
): Promise<Omit<TransferredTable, 'name'>> {
  const digest = new RowsDigest();
  let batch: Row[] = [];
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await (to as unknown as Tables).insertInto(table).values(batch).execute();
    batch = [];
  };
  for await (const row of rowsOf(from, table)) {
    digest.add(row);
    batch.push(row);
    const most = Math.min(ROWS_PER_STATEMENT, VALUES_PER_STATEMENT / Object.keys(row).length);
    if (batch.length >= most) await flush();
  }
  await flush();
  return digest.result();
}

/** Page by page, without holding the table in memory. */
async function* readRows(tx: Queryable, table: string): AsyncGenerator<Row> {
  await sql`declare transferred no scroll cursor for select * from ${sql.table(table)}`.execute(tx);
  for (;;) {
    const { rows } = await sql<Row>`fetch ${sql.lit(ROWS_PER_STATEMENT)} from transferred`.execute(tx);
    if (rows.length === 0) break;
    yield* rows;
  }
  await sql`close transferred`.execute(tx);
}

async function digestOf(rows: AsyncIterable<Row>): Promise<Omit<TransferredTable, 'name'>> {
  const digest = new RowsDigest();
  for await (const row of rows) digest.add(row);
  return digest.result();
}

/** The sum of the hashes of all rows: engines need not give them in one order. */
class RowsDigest {
  #rows = 0;
  #sum = 0n;

  add(row: Row): void {
    const columns = Object.keys(row)
      .sort()
      .map((column) => {
        const value = row[column];
        return [column, Buffer.isBuffer(value) ? { bytes: value.toString('base64') } : value];
      });
    const hash = createHash('sha256').update(JSON.stringify(columns)).digest('hex');
    this.#sum = BigInt.asUintN(256, this.#sum + BigInt(`0x${hash}`));
    this.#rows += 1;
  }

  result(): Omit<TransferredTable, 'name'> {
    return { rows: this.#rows, digest: this.#sum.toString(16).padStart(64, '0') };
  }
}
