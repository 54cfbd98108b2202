/** The event history on disk: lookups walk an index, forgetting takes what is old and nothing else. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import { ACCOUNT, REGION, keyArn, sampleRecord, userName } from '../../bench/sample-events.ts';
import { historyEntry } from '../../src/audit/history.ts';
import { EventIndex } from '../../src/storage/event-index.ts';
import type { HistoryAttribute, HistoryPage, HistoryQuery } from '../../src/storage/event-index.ts';

const EVENTS = 50_000;
const BEGIN = Date.UTC(2026, 0, 1);
const STEP_MS = 100;

describe(`a history of ${EVENTS} events`, () => {
  let folder: string;
  let file: string;
  let index: EventIndex;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'claviger-history-'));
    file = join(folder, 'events.db');
    index = new EventIndex(file);
    for (let number = 0; number < EVENTS;) {
      const batch = [];
      for (; batch.length < 5_000; number += 1) {
        batch.push(historyEntry(sampleRecord(number, BEGIN + number * STEP_MS)));
      }
      index.add(batch, { w1: number });
    }
  });
  after(() => {
    index.close();
    rmSync(folder, { recursive: true });
  });

  const find = (changes: Partial<HistoryQuery>): HistoryPage =>
    index.find({
      ...{ accountId: ACCOUNT, region: REGION, attribute: undefined, from: 0, to: BEGIN, after: undefined },
      limit: 50,
      ...changes,
    });
  const all = (changes: Partial<HistoryQuery>): number => {
    let count = 0;
    let after: HistoryQuery['after'];
    do {
      const page = find({ ...changes, after });
      count += page.records.length;
      after = page.next;
    } while (after !== undefined);
    return count;
  };

  it('finds all events of each attribute, and no others', () => {
    const counts: [HistoryAttribute, string, number][] = [
      ['EventName', 'CreateKey', Math.floor(EVENTS / 6)],
      ['Username', userName(7), EVENTS / 200],
      ['ResourceName', keyArn(7), EVENTS / 2_000],
      ['AccessKeyId', `AKIA${'7'.padStart(16, '0')}`, EVENTS / 200],
      ['ReadOnly', 'false', Math.floor(EVENTS / 6)],
      ['EventSource', 'iam.amazonaws.com', 0],
    ];
    for (const [key, value, count] of counts) {
      assert.equal(all({ attribute: { key, value }, limit: 1_000 }), count, key);
    }
    assert.equal(all({ accountId: '999999999999' }), 0);
    assert.equal(all({ region: 'eu-west-1' }), 0);
  });

  it('walks an index for every lookup, whatever the size', () => {
    const db = new SqliteDatabase(file, { readonly: true });
    const plan = db
      .prepare(
        'EXPLAIN QUERY PLAN SELECT max_time, first_row, min_time, places FROM event_postings ' +
          'WHERE term_id = ? AND max_time >= ? AND (max_time, first_row) < (?, ?) AND min_time <= ? ' +
          'ORDER BY max_time DESC, first_row DESC LIMIT ?',
      )
      .all(1, 1, 1, 1, 1, 1)
      .map((row) => (row as { detail: string }).detail);
    db.close();
    assert.equal(plan.length, 1);
    assert.ok(
      plan.every((detail) => detail.startsWith('SEARCH')),
      plan.join('; '),
    );
  });

  it('finds a key by its ARN and by its id, and one of another Region by its ARN alone', () => {
    const keyId = keyArn(7).split('/')[1] ?? '';
    const by = (value: string): number => all({ attribute: { key: 'ResourceName', value } });
    assert.equal(by(keyId), EVENTS / 2_000);
    assert.equal(by(keyArn(7).replace(REGION, 'eu-west-3')), 0);
  });

  it('takes the same events again without counting them twice', () => {
    const page = find({ limit: 10 });
    index.add(page.records.map(historyEntry), { w1: EVENTS });
    assert.deepEqual(find({ limit: 10 }), page);
    assert.deepEqual(index.positions(), { w1: EVENTS });
  });

  it('forgets what is older than a time, step by step', () => {
    const half = BEGIN / 1000 + (EVENTS * STEP_MS) / 2000;
    for (let round = 0; round < 10; round += 1) {
      for (let term: number | undefined = 0; term !== undefined;) term = index.prune(half, term);
    }
    assert.equal(all({ limit: 5_000 }), EVENTS / 2);
    assert.equal(all({ attribute: { key: 'Username', value: userName(7) } }), EVENTS / 400);
    const db = new SqliteDatabase(file, { readonly: true });
    const { left } = db.prepare('SELECT count(*) AS left FROM events').get() as { left: number };
    db.close();
    assert.equal(left, EVENTS / 2);
  });
});

describe('a history of the version before, which had no fresh postings', () => {
  it('is opened as it is, and goes on', () => {
    const folder = mkdtempSync(join(tmpdir(), 'claviger-history-'));
    const file = join(folder, 'events.db');
    const entries = (from: number, count: number) =>
      Array.from({ length: count }, (_, n) => historyEntry(sampleRecord(6 * (from + n), BEGIN)));
    const query = { accountId: ACCOUNT, region: REGION, from: 0, to: BEGIN, after: undefined, limit: 1_000 };
    const [kept, came] = [300, 5]; // so many at once that each common term gets chunks
    let index = new EventIndex(file);
    index.add(entries(0, kept), { w1: kept });
    index.close();
    const older = new SqliteDatabase(file);
    older.exec('DROP TABLE fresh_postings; PRAGMA user_version = 2');
    older.close();
    index = new EventIndex(file);
    index.add(entries(kept, came), { w1: kept + came });
    assert.equal(index.find({ ...query, attribute: undefined }).records.length, kept + came);
    assert.deepEqual(index.positions(), { w1: kept + came });
    index.close();
    rmSync(folder, { recursive: true });
  });
});

describe('events that could not be added', () => {
  let folder: string;
  let index: EventIndex;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'claviger-history-'));
    index = new EventIndex(join(folder, 'events.db'));
  });
  after(() => {
    index.close();
    rmSync(folder, { recursive: true });
  });

  it('leave no number of a term behind that another term gets', () => {
    const [failed, between, again] = [1, 2, 3].map((user) => historyEntry(sampleRecord(user, BEGIN)));
    assert.ok(failed !== undefined && between !== undefined && again !== undefined);
    const username = userName(1);
    const unfit = { ...between, eventId: null as unknown as string };
    assert.throws(() => index.add([{ ...failed, username }, unfit], { w1: 2 }));
    index.add([between], { w1: 2 });
    index.add([{ ...again, username }], { w1: 3 });
    for (const [value, record] of [
      [username, again.record],
      [userName(2), between.record],
    ] as const) {
      const query = { accountId: ACCOUNT, region: REGION, from: 0, to: BEGIN, after: undefined, limit: 50 };
      const { records } = index.find({ ...query, attribute: { key: 'Username', value } });
      assert.deepEqual(records, [record]);
    }
  });
});
