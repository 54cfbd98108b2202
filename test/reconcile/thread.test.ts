/** The comparison as the server runs it: in a thread, which asks the server what it does not know and tells it what it found. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { pino } from 'pino';
import { openJournal } from '../../src/audit/journal.ts';
import type { Journal } from '../../src/audit/journal.ts';
import { newTrailNumbers } from '../../src/hsm-trail/alarm.ts';
import type { Alarm } from '../../src/hsm-trail/alarm.ts';
import { writeCopyState } from '../../src/hsm-trail/log-copy.ts';
import { Comparison } from '../../src/trail-comparison/client.ts';

const BEGIN = Date.UTC(2026, 10, 25, 12);
const MARGIN_MS = 10_000;
const KEY = 'arn:aws:kms:r:1:key/a';
const MATERIAL = 'ab'.repeat(16);

describe('the comparison in its thread', () => {
  let root: string;
  let journal: Journal;
  let now: number;
  let sequence: number;
  let alarms: Alarm[];
  let asked: string[];
  let broken: Error | undefined;
  let numbers = newTrailNumbers();
  const begun: Comparison[] = [];

  const begin = (continuous = true): Comparison => {
    numbers = newTrailNumbers();
    const comparison = new Comparison({
      thread: {
        journal: join(root, 'audit'),
        copies: join(root, 'copies'),
        stateFile: join(root, 'state.json'),
        marginMs: MARGIN_MS,
      },
      ...{ continuous, numbers, logger: pino({ level: 'silent' }) },
      clock: () => now,
      keyOf: async (materialId) => {
        asked.push(materialId);
        return KEY;
      },
      alarm: async (alarm) => {
        if (broken !== undefined) throw broken;
        alarms.push(alarm);
      },
    });
    begun.push(comparison);
    return comparison;
  };
  const call = (requestId: string, at: number): Promise<void> =>
    journal.append(
      JSON.stringify({
        eventTime: new Date(at).toISOString().replace(/\.\d+/, ''),
        ...{ eventSource: 'kms.amazonaws.com', eventName: 'Encrypt', requestParameters: null },
        additionalEventData: { customKeyStoreId: 'cks-1' },
        ...{ requestID: requestId, eventID: requestId, resources: [{ ARN: KEY }] },
      }),
    );
  const use = (requestId: string, at: number): void => {
    const dir = join(root, 'copies', 'hsm-a', '0000');
    mkdirSync(dir, { recursive: true });
    const content = `${sequence++} ${at * 1000} USE_KEY 1 0 key=${MATERIAL} verb=Encrypt request=${requestId}`;
    appendFileSync(join(dir, '00000000000000000000.log'), `${content} ${'0'.repeat(64)}\n`);
  };
  const complete = (until: number): void =>
    writeCopyState(join(root, 'copies'), {
      ...{ hsmId: 'hsm-a', member: true, clusterId: 'c', generation: 0, entries: 0, certificate: '' },
      completeUntilMicros: until * 1000,
    });
  const id = (digit: string): string => digit.repeat(32);

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'claviger-comparison-'));
    journal = await openJournal({ dir: join(root, 'audit'), writerId: 'server-1' });
    [now, sequence, alarms, asked, broken] = [BEGIN + 60_000, 0, [], [], undefined];
  });
  afterEach(async () => {
    for (const comparison of begun.splice(0)) await comparison.close();
    await journal.close();
    rmSync(root, { recursive: true });
  });

  it('asks once which key a backing key is of, tells of both kinds of mismatch, and counts the rest', async () => {
    for (const one of ['1', '2']) {
      await call(id(one), BEGIN);
      use(id(one), BEGIN);
    }
    use(id('3'), BEGIN);
    await call(id('4'), BEGIN);
    complete(BEGIN + 100_000);
    const comparison = begin();
    await comparison.run();
    assert.deepEqual(asked, [MATERIAL]);
    assert.deepEqual(alarms.map(({ kind }) => kind).sort(), ['call-without-use', 'use-without-call']);
    assert.equal(numbers.matched, 2);
    assert.equal(numbers.reconciledUntil, now - MARGIN_MS);
  });

  it('needs the whole journal until it has said how far it is, and from its oldest gap on after that', async () => {
    await call(id('1'), BEGIN);
    complete(BEGIN - 100_000);
    const comparison = begin();
    assert.equal(comparison.neededFrom, 0);
    await comparison.run();
    assert.equal(comparison.neededFrom, 0, 'the first range is a gap: the log of an HSM has not come');
    complete(BEGIN + 200_000);
    now += 60_000;
    await comparison.run();
    assert.equal(comparison.neededFrom, now - MARGIN_MS + 1 - MARGIN_MS - 1000);
    assert.equal(begin(false).neededFrom, Infinity, 'nothing is kept for a comparison that does not run');
  });

  it('does not pass over a mismatch of which the server could not tell', async () => {
    use(id('1'), BEGIN);
    complete(BEGIN + 100_000);
    broken = new Error('the database is full');
    const comparison = begin();
    await assert.rejects(comparison.run(), /the database is full/);
    broken = undefined;
    await comparison.run();
    assert.equal(alarms.length, 1);
  });

  it('begins a new thread when one could not start, and goes on', async () => {
    use(id('1'), BEGIN);
    complete(BEGIN + 100_000);
    writeFileSync(join(root, 'state.json'), 'no JSON');
    const comparison = begin();
    await assert.rejects(comparison.run(), /ended/);
    rmSync(join(root, 'state.json'));
    await comparison.run();
    assert.equal(alarms.length, 1);
  });

  it('ends at once, in the middle of a run too', async () => {
    use(id('1'), BEGIN);
    const comparison = begin();
    const running = comparison.run();
    await comparison.close();
    await running;
    await comparison.run();
  });
});
