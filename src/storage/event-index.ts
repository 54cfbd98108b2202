/**
 * The event history as LookupEvents asks for it: a database file of its own beside the main one, since it grows with every
 * call and can be made anew from the journal (docs/decisions/0020-event-history.md). It is filled and read in one thread,
 * away from the server's (src/trail-reader).
 *
 * Every attribute of an event is a term; a term has its events in order of time (event-postings.ts). So a lookup by any
 * attribute, or by none, is one walk along one index.
 */
import { chmodSync } from 'node:fs';
import SqliteDatabase from 'better-sqlite3';
import { POSTINGS_TABLE, addPlace, postingsFrom, postingsInto } from './event-postings.ts';
import type { AddPostings, Place, Postings, ReadPostings } from './event-postings.ts';
import { FRESH_TABLE, FreshPostings } from './fresh-postings.ts';

export interface EventResourceName {
  type: string;
  name: string;
}

/** An event with what it can be found by. */
export interface HistoryEvent {
  eventId: string;
  accountId: string;
  region: string;
  /** Whole seconds since 1970. */
  time: number;
  eventName: string;
  eventSource: string;
  readOnly: boolean;
  username: string | undefined;
  accessKeyId: string | undefined;
  resources: readonly EventResourceName[];
  /** The whole record, JSON. */
  record: string;
}

/** LookupAttributeKey of the API. */
export type HistoryAttribute =
  | 'EventId'
  | 'EventName'
  | 'ReadOnly'
  | 'Username'
  | 'ResourceType'
  | 'ResourceName'
  | 'EventSource'
  | 'AccessKeyId';

export interface HistoryQuery {
  accountId: string;
  region: string;
  attribute: { key: HistoryAttribute; value: string } | undefined;
  /** Whole seconds since 1970, both inclusive. */
  from: number;
  to: number;
  /** The last event of the page before. */
  after: HistoryPlace | undefined;
  limit: number;
}

/** Where an event stands in the history, newest first. */
export type HistoryPlace = Place;

export interface HistoryPage {
  /** Whole records, JSON, newest first. */
  records: string[];
  /** Place of the last event when there are more. */
  next: HistoryPlace | undefined;
}

const TABLES = `
  CREATE TABLE IF NOT EXISTS events (
    event_row INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL,
    region TEXT NOT NULL,
    event_time BIGINT NOT NULL,
    record TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS event_terms (term_id INTEGER PRIMARY KEY, term TEXT NOT NULL UNIQUE);
  CREATE TABLE IF NOT EXISTS event_positions (writer TEXT PRIMARY KEY, seq BIGINT NOT NULL);
  ${POSTINGS_TABLE}
  ${FRESH_TABLE}
`;

/** Of the tables; kept in SQLite's `user_version`. One of another version is taken over (trail-reader/reindex.ts). */
const VERSION = 3;
/** Has all tables but that of fresh postings. */
const VERSION_WITHOUT_FRESH = 2;

/** Terms whose numbers are kept in memory. */
const KNOWN_TERMS = 50_000;
/** A term that so many events of a transaction have gets chunks of its own at once. */
const ENOUGH_PLACES = 32;
/** Events are long and come one after the other: with large pages, fewer are written. */
const PAGE_BYTES = 16_384;
/** Pages that the write-ahead log may hold, 32 MB: those that every transaction writes anew are copied once in so many. */
const CHECKPOINT_PAGES = 2_000;
/** How much one step of forgetting takes on. */
const PRUNED_TERMS = 500;
const PRUNED_EVENTS = 5_000;

/** The file was written by another version of Claviger. */
export class OutdatedHistory extends Error {
  override readonly name = 'OutdatedHistory';
}

/** Terms of one account and Region: numbers by attribute and value. */
interface KnownTerms {
  scope: Scope;
  ids: Map<HistoryAttribute | '', Map<string, number>>;
}

export class EventIndex {
  readonly #db: SqliteDatabase.Database;
  readonly #statements;
  readonly #terms = new Map<string, KnownTerms>();
  #knownTerms = 0;
  #addPostings: AddPostings;
  readonly #fresh: FreshPostings;
  readonly #readPostings: ReadPostings;
  #filling = false;

