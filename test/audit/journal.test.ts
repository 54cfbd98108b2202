import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFile, readFile, readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openJournal } from '../../src/audit/journal.ts';
import { followJournal, readJournal } from '../../src/audit/reading.ts';
import type { JournalRecord, ReadOptions } from '../../src/audit/reading.ts';
import { hasEvent } from '../../src/audit/replay.ts';
import { createSegmentFile } from '../../src/audit/segment-file.ts';
import { verifyJournal } from '../../src/audit/verify.ts';
import { freshFolder, sampleEvent } from './sample.ts';

const FIRST_SEGMENT = 'journal-0000000000000001.log';

async function records(dir: string, options?: ReadOptions): Promise<JournalRecord[]> {
  const found: JournalRecord[] = [];
  for await (const record of readJournal(dir, options)) found.push(record);
  return found;
}

describe('journal', () => {
  it('has appended events readable, in order and byte for byte, before append resolves', async (test) => {
    const dir = await freshFolder();
    const journal = await openJournal({ dir, writerId: 'w1' });
    test.after(() => journal.close());
    const event = sampleEvent({ requestParameters: { keyId: 'alias/ümlaut-鍵-\u2028' } });
    await journal.append(event);
    await journal.append(JSON.stringify(event));
    await journal.append(Buffer.from(JSON.stringify(event)));
    const found = await records(dir);
    assert.deepEqual(
      found.map(({ seq, writer, bytes }) => ({ seq, writer, text: bytes.toString() })),
      [1, 2, 3].map((seq) => ({ seq, writer: 'w1', text: JSON.stringify(event) })),
    );
    assert.deepEqual(found[0]?.event, event);
    assert.deepEqual(journal.position, { seq: 3, chain: found[2]?.chain });
  });

  it('writes lines that the specification alone suffices to verify', async () => {
    const dir = await freshFolder();
    const journal = await openJournal({ dir, writerId: 'w1' });
    await Promise.all([journal.append(sampleEvent()), journal.append(sampleEvent())]);
    await journal.close();
    const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
    let chain = sha256('claviger audit journal 1\nw1');
    const [header, ...lines] = (await readFile(join(dir, 'w1', FIRST_SEGMENT), 'utf8')).split('\n');
    assert.equal(header, `{"journal":1,"writer":"w1","first":1,"previous":"${chain}"}`);
    assert.equal(lines.pop(), '');
    assert.equal(lines.length, 2);
    for (const line of lines) {
      const stated = (JSON.parse(line) as { chain: string }).chain;
      chain = sha256(line.replace(stated, chain));
      assert.equal(stated, chain);
    }
    assert.equal(await readFile(join(dir, 'w1', 'head.json'), 'utf8'), `{"seq":2,"chain":"${chain}"}\n`);
  });

  it('writes the very bytes of the example in docs/formats.md', async () => {
    const dir = await freshFolder();
    const journal = await openJournal({ dir, writerId: 'w1' });
    await journal.append('{"eventName":"Example"}');
    await journal.close();
    const text = await readFile(join(dir, 'w1', FIRST_SEGMENT), 'utf8');
    const formats = await readFile(new URL('../../docs/formats.md', import.meta.url), 'utf8');
    assert.ok(formats.includes(`\n\`\`\`\n${text}\`\`\`\n`));
  });

  it('writes all that waits with one write and one sync', async (test) => {
    const dir = await freshFolder();
    let commits = 0;
    const journal = await openJournal({
      dir,
      writerId: 'w1',
      createSegment: async (path) => {
        const file = await createSegmentFile(path);
        return { close: () => file.close(), commit: (bytes) => ((commits += 1), file.commit(bytes)) };
      },
    });
    test.after(() => journal.close());
    assert.equal(commits, 1, 'the header');
    await Promise.all(Array.from({ length: 64 }, () => journal.append(sampleEvent())));
    assert.equal(commits, 2);
  });

  it('waits for more records where many came, until it has enough of them', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] });
    const groups: number[] = [];
    const lines = (bytes: Buffer): number => bytes.toString().split('\n').length - 1;
    const journal = await openJournal({
      dir: await freshFolder(),
      writerId: 'w1',
      createSegment: async (path) => {
        const file = await createSegmentFile(path);
        return {
          close: () => file.close(),
          commit: (bytes) => (groups.push(lines(bytes)), file.commit(bytes)),
        };
      },
    });
    test.after(() => journal.close());
    groups.length = 0; // the header
    const append = (count: number): Promise<unknown> =>
      Promise.all(Array.from({ length: count }, () => journal.append(sampleEvent())));
    await append(8);
    const few = append(15);
    await sleep(20);
    assert.deepEqual(groups, [8]);
    await Promise.all([few, append(2)]);
    assert.deepEqual(groups, [8, 17]);
    const lonely = append(1);
    await sleep(20);
    assert.deepEqual(groups, [8, 17]);
    test.mock.timers.tick(1);
    await lonely;
    assert.deepEqual(groups, [8, 17, 1]);
    await append(1);
    assert.deepEqual(groups, [8, 17, 1, 1]);
  });

  it('goes on in a new segment when one is full', async () => {
    const dir = await freshFolder();
    const journal = await openJournal({ dir, writerId: 'w1', segmentBytes: 4096 });
    for (let count = 0; count < 20; count += 1) await journal.append(sampleEvent());
    await journal.close();
    const segments = (await readdir(join(dir, 'w1'))).filter((name) => name.startsWith('journal-'));
    assert.ok(segments.length >= 4, `${segments.length} segments`);
    assert.deepEqual(await verifyJournal(dir), { ok: true, records: 20, problems: [] });
    assert.equal((await records(dir)).length, 20);
  });

  it('continues its chain after being opened again, also when nothing was written', async () => {
    const dir = await freshFolder();
    for (const count of [0, 2, 0, 3]) {
      const journal = await openJournal({ dir, writerId: 'w1' });
      await Promise.all(Array.from({ length: count }, () => journal.append(sampleEvent())));
      await journal.close();
    }
    assert.deepEqual(await verifyJournal(dir), { ok: true, records: 5, problems: [] });
    assert.deepEqual(
      (await records(dir)).map(({ seq }) => seq),
      [1, 2, 3, 4, 5],
    );
  });

  it('cuts off a line that a crash left without its end', async () => {
    const dir = await freshFolder();
    const first = await openJournal({ dir, writerId: 'w1' });
    await first.append(sampleEvent());
    await first.close();
    const path = join(dir, 'w1', FIRST_SEGMENT);
    await appendFile(path, '{"seq":2,"chain":"0123');
    const second = await openJournal({ dir, writerId: 'w1' });
    await second.append(sampleEvent());
    await second.close();
    assert.ok((await readFile(path, 'utf8')).endsWith('}\n'));
    assert.deepEqual(await verifyJournal(dir), { ok: true, records: 2, problems: [] });
  });

  it('starts again from a segment that a crash left without its header', async () => {
    const dir = await freshFolder();
    for (let round = 0; round < 2; round += 1) {
      const journal = await openJournal({ dir, writerId: 'w1' });
      await journal.append(sampleEvent());
      await journal.close();
    }
    await truncate(join(dir, 'w1', 'journal-0000000000000002.log'), 10);
    await truncate(join(dir, 'w1', 'head.json'), 0);
    const journal = await openJournal({ dir, writerId: 'w1' });
    await journal.append(sampleEvent());
    await journal.close();
    assert.deepEqual(await verifyJournal(dir), { ok: true, records: 2, problems: [] });
  });

  it('does not take up the numbers of a tail that was lost, so that the loss stays visible', async () => {
    const dir = await freshFolder();
    const first = await openJournal({ dir, writerId: 'w1' });
    for (let count = 0; count < 3; count += 1) await first.append(sampleEvent());
    await first.close();
    const path = join(dir, 'w1', FIRST_SEGMENT);
    const text = await readFile(path, 'utf8');
    await truncate(path, text.lastIndexOf('\n', text.length - 2) + 1);
    const second = await openJournal({ dir, writerId: 'w1' });
    await second.append(sampleEvent());
    await second.close();
    assert.deepEqual((await verifyJournal(dir)).problems, [
      { file: `w1/${FIRST_SEGMENT}`, seq: 3, kind: 'removed' },
    ]);
  });

  it('refuses events of more than one line, and writer ids that would leave the folder', async (test) => {
    const dir = await freshFolder();
    const journal = await openJournal({ dir, writerId: 'w1' });
    test.after(() => journal.close());
    await assert.rejects(journal.append('{"a":1}\n{"b":2}'), TypeError);
    await assert.rejects(journal.append(Buffer.from('{"a":\n1}')), TypeError);
    for (const writerId of ['', '..', '../x', 'a/b'])
      await assert.rejects(openJournal({ dir, writerId }), RangeError);
  });

  it('makes durable what waits when it is closed, and refuses appends from then on', async () => {
    const dir = await freshFolder();
    const journal = await openJournal({ dir, writerId: 'w1' });
    const appends = Array.from({ length: 5 }, () => journal.append(sampleEvent()));
    await journal.close();
    await Promise.all(appends);
    assert.equal((await records(dir)).length, 5);
    await assert.rejects(journal.append(sampleEvent()), { name: 'JournalUnavailable' });
    assert.equal(journal.available, false);
  });
});

