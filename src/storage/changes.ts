/**
 * The record of changes to rows that processes keep in memory. It is written in the transaction of the change itself, so
 * that no process can miss a change that was committed (src/nodes/change-feed.ts reads it).
 */
import { sql } from 'kysely';
import type { ChangeRow, ChangeTopic } from './schema-nodes.ts';
import { inTransaction } from './store.ts';
import type { DatabaseTransaction, Queryable } from './store.ts';

/** Numbers of changes, both ends included. */
export interface NumberRange {
  from: number;
  to: number;
}

/** Ranges up to this width are looked up number by number: PostgreSQL plans one list faster than many ranges. */
const NARROW = 16;
/** So that a statement has no more parameters (32,766) and parts (1,000) than SQLite takes. */
const RANGES_AT_ONCE = 500;

/**
 * Makes a change and the record of it, both or neither: in the transaction that is there, or in one of its own.
 * @param subject as ChangeTopic says
 */
export async function changing<T>(
  db: Queryable,
  topic: ChangeTopic,
  subject: string,
  change: (tx: DatabaseTransaction) => Promise<T>,
): Promise<T> {
  const both = async (tx: DatabaseTransaction): Promise<T> => {
    const result = await change(tx);
    await noteChange(tx, topic, subject);
    return result;
  };
  return db.isTransaction ? both(db as DatabaseTransaction) : inTransaction(db, both);
}

/** Says that something changed. In the change's own transaction, unless nothing depends on it. */
export async function noteChange(db: Queryable, topic: ChangeTopic, subject: string): Promise<void> {
  await db.insertInto('changes').values({ topic, subject, changed_at: Date.now() }).execute();
}

/** The change with this number, if it is there, and those after it, in order. */
export async function changesFrom(db: Queryable, seq: number, limit: number): Promise<ChangeRow[]> {
  return db.selectFrom('changes').selectAll().where('seq', '>=', seq).orderBy('seq').limit(limit).execute();
}

/** Changes whose numbers are in one of these ranges, in the order of the ranges. */
export async function changesAmong(db: Queryable, ranges: readonly NumberRange[]): Promise<ChangeRow[]> {
  const found: ChangeRow[][] = [];
  for (let at = 0; at < ranges.length; at += RANGES_AT_ONCE)
    found.push(await changesAmongFew(db, ranges.slice(at, at + RANGES_AT_ONCE)));
  return found.flat();
}

async function changesAmongFew(db: Queryable, ranges: readonly NumberRange[]): Promise<ChangeRow[]> {
  const isNarrow = ({ from, to }: NumberRange): boolean => to - from < NARROW;
  const numbers = ranges.filter(isNarrow).flatMap(numbersOf);
  const wide = ranges.filter((range) => !isNarrow(range));
  return db
    .selectFrom('changes')
    .selectAll()
    .where((row) =>
      row.or([
        ...(numbers.length === 0 ? [] : [row('seq', 'in', numbers)]),
        ...wide.map(({ from, to }) => row.between('seq', from, to)),
      ]),
    )
    .orderBy('seq')
    .execute();
}

function numbersOf({ from, to }: NumberRange): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

/** The number of the newest change that can be seen; 0 when there is none. */
export async function newestChange(db: Queryable): Promise<number> {
  const row = await db.selectFrom('changes').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst();
  return row?.seq ?? 0;
}

/** Numbers up to this one that are missing between the changes which can be seen, in order. */
export async function missingNumbers(db: Queryable, seq: number): Promise<NumberRange[]> {
  const { rows } = await sql<NumberRange>`
    select previous + 1 as "from", seq - 1 as "to"
    from (select seq, lag(seq) over (order by seq) as previous from changes where seq <= ${seq}) as numbered
    where seq > previous + 1
    order by seq`.execute(db);
  return rows;
}

/**
 * Removes old changes: all up to one number. The newest of the old ones stays, so that whoever does not find the change again
 * that he read last knows that others may be gone which he has not read.
 * @param before milliseconds since 1970
 */
export async function pruneChanges(db: Queryable, before: number): Promise<void> {
  await db
    .deleteFrom('changes')
    .where('seq', '<', (eb) =>
      eb
        .selectFrom('changes as old')
        .select(({ fn }) => fn.max('old.seq').as('seq'))
        .where('old.changed_at', '<', before),
    )
    .execute();
}
