/** Makes the event history anew, from the journal or from an older one: into a file of its own, which then takes its place. */
import { renameSync, rmSync } from 'node:fs';
import SqliteDatabase from 'better-sqlite3';
import { readableEntry } from '../audit/history.ts';
import { JournalTail } from '../audit/tail.ts';
import { EventIndex } from '../storage/event-index.ts';

/**
 * Nobody else may have the history open.
 * @param told called now and then with the number of events so far
 * @returns the number of events
 */
export async function rebuildHistory(
  journalDir: string,
  indexFile: string,
  told: (events: number) => void = () => undefined,
): Promise<number> {
  const index = beginAside(indexFile);
  const tail = new JournalTail(journalDir, {});
  let count = 0;
  for (;;) {
    const records = await tail.read({});
    if (records.length === 0) break;
    const entries = records.flatMap(({ bytes }) => readableEntry(bytes.toString('utf8')));
    index.add(entries, tail.positions);
    count += entries.length;
    told(count);
  }
  putInPlace(index, indexFile);
  return count;
}

const EVENTS_AT_ONCE = 1_000;

/**
 * Takes over all events of a history that another version wrote: the journal may have forgotten the oldest.
 * @throws SqliteError when it is damaged
 */
export function upgradeHistory(indexFile: string): void {
  const index = beginAside(indexFile);
  const old = new SqliteDatabase(indexFile, { readonly: true });
  try {
    const some = old.prepare(
      'SELECT event_row, record FROM events WHERE event_row > ? ORDER BY event_row LIMIT ?',
    );
    for (let after = 0; ;) {
      const rows = some.all(after, EVENTS_AT_ONCE) as { event_row: number; record: string }[];
      index.add(
        rows.flatMap(({ record }) => readableEntry(record)),
        {},
      );
      const last = rows.at(-1);
      if (last === undefined) break;
      after = last.event_row;
    }
    const positions = old.prepare('SELECT writer, seq FROM event_positions').all() as Position[];
    index.add([], Object.fromEntries(positions.map(({ writer, seq }) => [writer, seq])));
  } finally {
    old.close(); // before another file takes its place: SQLite removes write-ahead logs by their path
  }
  putInPlace(index, indexFile);
}

interface Position {
  writer: string;
  seq: number;
}

const asideOf = (indexFile: string): string => `${indexFile}.new`;

function beginAside(indexFile: string): EventIndex {
  removeDatabase(asideOf(indexFile));
  const index = new EventIndex(asideOf(indexFile));
  index.beginFilling();
  return index;
}

function putInPlace(index: EventIndex, indexFile: string): void {
  index.endFilling();
  index.close(); // takes what the write-ahead log holds into the file
  removeDatabase(indexFile);
  renameSync(asideOf(indexFile), indexFile);
}

function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
}
