/** Streams of HSMs' logs: a row is replaced only by who has seen it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StaleRow } from '../../src/storage/conflicts.ts';
import { findLogStream, insertLogStream, replaceLogStream } from '../../src/storage/hsm-logs.ts';
import type { HsmLogStreamRow } from '../../src/storage/schema-hsm-logs.ts';
import type { Database } from '../../src/storage/store.ts';
import { ENGINES, useStore } from './engines.ts';

const BEGUN: HsmLogStreamRow = {
  ...{ hsm_id: 'hsm-aaaaaaaaaaa', cluster_id: 'cluster-aaaaaaaaaaa', generation: 0 },
  ...{ next_sequence: 0, chain: null, next_position: 0 },
  ...{ first_event_at: null, last_event_at: null, last_ingested_at: null, stored_bytes: 0, created_at: 1 },
};

for (const engine of ENGINES)
  describe(`a stream of an HSM's log on ${engine.name}`, { skip: engine.skip }, () => {
    let db: Database;

    useStore(engine, (opened) => (db = opened));

    it('is never moved back by who read its row before somebody else delivered', async () => {
      await insertLogStream(db, BEGUN);
      const seen = (await findLogStream(db, BEGUN.hsm_id)) as HsmLogStreamRow;
      const entries = { ...seen, next_sequence: 2 ** 40 };
      const event = { ...entries, next_position: 1 };
      const anew = { ...event, generation: 1 };
      for (const [from, to] of [
        [seen, entries],
        [entries, event],
        [event, anew],
      ] as const) {
        await replaceLogStream(db, from, to);
        await assert.rejects(replaceLogStream(db, from, to), StaleRow);
        assert.deepEqual(await findLogStream(db, BEGUN.hsm_id), to);
      }
    });
  });