describe('reading', () => {
  const at = (second: number): number => Date.UTC(2025, 0, 1, 0, 0, second);

  it('merges all writers by time and keeps to the asked range', async () => {
    const dir = await freshFolder();
    for (const [writerId, seconds] of [
      ['w1', [0, 2, 4, 6]],
      ['w2', [1, 2, 3, 7]],
    ] as const) {
      const journal = await openJournal({ dir, writerId });
      for (const second of seconds) await journal.append(sampleEvent({ time: at(second) }));
      await journal.close();
    }
    const seconds = async (options?: ReadOptions): Promise<number[]> =>
      (await records(dir, options)).map(({ event }) => new Date(event.eventTime).getUTCSeconds());
    assert.deepEqual(await seconds(), [0, 1, 2, 2, 3, 4, 6, 7]);
    assert.deepEqual(await seconds({ from: at(2), to: at(4) }), [2, 2, 3, 4]);
    assert.deepEqual(await seconds({ after: { w1: 3, w2: 4 } }), [6]);
  });

  it('leaves out old segments without leaving out events', async () => {
    const dir = await freshFolder();
    const journal = await openJournal({ dir, writerId: 'w1', segmentBytes: 2048 });
    for (let minute = 0; minute < 30; minute += 1)
      await journal.append(sampleEvent({ time: at(minute * 60) }));
    await journal.close();
    for (const minute of [0, 1, 15, 29]) {
      assert.equal((await records(dir, { from: at(minute * 60) })).length, 30 - minute);
      assert.equal((await records(dir, { after: { w1: minute } })).length, 30 - minute);
    }
  });

  it('follows what comes in, across segments and new writers', async () => {
    const dir = await freshFolder();
    const stop = new AbortController();
    const journal = await openJournal({ dir, writerId: 'w1', segmentBytes: 2048 });
    await journal.append(sampleEvent());
    let other: Awaited<ReturnType<typeof openJournal>> | undefined;
    const seen: string[] = [];
    for await (const { writer, seq } of followJournal(dir, { signal: stop.signal, pollMs: 5 })) {
      seen.push(`${writer}/${seq}`);
      if (seen.length < 8) await journal.append(sampleEvent());
      if (seen.length === 8) {
        other = await openJournal({ dir, writerId: 'w2' });
        await other.append(sampleEvent());
      }
      if (writer === 'w2') stop.abort();
    }
    await journal.close();
    await other?.close();
    assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7, 8].map((seq) => `w1/${seq}`).concat('w2/1'));
  });
});

