/**
 * Places of terms that few events of a transaction have, in the order in which they came. When there are many, they are put
 * among all others (event-postings.ts), where each term grows at a page of its own: with ten thousand keys by turns each
 * event would have a page read and written for itself alone, which costs more than all else that is done for it. So a term's
 * page is written once for all of its events that came meanwhile.
 */
import type SqliteDatabase from 'better-sqlite3';
import { addPlace, chunksOf } from './event-postings.ts';
import type { AddPostings, Chunk, Place, Postings } from './event-postings.ts';

export const FRESH_TABLE = `
  CREATE TABLE IF NOT EXISTS fresh_postings (batch INTEGER PRIMARY KEY, places BLOB NOT NULL);
`;

/** 6 bytes of term, 4 of time and 6 of row, big-endian. */
const ENTRY_BYTES = 16;
const TIME_AT = 6;
const ROW_AT = 10;

/** When to put them among all others. */
interface Limits {
  /** Every lookup reads them all, and as many again while they are put among all others: a few ms for so many. */
  places: number;
  batches: number;
  /** Terms of one step, at least. */
  leastTerms: number;
}
const LIMITS: Limits = { places: 300_000, batches: 1_000, leastTerms: 50 };

/** Places that are being put among all others, term by term in their order, so that pages are met one after the other. */
interface Merging {
  terms: [term: number, places: Place[]][];
  done: number;
  /** The last batch that they came from. */
  upTo: number;
}

export class FreshPostings {
  readonly #merge: AddPostings;
  readonly #limits: Limits;
  readonly #statements;
  #places = 0;
  #batches = 0;
  #merging: Merging | undefined;

  /** @param merge puts a term's places among all others; given the same ones and more again, it replaces them */
  constructor(db: SqliteDatabase.Database, merge: AddPostings, limits = LIMITS) {
    this.#merge = merge;
    this.#limits = limits;
    this.#statements = {
      add: db.prepare('INSERT INTO fresh_postings (places) VALUES (?)'),
      all: db.prepare('SELECT batch, places FROM fresh_postings ORDER BY batch'),
      remove: db.prepare('DELETE FROM fresh_postings WHERE batch <= ?'),
      size: db.prepare('SELECT count(*) AS batches, total(length(places)) AS bytes FROM fresh_postings'),
    };
    this.restart();
  }

  /** Begins with what the file has: at first, and after a transaction was rolled back. */
  restart(): void {
    const { batches, bytes } = this.#statements.size.get() as { batches: number; bytes: number };
    this.#batches = batches;
    this.#places = bytes / ENTRY_BYTES;
    this.#merging = undefined;
  }

  /**
   * Adds places, and puts some of those from before among all others: twice the part of them that these places are of what
   * may be fresh, so that it ends before the next ones are due. To be called within a transaction.
   */
  add(postings: Postings): void {
    if (postings.size === 0) return;
    const places = encode(postings);
    this.#statements.add.run(places);
    const added = places.length / ENTRY_BYTES;
    this.#places += added;
    this.#batches += 1;
    const limits = this.#limits;
    if (this.#merging === undefined && (this.#places >= limits.places || this.#batches >= limits.batches))
      this.#merging = this.#begin();
    if (this.#merging !== undefined) this.#mergeSome(this.#merging, (2 * added) / limits.places);
  }

  /**
   * A term's chunks with places from a time to a time (seconds since 1970, both inclusive), newest first. Some of their places
   * may already be among all others too.
   */
  chunks(term: number, from: number, to: number): Chunk[] {
    const places: Place[] = [];
    for (const { places: bytes } of this.#all()) {
      for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
        if (bytes.readUIntBE(at, TIME_AT) !== term) continue;
        const place = placeAt(bytes, at);
        if (place.time >= from && place.time <= to) places.push(place);
      }
    }
    return chunksOf(places).reverse();
  }

  #begin(): Merging {
    const postings: Postings = new Map();
    let upTo = 0;
    for (const { batch, places: bytes } of this.#all()) {
      upTo = batch;
      for (let at = 0; at < bytes.length; at += ENTRY_BYTES)
        addPlace(postings, bytes.readUIntBE(at, TIME_AT), placeAt(bytes, at));
    }
    this.#places = 0;
    this.#batches = 0;
    return { terms: [...postings].sort(([a], [b]) => a - b), done: 0, upTo };
  }

  /** @param part of all, at least */
  #mergeSome(merging: Merging, part: number): void {
    const { terms, upTo } = merging;
    const end = merging.done + Math.max(this.#limits.leastTerms, Math.ceil(part * terms.length));
    for (const [term, places] of terms.slice(merging.done, end)) this.#merge(term, places);
    merging.done = end;
    if (end < terms.length) return;
    this.#statements.remove.run(upTo);
    this.#merging = undefined;
  }

  #all(): { batch: number; places: Buffer }[] {
    return this.#statements.all.all() as { batch: number; places: Buffer }[];
  }
}

function encode(postings: Postings): Buffer {
  let count = 0;
  for (const places of postings.values()) count += places.length;
  const bytes = Buffer.allocUnsafe(count * ENTRY_BYTES);
  let at = 0;
  for (const [term, places] of postings) {
    for (const { time, row } of places) {
      bytes.writeUIntBE(term, at, TIME_AT);
      bytes.writeUInt32BE(time, at + TIME_AT);
      bytes.writeUIntBE(row, at + ROW_AT, 6);
      at += ENTRY_BYTES;
    }
  }
  return bytes;
}

function placeAt(bytes: Buffer, at: number): Place {
  return { time: bytes.readUInt32BE(at + TIME_AT), row: bytes.readUIntBE(at + ROW_AT, 6) };
}