  /** Opens the file, made when it is not there. @throws OutdatedHistory */
  constructor(file: string) {
    this.#db = new SqliteDatabase(file);
    chmodSync(file, 0o600);
    this.#db.pragma(`page_size = ${PAGE_BYTES}`);
    this.#db.pragma('journal_mode = WAL');
    // a loss of power may take the newest transactions, and their positions with them: they are read again
    this.#db.pragma('synchronous = NORMAL');
    this.#db.pragma('busy_timeout = 5000');
    this.#db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    this.#db.pragma('cache_size = -65536'); // 64 MiB: terms grow at pages of their own
    const version = this.#db.pragma('user_version', { simple: true }) as number;
    if (version !== VERSION) {
      const filled =
        this.#db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'events'").get() !== undefined;
      if (filled && version !== VERSION_WITHOUT_FRESH) {
        this.#db.close();
        throw new OutdatedHistory(`the event history has version ${version}`);
      }
      this.#db.pragma(`user_version = ${VERSION}`);
    }
    this.#db.exec(TABLES);
    this.#statements = statementsOf(this.#db);
    this.#addPostings = postingsInto(this.#db, 'event_postings');
    this.#fresh = new FreshPostings(this.#db, this.#addPostings);
    this.#readPostings = postingsFrom(this.#db, (term, from, to) => this.#fresh.chunks(term, from, to));
  }

  /** For each writer the number of the last record that is in the history. */
  positions(): Record<string, number> {
    const rows = this.#statements.positions.all() as { writer: string; seq: number }[];
    return Object.fromEntries(rows.map(({ writer, seq }) => [writer, seq]));
  }

  /** Takes events in, once each, and notes how far the journals were read; all of it or nothing. */
  add(events: readonly HistoryEvent[], positions: Readonly<Record<string, number>>): void {
    const add = this.#db.transaction(() => {
      const postings: Postings = new Map();
      for (const event of events) this.#addOne(event, postings);
      this.#addAll(postings);
      for (const [writer, seq] of Object.entries(positions)) this.#statements.setPosition.run(writer, seq);
    });
    try {
      add();
    } catch (error) {
      this.#forgetTerms(); // some may have been rolled back, and others will get their numbers
      this.#fresh.restart();
      throw error;
    }
  }

  #addAll(postings: Postings): void {
    const few: Postings = new Map();
    for (const [term, places] of postings) {
      if (places.length < ENOUGH_PLACES && !this.#filling) few.set(term, places);
      else this.#addPostings(term, places);
    }
    this.#fresh.add(few);
  }

  /**
   * Makes a history out of many events at once, in a file that nobody else has open: postings, which come in no order, are set
   * aside and sorted once, at {@link endFilling}. A crash leaves a file to be thrown away.
   */
  beginFilling(): void {
    this.#db.pragma('temp_store = FILE');
    this.#db.exec(
      'CREATE TEMP TABLE filling (term_id INTEGER, max_time INTEGER, first_row INTEGER, min_time INTEGER, places BLOB)',
    );
    this.#addPostings = postingsInto(this.#db, 'filling');
    this.#filling = true;
  }

  endFilling(): void {
    this.#db.exec(
      'INSERT INTO event_postings SELECT term_id, max_time, first_row, min_time, places FROM filling ORDER BY 1, 2, 3; ' +
        'DROP TABLE filling',
    );
    this.#addPostings = postingsInto(this.#db, 'event_postings');
    this.#filling = false;
    this.#db.pragma('synchronous = FULL'); // closing syncs the whole file
    this.#db.pragma('wal_checkpoint(TRUNCATE)');
  }

  find(query: HistoryQuery): HistoryPage {
    if (query.attribute?.key === 'EventId') return this.#findOne(query, query.attribute.value);
    const term = this.#statements.termId.get(termOf(query, query.attribute)) as
      { term_id: number } | undefined;
    if (term === undefined) return { records: [], next: undefined };
    const { from, after, limit } = query;
    const to = Math.min(query.to, after?.time ?? Infinity);
    const found: { place: HistoryPlace; record: string }[] = [];
    for (const place of this.#readPostings(term.term_id, from, to)) {
      if (after !== undefined && place.time === after.time && place.row >= after.row) continue;
      const event = this.#statements.record.get(place.row) as { record: string } | undefined;
      if (event === undefined) continue; // forgotten; its place in the term goes in a later step
      if (found.length === limit)
        return { records: found.map(({ record }) => record), next: found.at(-1)?.place };
      found.push({ place, record: event.record });
    }
    return { records: found.map(({ record }) => record), next: undefined };
  }

  #findOne(query: HistoryQuery, eventId: string): HistoryPage {
    const event = this.#statements.byId.get(eventId, query.accountId, query.region, query.from, query.to) as
      { record: string } | undefined;
    return { records: event === undefined ? [] : [event.record], next: undefined };
  }

  /**
   * Forgets some of the events before `time` (seconds since 1970), going along the terms.
   * @param afterTerm where the last call stopped; 0 at first
   * @returns where to go on, undefined when all is done
   */
  prune(time: number, afterTerm: number): number | undefined {
    const terms = this.#statements.someTerms.all(afterTerm, PRUNED_TERMS) as { term_id: number }[];
    this.#db.transaction(() => {
      for (const { term_id: id } of terms) this.#statements.removePostings.run(id, time);
      this.#statements.removeEvents.run(PRUNED_EVENTS, time);
    })();
    return terms.at(-1)?.term_id;
  }

  close(): void {
    this.#db.close();
  }

  #addOne(event: HistoryEvent, postings: Postings): void {
    const { eventId, accountId, region, time, record } = event;
    const added = this.#statements.addEvent.run(eventId, accountId, region, time, record);
    if (added.changes === 0) return; // the journal may hold an event twice: brought in again after a crash
    const place = { time, row: Number(added.lastInsertRowid) };
    for (const term of this.#termIds(event)) addPlace(postings, term, place);
  }

  /** Everything that an event can be found by; the first one is that of all events. EventId finds one event. */
  #termIds(event: HistoryEvent): number[] {
    const name = `${event.accountId}\n${event.region}`;
    let known = this.#terms.get(name);
    if (known === undefined) {
      const { accountId, region } = event;
      this.#terms.set(name, (known = { scope: { accountId, region }, ids: new Map() }));
    }
    const ids: number[] = [];
    const add = (key: HistoryAttribute | '', value: string | undefined): void => {
      if (value === undefined) return;
      const id = known.ids.get(key)?.get(value) ?? this.#learnTerm(known, key, value);
      if (!ids.includes(id)) ids.push(id);
    };
    add('', '');
    add('EventName', event.eventName);
    add('EventSource', event.eventSource);
    add('ReadOnly', event.readOnly ? 'true' : 'false');
    add('Username', event.username);
    add('AccessKeyId', event.accessKeyId);
    for (const { type, name: resource } of event.resources) {
      add('ResourceType', type);
      add('ResourceName', resourceName(known.scope, resource));
    }
    return ids;
  }

  #learnTerm({ scope, ids }: KnownTerms, key: HistoryAttribute | '', value: string): number {
    const term = termOf(scope, { key, value });
    const added = this.#statements.addTerm.run(term);
    const id =
      added.changes === 1
        ? Number(added.lastInsertRowid)
        : (this.#statements.termId.get(term) as { term_id: number }).term_id;
    if (this.#knownTerms >= KNOWN_TERMS) this.#forgetTerms();
    let values = ids.get(key);
    if (values === undefined) ids.set(key, (values = new Map<string, number>()));
    values.set(value, id);
    this.#knownTerms += 1;
    return id;
  }

  #forgetTerms(): void {
    this.#terms.clear();
    this.#knownTerms = 0;
  }
}

