import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { JournalUnavailable, openJournal } from '../../src/audit/journal.ts';
import { readJournal } from '../../src/audit/reading.ts';
import { createSegmentFile } from '../../src/audit/segment-file.ts';
import type { CreateSegment } from '../../src/audit/segment-file.ts';
import { verifyJournal } from '../../src/audit/verify.ts';
import { freshFolder, sampleEvent } from './sample.ts';

const run = promisify(execFile);
const TIMES = { waitMs: 400, retryMs: 25 };

/** What the disk does next; the bytes reach the file in all cases, as they may when a sync fails. */
interface Disk {
  state: 'well' | 'failing' | 'stuck';
  created: string[];
  /** How long it takes to create a file. */
  creationMs?: number;
}

function segmentsOn(disk: Disk): CreateSegment {
  return async (path) => {
    if (disk.state === 'failing') throw new Error('EIO');
    disk.created.push(path);
    const file = await createSegmentFile(path);
    if (disk.creationMs !== undefined) await sleep(disk.creationMs);
    return {
      close: () => file.close(),
      commit: async (bytes) => {
        await file.commit(bytes);
        while (disk.state === 'stuck') await sleep(5);
        if (disk.state === 'failing') throw new Error('EIO');
      },
    };
  };
}

async function eventIds(dir: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { event } of readJournal(dir)) found.push(event.eventID);
  return found;
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 5) {
    assert.ok(waited < 5000, 'waited too long');
    await sleep(5);
  }
}

describe('a journal that cannot be written', () => {
  it('rejects all that waits at the first error, and is unavailable', async (test) => {
    const dir = await freshFolder();
    const disk: Disk = { state: 'well', created: [] };
    const changes: boolean[] = [];
    const journal = await openJournal({
      dir,
      writerId: 'w1',
      createSegment: segmentsOn(disk),
      onAvailability: (available) => changes.push(available),
      ...TIMES,
    });
    test.after(() => journal.close());
    await journal.append(sampleEvent());
    disk.state = 'failing';
    const results = await Promise.allSettled([journal.append(sampleEvent()), journal.append(sampleEvent())]);
    for (const result of results) {
      assert.ok(result.status === 'rejected' && result.reason instanceof JournalUnavailable);
    }
    assert.equal(journal.available, false);
    assert.deepEqual(changes, [false]);
  });

  it('recovers by itself in a fresh segment, and what was refused is in no record that a reader sees', async (test) => {
    const dir = await freshFolder();
    const disk: Disk = { state: 'well', created: [] };
    const journal = await openJournal({ dir, writerId: 'w1', createSegment: segmentsOn(disk), ...TIMES });
    test.after(() => journal.close());
    const kept = [sampleEvent(), sampleEvent(), sampleEvent()] as const;
    await journal.append(kept[0]);
    disk.state = 'failing';
    await assert.rejects(journal.append(sampleEvent()), JournalUnavailable);
    const early = journal.append(kept[1]);
    disk.state = 'well';
    await early;
    assert.equal(journal.available, true);
    await journal.append(kept[2]);
    await journal.close();
    assert.equal(disk.created.length, 2, 'the file whose sync failed was not used again');
    assert.deepEqual(
      await eventIds(dir),
      kept.map(({ eventID }) => eventID),
    );
    assert.deepEqual(await verifyJournal(dir), { ok: true, records: 3, problems: [] });
  });

  it('begins one segment on a disk so slow that it would be time for the next attempt', async (test) => {
    const dir = await freshFolder();
    const disk: Disk = { state: 'well', created: [], creationMs: 4 * TIMES.retryMs };
    const journal = await openJournal({ dir, writerId: 'w1', createSegment: segmentsOn(disk), ...TIMES });
    test.after(() => journal.close());
    const event = sampleEvent();
    await journal.append(event);
    await sleep(8 * TIMES.retryMs); // in which a second one would have come into being
    await journal.close();
    assert.equal(disk.created.length, 1);
    assert.deepEqual(await eventIds(dir), [event.eventID]);
  });

  it('lets appends wait for it, then rejects them', async (test) => {
    const dir = await freshFolder();
    const disk: Disk = { state: 'failing', created: [] };
    const journal = await openJournal({ dir, writerId: 'w1', createSegment: segmentsOn(disk), ...TIMES });
    test.after(() => journal.close());
    assert.equal(journal.available, false);
    const began = performance.now();
    await assert.rejects(journal.append(sampleEvent()), JournalUnavailable);
    const waited = performance.now() - began;
    assert.ok(waited > 300 && waited < 1500, `waited ${waited} ms`);
  });

  it('rejects appends when a write does not end, and goes on when it does', async (test) => {
    const dir = await freshFolder();
    const disk: Disk = { state: 'well', created: [] };
    const journal = await openJournal({ dir, writerId: 'w1', createSegment: segmentsOn(disk), ...TIMES });
    test.after(() => journal.close());
    disk.state = 'stuck';
    await assert.rejects(journal.append(sampleEvent()), JournalUnavailable);
    assert.equal(journal.available, false);
    disk.state = 'well';
    await until(() => journal.available);
    await journal.append(sampleEvent());
    await journal.close();
    assert.deepEqual(await verifyJournal(dir), { ok: true, records: 2, problems: [] });
  });

  it('refuses appends on a full disk, loses none that it acknowledged, and recovers when there is space', async (test) => {
    const dir = await freshFolder();
    const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'claviger-test', dir]).then(
      () => true,
      () => false,
    );
    if (!mounted) {
      test.skip('needs the right to mount a tmpfs');
      return;
    }
    await writeFile(join(dir, 'ballast'), Buffer.alloc(256 * 1024));
    const journal = await openJournal({ dir, writerId: 'w1', segmentBytes: 32 * 1024, ...TIMES });
    try {
      const kept: string[] = [];
      const record = async (): Promise<boolean> => {
        const event = sampleEvent();
        const ok = await journal.append(event).then(
          () => true,
          () => false,
        );
        if (ok) kept.push(event.eventID);
        return ok;
      };
      let wrote = true;
      for (let tries = 0; wrote && tries < 1000; tries += 1) wrote = await record();
      assert.equal(wrote, false, 'the disk is full');
      assert.equal(journal.available, false);
      await rm(join(dir, 'ballast'));
      assert.equal(await record(), true);
      assert.equal(journal.available, true);
      await journal.close();
      assert.deepEqual(await eventIds(dir), kept);
      assert.deepEqual(await verifyJournal(dir), { ok: true, records: kept.length, problems: [] });
    } finally {
      await journal.close();
      await run('umount', [dir]);
    }
  });
});
