/** A damaged event history: it is noticed, told, and made anew from the journal, whether it is found at the start or later. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import SqliteDatabase from 'better-sqlite3';
import { pino } from 'pino';
import { openJournal } from '../../src/audit/journal.ts';
import { EventIndex } from '../../src/storage/event-index.ts';
import { Indexing } from '../../src/trail-reader/indexing.ts';
import { History } from '../../src/trail-reader/history.ts';
import { rebuildHistory } from '../../src/trail-reader/reindex.ts';
import { freshFolder, sampleEvent } from '../audit/sample.ts';
import { eventually } from '../stories/claviger.ts';
import { startClockedServer } from '../stories/clocked-server.ts';

const EVENTS = 400;

/** Destroys the pages of a database but the first ones: its tables are declared on the first, and have their roots on some more. */
function destroyPages(file: string, from: number): void {
  const bytes = readFileSync(file);
  const page = bytes.readUInt16BE(16);
  const kept = page * from;
  assert.ok(bytes.length > kept * 2, 'the file is large enough to be worth it');
  writeFileSync(file, Buffer.concat([bytes.subarray(0, kept), Buffer.alloc(bytes.length - kept, 0xff)]));
}

async function damagedHistory(test: TestContext, from: number) {
  const dir = await freshFolder();
  const journal = await openJournal({ dir: join(dir, 'audit'), writerId: 'w1' });
  test.after(() => journal.close());
  const events = Array.from({ length: EVENTS }, () => sampleEvent());
  await Promise.all(events.map((event) => journal.append(event)));
  const indexFile = join(dir, 'events.db');
  const index = new EventIndex(indexFile);
  await new Indexing(join(dir, 'audit'), index).catchUp({ w1: EVENTS });
  index.close();
  destroyPages(indexFile, from);
  return { dir, journal, journalDir: join(dir, 'audit'), indexFile, events };
}

const { recipientAccountId: accountId, awsRegion: region } = sampleEvent();
const all = {
  ...{ accountId, region, attribute: undefined, from: 0, to: 1e10, after: undefined, limit: 1_000 },
};

describe('a damaged event history', () => {
  for (const [what, from] of [
    ['that still opens is noticed at once', 1],
    ['that still tells how far it is, is noticed when it is used', 12],
  ] as const) {
    it(`${what}, and made anew`, async (test) => {
      const { journal, journalDir, indexFile } = await damagedHistory(test, from);
      const told: string[] = [];
      const history = new History({ journalDir, indexFile, renews: (message) => told.push(message) });
      await journal.append(sampleEvent());
      await history.catchUp({ w1: EVENTS + 1 });
      assert.equal((await history.find(all)).records.length, EVENTS + 1);
      assert.match(told.join(), /^the event history is damaged and is made anew/);
      assert.ok(existsSync(`${indexFile}.damaged`));
      await history.close();
    });
  }

  it('of another version keeps its events, which the journal may have forgotten', async (test) => {
    const { journal, journalDir, indexFile } = await damagedHistory(test, 1);
    rmSync(indexFile);
    const older = new SqliteDatabase(indexFile);
    older.exec(
      'CREATE TABLE events (event_row INTEGER PRIMARY KEY, record TEXT); ' +
        'CREATE TABLE event_positions (writer TEXT, seq BIGINT)',
    );
    const forgotten = JSON.stringify(sampleEvent());
    older.prepare('INSERT INTO events VALUES (5, ?)').run(forgotten);
    older.prepare('INSERT INTO event_positions VALUES (?, ?)').run('w1', EVENTS);
    older.close();
    const told: string[] = [];
    const history = new History({ journalDir, indexFile, renews: (message) => told.push(message) });
    const newest = sampleEvent();
    await journal.append(newest);
    await history.catchUp({ w1: EVENTS + 1 });
    const { records } = await history.find(all);
    assert.deepEqual(records.sort(), [forgotten, JSON.stringify(newest)].sort());
    assert.match(told.join(), /another version of Claviger/);
    await history.close();
  });

  it('is made anew by reindex too', async (test) => {
    const { journal, journalDir, indexFile } = await damagedHistory(test, 1);
    await journal.close();
    assert.equal(await rebuildHistory(journalDir, indexFile), EVENTS);
    const index = new EventIndex(indexFile);
    assert.equal(index.find(all).records.length, EVENTS);
    index.close();
  });

  it('does not keep a server from starting, which says so and answers LookupEvents again', async () => {
    const log: string[] = [];
    const logger = pino(
      new Writable({ write: (chunk, _encoding, done) => (log.push(String(chunk)), done()) }),
    );
    let file = '';
    const prepare = (dataDir: string): void => {
      file = join(dataDir, 'events.db');
      writeFileSync(file, 'this was a database once'.repeat(500));
    };
    const server = await startClockedServer(undefined, 'audit: { lookupEventsPerSecond: 0 }', {
      prepare,
      logger,
    });
    const client = new CloudTrailClient({ ...server.connection, region: 'us-east-1', maxAttempts: 1 });
    try {
      await server.client('us-east-1').send(new CreateKeyCommand({}));
      const found = await eventually(30_000, 'the event in the history', async () => {
        const { Events } = await client.send(new LookupEventsCommand({}));
        return Events?.find(({ EventName }) => EventName === 'CreateKey');
      });
      assert.equal(found.Username, 'root');
      assert.ok(log.some((line) => line.includes('the event history is damaged and is made anew')));
      assert.ok(statSync(`${file}.damaged`).size > 10_000);
    } finally {
      client.destroy();
      await server.remove();
    }
  });
});
