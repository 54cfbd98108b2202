/** What one process commits another one is told of, in whatever order commits become visible. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { KyselyPlugin } from 'kysely';
import { pino } from 'pino';
import { ChangeFeed } from '../../src/nodes/change-feed.ts';
import { changesAmong, noteChange, pruneChanges } from '../../src/storage/changes.ts';
import { inTransaction } from '../../src/storage/store.ts';
import type { Database } from '../../src/storage/store.ts';
import { ENGINES } from '../storage/engines.ts';
import type { TestDatabase } from '../storage/engines.ts';

const logger = pino({ level: 'silent' });
const TWENTY_MINUTES = 1_200_000;

for (const engine of ENGINES)
  describe(`the feed of changes on ${engine.name}`, { skip: engine.skip }, () => {
    let database: TestDatabase;
    let writer: Database;
    let reader: Database;
    let feed: ChangeFeed;
    const told: string[] = [];
    let refuse = false;
    let rowsRead = 0;
    const counting: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        rowsRead += result.rows.length;
        return result;
      },
    };

    before(async () => {
      database = await engine.create();
      writer = await database.open();
      reader = (await database.open()).withPlugin(counting);
      await noteChange(writer, 'key', 'before the reader came');
      feed = await ChangeFeed.open(reader, logger);
      feed.follow({
        changed: async (changes) => {
          if (refuse) throw new Error('cannot take it over now');
          told.push(...changes.map(({ subject }) => subject));
        },
        everything: async () => {
          if (refuse) throw new Error('cannot take it over now');
          told.push('everything');
        },
      });
    });
    after(async () => {
      await feed.stop();
      await writer.destroy();
      await reader.destroy();
      database.remove();
    });

    const newly = async (): Promise<string[]> => {
      told.length = 0;
      await feed.catchUp();
      return [...told];
    };
    /** Takes the next number, as a transaction does that is slow, or undone in the end. */
    const takeNumber = async (): Promise<number> => {
      const taking =
        engine.name === 'SQLite'
          ? sql<{
              seq: number;
            }>`update sqlite_sequence set seq = seq + 1 where name = 'changes' returning seq`
          : sql<{ seq: number }>`select nextval(pg_get_serial_sequence('changes', 'seq')) as seq`;
      const { rows } = await taking.execute(writer);
      return rows[0]?.seq as number;
    };
    const insert = (seq: number, subject: string): Promise<unknown> =>
      writer
        .insertInto('changes')
        .values({ seq, topic: 'key', subject, changed_at: Date.now() } as never)
        .execute();
    const insertMany = (count: number): Promise<unknown> =>
      writer
        .insertInto('changes')
        .values(
          Array.from({ length: count }, (_, at) => ({
            topic: 'key',
            subject: `one of many ${at}`,
            changed_at: Date.now(),
          })),
        )
        .execute();
    /** Commits changes at once with the removal of all but the last one: so it looks to who read nothing for long. */
    const missSome = (): Promise<void> =>
      inTransaction(writer, async (tx) => {
        for (const subject of ['missed', 'missed too', 'the last']) await noteChange(tx, 'grant', subject);
        await pruneChanges(tx, Date.now() + 1);
      });

    it('tells of each thing once that changed since the last time, and of nothing from before', async () => {
      await feed.catchUp();
      await noteChange(writer, 'key', 'one');
      await noteChange(writer, 'key', 'one');
      await noteChange(writer, 'grant', 'two');
      // the reading that runs by itself may have told of some already
      await feed.catchUp();
      assert.deepEqual([...new Set(told)].sort(), ['one', 'two']);
      assert.deepEqual(await newly(), []);
    });

    it('tells of a change whose number is lower than one that was seen before', async () => {
      const slow = await takeNumber();
      await noteChange(writer, 'key', 'later number, earlier commit');
      await feed.catchUp();
      told.length = 0;
      await insert(slow, 'earlier number, later commit');
      await feed.catchUp();
      assert.deepEqual(told, ['earlier number, later commit']);
      assert.deepEqual(await newly(), []);
    });

    it(
      'tells of a transaction that took its number first and was committed last',
      { skip: engine.name === 'SQLite' && 'its transactions write one after the other' },
      async () => {
        await inTransaction(writer, async (tx) => {
          await noteChange(tx, 'key', 'first number');
          await noteChange(writer, 'key', 'second number');
          await feed.catchUp();
          assert.ok(told.includes('second number'));
          assert.deepEqual(await newly(), []);
        });
        await feed.catchUp();
        assert.deepEqual(told, ['first number']);
      },
    );

    it('tells of a slow change that had its number long before the feed was opened', async () => {
      const slow = await takeNumber();
      await insertMany(300);
      const heard: string[] = [];
      const opened = await ChangeFeed.open(reader, logger);
      opened.follow({
        changed: async (changes) => void heard.push(...changes.map(({ subject }) => subject)),
        everything: async () => void heard.push('everything'),
      });
      await insert(slow, 'slow');
      await opened.catchUp();
      await opened.stop();
      assert.deepEqual(heard, ['slow']);
    });

    it('waits for a missing number while the database answers for a minute', async (test) => {
      const [slow, undone] = [await takeNumber(), await takeNumber()];
      await noteChange(writer, 'key', 'later number, earlier commit');
      await feed.catchUp();
      test.mock.timers.enable({ apis: ['Date'], now: Date.now() });
      test.mock.timers.tick(TWENTY_MINUTES);
      await feed.catchUp();
      told.length = 0;
      await insert(slow, 'slow');
      await feed.catchUp();
      assert.deepEqual(told, ['slow']);
      for (let second = 0; second < 60; second += 1) {
        test.mock.timers.tick(1_000);
        await feed.catchUp();
      }
      await insert(undone, 'which cannot be');
      assert.deepEqual(await newly(), []);
    });

    it('waits for a missing number for longer where statements may take longer', async (test) => {
      const slow = await takeNumber();
      await noteChange(writer, 'key', 'later number, earlier commit');
      const heard: string[] = [];
      const patient = await ChangeFeed.open(reader, logger, 20_000);
      patient.follow({
        changed: async (changes) => void heard.push(...changes.map(({ subject }) => subject)),
        everything: () => Promise.reject(new Error('nothing was missed')),
      });
      test.after(() => patient.stop());
      test.mock.timers.enable({ apis: ['Date'], now: Date.now() });
      for (let second = 0; second < 100; second += 1) {
        test.mock.timers.tick(1_000);
        await patient.catchUp();
      }
      await insert(slow, 'slow');
      await patient.catchUp();
      assert.deepEqual(heard, ['slow']);
    });

    it('reads no change again while a number is missing', async () => {
      await takeNumber();
      await insertMany(300);
      await feed.catchUp();
      rowsRead = 0;
      await feed.catchUp();
      assert.ok(rowsRead < 10, `${rowsRead} rows`);
    });

    it('tells again of what could not be taken over', async () => {
      refuse = true;
      await noteChange(writer, 'key', 'stubborn');
      await assert.rejects(feed.catchUp());
      refuse = false;
      await feed.catchUp();
      assert.ok(told.includes('stubborn'));
    });

    it('holds nothing that was rolled back', async () => {
      await assert.rejects(
        inTransaction(writer, async (tx) => {
          await noteChange(tx, 'key', 'never was');
          throw new Error('no');
        }),
      );
      assert.deepEqual(await newly(), []);
    });

    it('goes on after old changes were removed', async () => {
      await feed.catchUp();
      told.length = 0;
      await pruneChanges(writer, Date.now() + 1);
      await noteChange(writer, 'key', 'after');
      await feed.catchUp();
      assert.deepEqual(told, ['after']);
    });

    it('tells of more changes than are read at once', async () => {
      await feed.catchUp();
      told.length = 0;
      await insertMany(2_500);
      await feed.catchUp();
      assert.equal(told.length, 2_500);
      assert.deepEqual(await newly(), []);
    });

    it('has everything read anew when changes were removed before they were read', async () => {
      await feed.catchUp();
      told.length = 0;
      await missSome();
      await feed.catchUp();
      assert.deepEqual(told, ['everything']);
      assert.deepEqual(await newly(), []);
    });

    it('has everything read anew until that is done', async () => {
      await feed.catchUp();
      refuse = true;
      await missSome();
      await assert.rejects(feed.catchUp());
      await assert.rejects(feed.catchUp());
      refuse = false;
      told.length = 0;
      await feed.catchUp();
      assert.deepEqual(told, ['everything']);
    });

    it('has everything read anew when all changes are gone, and goes on', async () => {
      await feed.catchUp();
      told.length = 0;
      await writer.deleteFrom('changes').execute();
      await feed.catchUp();
      assert.deepEqual(told, ['everything']);
      assert.deepEqual(await newly(), []);
      await noteChange(writer, 'key', 'who knows what was before');
      await feed.catchUp();
      assert.deepEqual(told, ['everything']);
      await noteChange(writer, 'key', 'again');
      await feed.catchUp();
      assert.deepEqual(told, ['everything', 'again']);
    });

    it('says how long it has known nothing', async () => {
      await feed.catchUp();
      assert.ok(feed.ageMs < 5_000);
      const closed = await database.open();
      const broken = await ChangeFeed.open(closed, logger);
      await closed.destroy();
      await assert.rejects(broken.catchUp());
      const { ageMs } = broken;
      await sleep(10);
      await assert.rejects(broken.catchUp());
      assert.ok(broken.ageMs > ageMs);
    });

    it('counts the time for which its machine was suspended', async (test) => {
      await feed.catchUp();
      test.mock.timers.enable({ apis: ['Date'], now: Date.now() + TWENTY_MINUTES });
      assert.ok(feed.ageMs >= TWENTY_MINUTES - 1_000);
      test.mock.timers.reset();
      await feed.catchUp();
      assert.ok(feed.ageMs < 5_000);
    });

    it('finds changes by any number of numbers', async () => {
      await feed.catchUp();
      const before = await takeNumber();
      await insertMany(2_000);
      const all = Array.from({ length: 1_000 }, (_, at) => before + 1 + 2 * at);
      const single = await changesAmong(
        reader,
        all.map((seq) => ({ from: seq, to: seq })),
      );
      assert.deepEqual(
        single.map(({ seq }) => seq),
        all,
      );
      const wide = await changesAmong(reader, [
        { from: before - 5_000, to: before },
        { from: before + 10, to: before + 12 },
        { from: before + 100, to: before + 199 },
      ]);
      const kept = wide.filter(({ seq }) => seq > before);
      assert.equal(kept.length, 103);
      const many = Array.from({ length: 1_500 }, (_, at) => ({ from: -100 * at - 50, to: -100 * at }));
      const last = { from: before + 1, to: before + 1 };
      assert.equal((await changesAmong(reader, [...many, last])).length, 1);
      assert.deepEqual(await changesAmong(reader, []), []);
    });
  });
