/** The reading thread, from its start: how far it may read. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { pino } from 'pino';
import { openJournal } from '../../src/audit/journal.ts';
import { TrailReader } from '../../src/trail-reader/client.ts';
import { freshFolder, sampleEvent } from '../audit/sample.ts';
import { eventually } from '../stories/claviger.ts';

it('the reader takes nothing beyond what it was told is durable, also as it starts', async (test) => {
  const dir = await freshFolder();
  const journal = await openJournal({ dir: join(dir, 'audit'), writerId: 'w1' });
  test.after(() => journal.close());
  for (let count = 0; count < 3; count += 1) await journal.append(sampleEvent());
  const reader = new TrailReader(
    {
      ...{ journalDir: join(dir, 'audit'), indexFile: join(dir, 'events.db') },
      ...{ historyDays: 90, placesDir: join(dir, 'sinks'), sinks: [], keepsHistory: true },
    },
    { w1: 1 },
    pino({ level: 'silent' }),
  );
  test.after(() => reader.close());
  const indexed = (): Promise<number | undefined> => reader.ask('indexed', null).then(({ w1 }) => w1);
  assert.equal(await eventually(10_000, 'something is read', indexed), 1);
  reader.advance({ w1: 2 });
  await eventually(10_000, 'the next is read', async () => ((await indexed()) === 2 ? true : undefined));
});
