/**
 * Fresh postings: wherever they stand, and whenever the process ends or a transaction is rolled back, each place is read
 * once, and in the end each term has few chunks.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import fc from 'fast-check';
import { POSTINGS_TABLE, addPlace, postingsFrom, postingsInto } from '../../src/storage/event-postings.ts';
import type { Place, Postings } from '../../src/storage/event-postings.ts';
import { FRESH_TABLE, FreshPostings } from '../../src/storage/fresh-postings.ts';

const TERMS = 12;
const LIMITS = { places: 40, batches: 10, leastTerms: 2 };

interface Step {
  /** Terms of the transaction's places, and the seconds that each lies behind the transaction. */
  places: { term: number; behind: number }[];
  then: 'go on' | 'roll back' | 'begin anew';
}

const steps = fc.array(
  fc.record({
    places: fc.array(fc.record({ term: fc.nat(TERMS - 1), behind: fc.nat(900) }), { maxLength: 12 }),
    then: fc.constantFrom<Step['then'][]>('go on', 'go on', 'go on', 'roll back', 'begin anew'),
  }),
  { minLength: 1, maxLength: 60 },
);

function opened(db: SqliteDatabase.Database): FreshPostings {
  return new FreshPostings(db, postingsInto(db, 'event_postings'), LIMITS);
}

function emptyDatabase(): SqliteDatabase.Database {
  const db = new SqliteDatabase(':memory:');
  db.exec(`${POSTINGS_TABLE} ${FRESH_TABLE}`);
  return db;
}

const newestFirst = (a: Place, b: Place): number => b.time - a.time || b.row - a.row;

function read(db: SqliteDatabase.Database, fresh: FreshPostings, term: number, from = 0, to = 1e9): Place[] {
  return [...postingsFrom(db, (...asked) => fresh.chunks(...asked))(term, from, to)];
}

class RolledBack extends Error {}

describe('fresh postings', () => {
  it('are read once each, in order, before, while and after they are put among all others', () => {
    fc.assert(
      fc.property(steps, fc.nat(4_000), fc.nat(4_000), (given: Step[], from, to) => {
        const db = emptyDatabase();
        let fresh = opened(db);
        const wanted: Postings = new Map();
        let row = 0;
        for (const [number, { places, then }] of given.entries()) {
          const added: Postings = new Map();
          for (const { term, behind } of places)
            addPlace(added, term, { time: 1_000 + number * 50 - behind, row: (row += 1) });
          const transaction = db.transaction(() => {
            fresh.add(added);
            if (then === 'roll back') throw new RolledBack();
          });
          try {
            transaction();
            for (const [term, its] of added) for (const place of its) addPlace(wanted, term, place);
          } catch (error) {
            assert.ok(error instanceof RolledBack);
            fresh.restart();
          }
          if (then === 'begin anew') fresh = opened(db);
        }
        for (let term = 0; term < TERMS; term += 1) {
          const its = (wanted.get(term) ?? []).sort(newestFirst);
          assert.deepEqual(read(db, fresh, term), its);
          assert.deepEqual(
            read(db, fresh, term, from, to),
            its.filter(({ time }) => time >= from && time <= to),
          );
        }
        db.close();
      }),
      { numRuns: 300 },
    );
  });

  it('become few chunks of each term, and few stay fresh', () => {
    const db = emptyDatabase();
    const fresh = opened(db);
    const [events, terms] = [10_000, 3];
    for (let row = 1; row <= events; row += 1)
      fresh.add(new Map([[row % terms, [{ time: 1_000 + Math.floor(row / 100), row }]]]));
    const count = (table: string): number =>
      (db.prepare(`SELECT count(*) AS count FROM ${table}`).get() as { count: number }).count;
    assert.ok(count('fresh_postings') <= 2 * LIMITS.batches);
    const chunks = count('event_postings');
    assert.ok(chunks > 0 && chunks <= terms * (events / LIMITS.batches), `${chunks} chunks`);
    assert.equal(read(db, fresh, 2).length, Math.floor((events + 1) / terms));
    db.close();
  });
});
