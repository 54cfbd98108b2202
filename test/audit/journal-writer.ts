/**
 * A process for the tests to kill: appends without end, 16 at a time, and prints each event's id once it is durable.
 * Arguments: folder, writer id, segment bytes.
 */
import { writeSync } from 'node:fs';
import { openJournal } from '../../src/audit/journal.ts';
import { sampleEvent } from './sample.ts';

const [dir, writerId, segmentBytes] = process.argv.slice(2) as [string, string, string];
const journal = await openJournal({ dir, writerId, segmentBytes: Number(segmentBytes) });
await Promise.all(
  Array.from({ length: 16 }, async () => {
    for (;;) {
      const event = sampleEvent();
      await journal.append(event);
      writeSync(1, `${event.eventID}\n`);
    }
  }),
);
