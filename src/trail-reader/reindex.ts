/** Makes the event history anew from the journal: into a file of its own, which then takes the place of the old one. */
import { renameSync, rmSync } from 'node:fs';
import { historyEntry } from '../audit/history.ts';
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
  const aside = `${indexFile}.new`;
  removeDatabase(aside);
  const index = new EventIndex(aside);
  index.beginFilling();
  const tail = new JournalTail(journalDir, {});
  let count = 0;
  for (;;) {
    const records = await tail.read({});
    if (records.length === 0) break;
    const entries = records.flatMap(({ bytes }) => {
      try {
        return [historyEntry(bytes.toString('utf8'))];
      } catch {
        return []; // damaged: verification names it
      }
    });
    index.add(entries, tail.positions);
    count += entries.length;
    told(count);
  }
  index.endFilling();
  index.close(); // takes what the write-ahead log holds into the file
  removeDatabase(indexFile);
  renameSync(aside, indexFile);
  return count;
}

function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
}