describe('replay of the outbox', () => {
  it('appends what is missing, and nothing twice', async (test) => {
    const dir = await freshFolder();
    const other = await openJournal({ dir, writerId: 'w2' });
    const journal = await openJournal({ dir, writerId: 'w1' });
    test.after(() => journal.close());
    const events = Array.from({ length: 4 }, () => sampleEvent());
    const outbox = events.map((event) => ({ eventId: event.eventID, event: JSON.stringify(event) }));
    await journal.append(events[0] ?? '');
    await other.append(events[1] ?? '');
    await other.close();
    assert.equal(await hasEvent(dir, events[1]?.eventID ?? ''), true);
    assert.equal(await hasEvent(dir, events[2]?.eventID ?? ''), false);
    assert.equal(await journal.replay(outbox), 2);
    assert.equal(await journal.replay(outbox), 0);
    assert.deepEqual(
      (await records(dir)).map(({ event }) => event.eventID).sort(),
      events.map(({ eventID }) => eventID).sort(),
    );
  });

  it('is not deceived by an encryption context that names the event id', async (test) => {
    const dir = await freshFolder();
    const journal = await openJournal({ dir, writerId: 'w1' });
    test.after(() => journal.close());
    const event = sampleEvent();
    await journal.append(
      sampleEvent({ requestParameters: { encryptionContext: { eventID: event.eventID } } }),
    );
    assert.equal(await journal.replay([{ eventId: event.eventID, event: JSON.stringify(event) }]), 1);
  });
});
