import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openJournal } from '../../src/audit/journal.ts';
import { readJournal } from '../../src/audit/reading.ts';
import { verifyJournal } from '../../src/audit/verify.ts';
import { freshFolder, sampleEvent } from './sample.ts';

const KILLS = 20;
const writer = fileURLToPath(new URL('./journal-writer.ts', import.meta.url));

/** Starts a writer, kills it `aliveMs` after its first acknowledgement, and gives the ids that it acknowledged. */
async function writeUntilKilled(dir: string, aliveMs: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', writer, dir, 'w1', '40000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  const closed = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), closed]);
  await sleep(aliveMs);
  child.kill('SIGKILL');
  await closed;
  return text.split('\n').slice(0, -1);
}

describe('a journal whose writer is killed', () => {
  it(`holds every acknowledged record after ${KILLS} times kill -9, and its chain is whole`, async () => {
    const dir = await freshFolder();
    const acknowledged: string[] = [];
    for (let round = 0; round < KILLS; round += 1) {
      const ids = await writeUntilKilled(dir, (round * 7) % 41);
      assert.ok(ids.length > 0, 'the writer acknowledged something before it was killed');
      acknowledged.push(...ids);
    }
    const journal = await openJournal({ dir, writerId: 'w1' });
    await journal.append(sampleEvent());
    await journal.close();
    const found: string[] = [];
    for await (const { event } of readJournal(dir)) found.push(event.eventID);
    assert.equal(new Set(found).size, found.length, 'no record is there twice');
    const there = new Set(found);
    assert.deepEqual(
      acknowledged.filter((eventId) => !there.has(eventId)),
      [],
    );
    assert.deepEqual(await verifyJournal(dir), { ok: true, records: found.length, problems: [] });
  });
});
