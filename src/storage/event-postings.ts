/** Postings of the event history (event-index.ts) on their way into a table. */
import type SqliteDatabase from 'better-sqlite3';

/** One statement for so many postings of a term costs half of what as many statements cost. */
const POSTINGS_AT_ONCE = 32;

/** By the number of a term: time and row of one event after the other. */
export type Postings = Map<number, number[]>;
export type AddPostings = (term: number, places: readonly number[]) => void;

export function postingsInto(db: SqliteDatabase.Database, table: 'event_postings' | 'filling'): AddPostings {
  const insert = (rows: number): SqliteDatabase.Statement =>
    db.prepare(
      `INSERT INTO ${table} (term_id, event_time, event_row) VALUES ${Array(rows).fill('(?, ?, ?)').join(', ')}`,
    );
  const [many, one] = [insert(POSTINGS_AT_ONCE), insert(1)];
  return (term, places) => {
    let at = 0;
    for (; at + 2 * POSTINGS_AT_ONCE <= places.length; at += 2 * POSTINGS_AT_ONCE) {
      const values: (number | undefined)[] = [];
      for (let i = at; i < at + 2 * POSTINGS_AT_ONCE; i += 2) values.push(term, places[i], places[i + 1]);
      many.run(values);
    }
    for (; at < places.length; at += 2) one.run(term, places[at], places[at + 1]);
  };
}
