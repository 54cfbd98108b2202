/** Chunks of postings: whatever the order in which events came in, they are read newest first, each once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import fc from 'fast-check';
import {
  CHUNK_SPAN,
  POSTINGS_TABLE,
  chunksOf,
  postingsFrom,
  postingsInto,
} from '../../src/storage/event-postings.ts';
import type { Place } from '../../src/storage/event-postings.ts';

/** Batches as they come in: rows rise, times are mostly near each other and in no order. */
const batches = fc
  .array(
    fc.array(fc.oneof(fc.integer({ min: 1_000, max: 1_010 }), fc.integer({ min: 0, max: 3 * CHUNK_SPAN })), {
      minLength: 1,
      maxLength: 200,
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((times) => {
    let row = 0;
    return times.map((batch) => batch.map((time): Place => ({ time, row: (row += 1) })));
  });

const newestFirst = (a: Place, b: Place): number => b.time - a.time || b.row - a.row;

describe('postings', () => {
  it('are read in order, between any two times, whatever the order in which they came', () => {
    fc.assert(
      fc.property(
        batches,
        fc.integer({ min: 0, max: 3 * CHUNK_SPAN }),
        fc.integer({ min: 0, max: 3 * CHUNK_SPAN }),
        (given, from, to) => {
          const db = new SqliteDatabase(':memory:');
          db.exec(POSTINGS_TABLE);
          const add = postingsInto(db, 'event_postings');
          for (const batch of given) {
            add(7, [...batch]);
            add(8, [...batch]);
          }
          const wanted = given
            .flat()
            .filter(({ time }) => time >= from && time <= to)
            .sort(newestFirst);
          assert.deepEqual([...postingsFrom(db, () => [])(7, from, to)], wanted);
          db.close();
        },
      ),
      { numRuns: 150 },
    );
  });

  it('of one chunk are few, and of little time', () => {
    fc.assert(
      fc.property(batches, (given) => {
        for (const chunk of chunksOf(given.flat())) {
          assert.ok(chunk.places.length <= 3_000);
          assert.ok(chunk.max_time - chunk.min_time <= CHUNK_SPAN);
        }
      }),
    );
  });
});