function statementsOf(db: SqliteDatabase.Database) {
  return {
    positions: db.prepare('SELECT writer, seq FROM event_positions'),
    setPosition: db.prepare(
      'INSERT INTO event_positions (writer, seq) VALUES (?, ?) ON CONFLICT (writer) DO UPDATE SET seq = excluded.seq',
    ),
    addEvent: db.prepare(
      'INSERT INTO events (event_id, account_id, region, event_time, record) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    addTerm: db.prepare('INSERT INTO event_terms (term) VALUES (?) ON CONFLICT DO NOTHING'),
    termId: db.prepare('SELECT term_id FROM event_terms WHERE term = ?'),
    record: db.prepare('SELECT record FROM events WHERE event_row = ?'),
    byId: db.prepare(
      'SELECT record FROM events ' +
        'WHERE event_id = ? AND account_id = ? AND region = ? AND event_time BETWEEN ? AND ?',
    ),
    someTerms: db.prepare('SELECT term_id FROM event_terms WHERE term_id > ? ORDER BY term_id LIMIT ?'),
    removePostings: db.prepare('DELETE FROM event_postings WHERE term_id = ? AND max_time < ?'),
    // rows come in about in the order of their times, so the oldest ones are found without an index
    removeEvents: db.prepare(
      'DELETE FROM events WHERE event_row < (SELECT coalesce(min(event_row), 0) + ? FROM events) AND event_time < ?',
    ),
  };
}

const KEY_ARN_BEGINNING = 'arn:aws:kms:';

type Scope = Pick<HistoryEvent, 'accountId' | 'region'>;

function termOf(scope: Scope, attribute: { key: string; value: string } | undefined): string {
  const { key, value } = attribute ?? { key: '', value: '' };
  const named = key === 'ResourceName' ? resourceName(scope, value) : value;
  return [scope.accountId, scope.region, key, named].join('\n');
}

/** A key is there under its ARN and under its id: one term for both. */
function resourceName({ accountId, region }: Scope, name: string): string {
  const { length } = KEY_ARN_BEGINNING;
  if (!name.startsWith(KEY_ARN_BEGINNING)) return name;
  const owner = `${region}:${accountId}:key/`;
  return name.startsWith(owner, length) ? name.slice(length + owner.length) : name;
}
