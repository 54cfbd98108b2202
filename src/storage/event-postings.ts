/**
 * Where the events of a term stand, in chunks: one row for many events, since a row for each event and term would be most of
 * what an event costs. A chunk is found by its newest time and spans little time, so that a walk begins where it is to begin.
 */
import type SqliteDatabase from 'better-sqlite3';

/** Of one event: whole seconds since 1970, and its row. Rows rise in the order in which events came in. */
export interface Place {
  time: number;
  row: number;
}

/** A row of `event_postings`. */
export interface Chunk {
  max_time: number;
  first_row: number;
  min_time: number;
  places: Buffer;
}

/** By the number of a term. */
export type Postings = Map<number, Place[]>;

/** Adds a term's place to those that it has. */
export function addPlace(postings: Postings, term: number, place: Place): void {
  const places = postings.get(term);
  if (places === undefined) postings.set(term, [place]);
  else places.push(place);
}

export const POSTINGS_TABLE = `
  CREATE TABLE IF NOT EXISTS event_postings (
    term_id INTEGER NOT NULL,
    max_time BIGINT NOT NULL,
    first_row INTEGER NOT NULL,
    min_time BIGINT NOT NULL,
    places BLOB NOT NULL,
    PRIMARY KEY (term_id, max_time, first_row)
  ) WITHOUT ROWID;
`;

/** 4 bytes of time and 6 of row, big-endian. */
const PLACE_BYTES = 10;
/** SQLite keeps less than a quarter of a page beside the key; what is longer goes to pages of its own (sqlite.org, "File Format"). */
const PLACES_IN_CHUNK = 300;
/** Seconds. */
export const CHUNK_SPAN = 600;

/** Oldest first; events of one second in the order of their rows. */
const byPlace = (a: Place, b: Place): number => a.time - b.time || a.row - b.row;

/** @param places of one term; are put in order */
export function chunksOf(places: Place[]): Chunk[] {
  if (places.length > 1) places.sort(byPlace);
  const chunks: Chunk[] = [];
  for (let begin = 0; begin < places.length;) {
    const newest = (places[begin] as Place).time + CHUNK_SPAN;
    let end = begin + 1;
    while (end < places.length && end - begin < PLACES_IN_CHUNK && (places[end] as Place).time <= newest)
      end += 1;
    chunks.push(encode(places, begin, end));
    begin = end;
  }
  return chunks;
}

function encode(places: readonly Place[], begin: number, end: number): Chunk {
  const bytes = Buffer.allocUnsafe((end - begin) * PLACE_BYTES);
  let firstRow = Infinity;
  for (let i = begin, at = 0; i < end; i += 1, at += PLACE_BYTES) {
    const { time, row } = places[i] as Place;
    bytes.writeUInt32BE(time, at);
    bytes.writeUIntBE(row, at + 4, 6);
    if (row < firstRow) firstRow = row;
  }
  const [oldest, newest] = [places[begin] as Place, places[end - 1] as Place];
  return { max_time: newest.time, first_row: firstRow, min_time: oldest.time, places: bytes };
}

function decode({ places }: Chunk): Place[] {
  return Array.from({ length: places.length / PLACE_BYTES }, (_, i) => ({
    time: places.readUInt32BE(i * PLACE_BYTES),
    row: places.readUIntBE(i * PLACE_BYTES + 4, 6),
  }));
}

/**
 * The places of all chunks, newest first. Chunks of different writers overlap in time: a place comes when every chunk that may
 * have a newer one was read.
 * @param chunks with the newest `max_time` first
 */
export function* newestFirst(chunks: Iterable<Chunk>): Generator<Place> {
  const held: Place[] = [];
  for (const chunk of chunks) {
    for (let last = held.at(-1); last !== undefined && last.time > chunk.max_time; last = held.at(-1)) {
      held.pop();
      yield last;
    }
    held.push(...decode(chunk));
    held.sort(byPlace);
  }
  while (held.length > 0) yield held.pop() as Place;
}

/** Two successions of chunks as one, the newest `max_time` first. */
function* byNewest(some: readonly Chunk[], others: Iterable<Chunk>): Generator<Chunk> {
  let at = 0;
  for (const other of others) {
    for (
      let chunk = some[at];
      chunk !== undefined && chunk.max_time >= other.max_time;
      chunk = some[(at += 1)]
    )
      yield chunk;
    yield other;
  }
  yield* some.slice(at);
}

export type AddPostings = (term: number, places: Place[]) => void;

export function postingsInto(db: SqliteDatabase.Database, table: 'event_postings' | 'filling'): AddPostings {
  const insert = db.prepare(
    `INSERT OR REPLACE INTO ${table} (term_id, max_time, first_row, min_time, places) VALUES (?, ?, ?, ?, ?)`,
  );
  return (term, places) => {
    for (const chunk of chunksOf(places))
      insert.run(term, chunk.max_time, chunk.first_row, chunk.min_time, chunk.places);
  };
}

/** Chunks that are read at once. */
const CHUNKS_AT_ONCE = 4;

export type ReadPostings = (term: number, from: number, to: number) => Generator<Place>;

/**
 * Reads a term's places from a time to a time (seconds since 1970, both inclusive), newest first.
 * @param fresh chunks of places that may not be in the table, newest first
 */
export function postingsFrom(
  db: SqliteDatabase.Database,
  fresh: (term: number, from: number, to: number) => Chunk[],
): ReadPostings {
  const some = db.prepare(
    'SELECT max_time, first_row, min_time, places FROM event_postings ' +
      'WHERE term_id = ? AND max_time >= ? AND (max_time, first_row) < (?, ?) AND min_time <= ? ' +
      'ORDER BY max_time DESC, first_row DESC LIMIT ?',
  );
  function* chunks(term: number, from: number, to: number): Generator<Chunk> {
    let before = { max_time: to + CHUNK_SPAN + 1, first_row: 0 };
    for (;;) {
      const read = some.all(term, from, before.max_time, before.first_row, to, CHUNKS_AT_ONCE) as Chunk[];
      yield* read;
      const last = read.at(-1);
      if (last === undefined || read.length < CHUNKS_AT_ONCE) return;
      before = last;
    }
  }
  return function* (term, from, to) {
    let last: Place | undefined; // a place stands twice while it is put into the table
    for (const place of newestFirst(byNewest(fresh(term, from, to), chunks(term, from, to)))) {
      if (place.row === last?.row) continue;
      last = place;
      if (place.time >= from && place.time <= to) yield place;
    }
  };
}
