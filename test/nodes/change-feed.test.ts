/** What one process commits another one is told of, in whatever order commits become visible. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { ChangeFeed } from '../../src/nodes/change-feed.ts';
import { noteChange, pruneChanges } from '../../src/storage/changes.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';
import type { Database } from '../../src/storage/store.ts';

const logger = pino({ level: 'silent' });

describe('the feed of changes', () => {
  let dir: string;
  let writer: Database;
  let reader: Database;
  let feed: ChangeFeed;
  const told: string[] = [];
  let refuse = false;

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'claviger-feed-'));
    writer = await openSqlite(join(dir, 'db'));
    reader = await openSqlite(join(dir, 'db'));
    await noteChange(writer, 'key', 'before the reader came');
    feed = await ChangeFeed.open(reader, logger);
    feed.follow({
      changed: async (changes) => {
        if (refuse) throw new Error('cannot take it over now');
        told.push(...changes.map(({ subject }) => subject));
      },
      everything: async () => void told.push('everything'),
    });
  });
  after(async () => {
    await feed.stop();
    await writer.destroy();
    await reader.destroy();
    rmSync(dir, { recursive: true, force: true });
  });

  const newly = async (): Promise<string[]> => {
    told.length = 0;
    await feed.catchUp();
    return [...told];
  };
  const insert = (seq: number, subject: string): Promise<unknown> =>
    writer
      .insertInto('changes')
      .values({ seq, topic: 'key', subject, changed_at: Date.now() } as never)
      .execute();

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
    await insert(100, 'later number, earlier commit');
    await feed.catchUp();
    told.length = 0;
    await insert(99, 'earlier number, later commit');
    await feed.catchUp();
    assert.deepEqual(told, ['earlier number, later commit']);
    assert.deepEqual(await newly(), []);
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
      writer.transaction().execute(async (tx) => {
        await noteChange(tx, 'key', 'never was');
        throw new Error('no');
      }),
    );
    assert.deepEqual(await newly(), []);
  });

  it('goes on after old changes were removed', async () => {
    await pruneChanges(writer, Date.now() + 1);
    await noteChange(writer, 'key', 'after');
    await feed.catchUp();
    assert.ok(told.includes('after'));
  });

  it('says how long it has known nothing', async () => {
    await feed.catchUp();
    assert.ok(feed.ageMs < 5_000);
    const closed = await openSqlite(join(dir, 'db'));
    const broken = await ChangeFeed.open(closed, logger);
    await closed.destroy();
    await assert.rejects(broken.catchUp());
    const { ageMs } = broken;
    await assert.rejects(broken.catchUp());
    assert.ok(broken.ageMs > ageMs);
  });
});
