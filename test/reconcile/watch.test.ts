/** The comparison that goes on all the time: nothing twice, nothing before its time, nothing forgotten while an HSM is away. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openJournal } from '../../src/audit/journal.ts';
import type { Journal } from '../../src/audit/journal.ts';
import type { Alarm } from '../../src/hsm-trail/alarm.ts';
import { writeCopyState } from '../../src/hsm-trail/log-copy.ts';
import { TrailWatch } from '../../src/reconcile/watch.ts';

const MARGIN_MS = 10_000;
const BEGIN = Date.UTC(2026, 10, 25, 12);

describe('the continuous comparison', () => {
  let root: string;
  let journal: Journal;
  let now: number;
  let alarms: Alarm[];
  let sequence: number;

  const watch = (recordsInMemory?: number, workFolder?: string): TrailWatch =>
    new TrailWatch({
      journal: join(root, 'audit'),
      copies: join(root, 'copies'),
      stateFile: join(root, 'state.json'),
      clock: () => now,
      marginMs: MARGIN_MS,
      ...(recordsInMemory !== undefined && { recordsInMemory }),
      ...(workFolder !== undefined && { workFolder }),
      alarm: async (alarm) => void alarms.push(alarm),
    });
  const call = (requestId: string, at: number): Promise<void> =>
    journal.append(
      JSON.stringify({
        eventTime: new Date(at).toISOString().replace(/\.\d+/, ''),
        eventSource: 'kms.amazonaws.com',
        eventName: 'Encrypt',
        requestParameters: null,
        additionalEventData: { customKeyStoreId: 'cks-1' },
        requestID: requestId,
        eventID: requestId,
        resources: [{ ARN: 'arn:aws:kms:r:1:key/a' }],
      }),
    );
  const use = (hsmId: string, requestId: string, at: number): void => {
    const dir = join(root, 'copies', hsmId, '0000');
    mkdirSync(dir, { recursive: true });
    const content = `${sequence++} ${at * 1000} USE_KEY 1 0 key=${'ab'.repeat(16)} verb=Encrypt request=${requestId}`;
    appendFileSync(join(dir, '00000000000000000000.log'), `${content} ${'0'.repeat(64)}\n`);
  };
  const complete = (hsmId: string, until: number, member = true): void => {
    const state = {
      clusterId: 'c',
      generation: 0,
      entries: 0,
      completeUntilMicros: until * 1000,
      certificate: '',
    };
    writeCopyState(join(root, 'copies'), { hsmId, member, ...state });
  };
  const id = (digit: string): string => digit.repeat(32);

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'claviger-watch-'));
    journal = await openJournal({ dir: join(root, 'audit'), writerId: 'server-1' });
    [now, alarms, sequence] = [BEGIN, [], 0];
  });
  afterEach(async () => {
    await journal.close();
    rmSync(root, { recursive: true });
  });

  it('has many records in its work folder, and leaves nothing there', async () => {
    const folder = join(root, 'work');
    for (const digit of ['1', '2', '3', '4']) use('hsm-a', id(digit), BEGIN);
    complete('hsm-a', BEGIN + 100_000);
    now = BEGIN + MARGIN_MS + 1000;
    await assert.rejects(watch(1, folder).run(), /ENOENT/);
    mkdirSync(folder);
    await watch(1, folder).run();
    assert.equal(alarms.length, 4);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('tells of a use without a call once it has settled, and never again, also after a restart', async () => {
    use('hsm-a', id('1'), BEGIN);
    await call(id('2'), BEGIN);
    use('hsm-a', id('2'), BEGIN);
    complete('hsm-a', BEGIN + 100_000);
    const first = watch();
    now = BEGIN + MARGIN_MS - 2_000;
    await first.run();
    assert.deepEqual(alarms, []);
    now = BEGIN + MARGIN_MS + 2_000;
    await first.run();
    assert.deepEqual(alarms.map(({ kind, detail }) => [kind, detail['sequence']]), [['use-without-call', 0]]); // prettier-ignore
    now += 60_000;
    await first.run();
    await watch().run();
    assert.equal(alarms.length, 1);
  });

  it('waits for the log of an HSM that is away before it says that a call has no use', async () => {
    await call(id('1'), BEGIN);
    await call(id('2'), BEGIN);
    complete('hsm-a', BEGIN + 100_000);
    complete('hsm-b', BEGIN - 100_000);
    now = BEGIN + 60_000;
    await watch().run();
    now += 60_000;
    await watch().run();
    assert.deepEqual(alarms, []);
    use('hsm-b', id('1'), BEGIN);
    complete('hsm-b', BEGIN + 200_000);
    complete('hsm-a', BEGIN + 200_000);
    await watch().run(); // of another process: the gap is remembered
    now += 1_000;
    await watch().run();
    assert.deepEqual(alarms.map(({ kind, detail }) => [kind, detail['eventId']]), [['call-without-use', id('2')]]); // prettier-ignore
  });

  it('waits for a longer range while records are many, and then leaves none out', async () => {
    const busy = watch(3);
    const both = async (digit: string, at: number): Promise<void> => {
      await call(id(digit), at);
      use('hsm-a', id(digit), at);
    };
    complete('hsm-a', BEGIN + 1_000_000);
    await both('1', BEGIN);
    await both('2', BEGIN);
    now = BEGIN + MARGIN_MS;
    await busy.run();
    assert.equal(busy.progress.matched, 2);
    await both('3', now);
    use('hsm-a', id('4'), now);
    now += 2 * MARGIN_MS;
    await busy.run();
    assert.deepEqual([busy.progress.comparedUntil, alarms.length], [BEGIN, 0]);
    now += 2 * MARGIN_MS + 1;
    await busy.run();
    assert.deepEqual([busy.progress.comparedUntil, busy.progress.matched], [now - MARGIN_MS, 3]);
    assert.deepEqual(alarms.map(({ detail }) => detail['requestId']), ['44444444-4444-4444-4444-444444444444']); // prettier-ignore
    now += 1_000;
    await busy.run(); // few came meanwhile: as often as ever
    assert.equal(busy.progress.comparedUntil, now - MARGIN_MS);
  });

  it('begins again where a loss of power left no word of how far it was', async () => {
    use('hsm-a', id('1'), BEGIN);
    complete('hsm-a', BEGIN + 100_000);
    writeFileSync(join(root, 'state.json'), '');
    now = BEGIN + 60_000;
    await watch().run();
    assert.equal(alarms.length, 1);
  });

  it('judges what happened after the clock was set back', async () => {
    complete('hsm-a', BEGIN + 10_000_000);
    const one = watch();
    now = BEGIN + 7_200_000;
    await one.run();
    use('hsm-a', id('1'), BEGIN + 20_000);
    now = BEGIN + 60_000;
    await one.run();
    assert.deepEqual(alarms.map(({ kind }) => kind), ['use-without-call']); // prettier-ignore
    assert.equal(one.progress.comparedUntil, now - MARGIN_MS);
  });

  it('finds calls and uses behind those that were recorded while the clock was ahead', async () => {
    await call(id('1'), BEGIN + 7_200_000);
    use('hsm-a', id('1'), BEGIN + 7_200_000);
    for (const digit of ['2', '3']) {
      await call(id(digit), BEGIN);
      use('hsm-a', id(digit), BEGIN);
    }
    use('hsm-a', id('4'), BEGIN);
    complete('hsm-a', BEGIN + 10_000_000);
    now = BEGIN + 60_000;
    const one = watch();
    await one.run();
    assert.equal(one.progress.matched, 2);
    assert.deepEqual(alarms.map(({ kind, detail }) => [kind, detail['sequence']]), [['use-without-call', 3]]); // prettier-ignore
  });

  it('waits no longer for an HSM that has left its cluster', async () => {
    await call(id('1'), BEGIN);
    complete('hsm-a', BEGIN + 100_000);
    complete('hsm-b', BEGIN - 100_000, false);
    now = BEGIN + 60_000;
    await watch().run();
    assert.equal(alarms.length, 1);
  });
});
