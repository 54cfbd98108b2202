/** The comparison that goes on all the time: nothing twice, nothing before its time, nothing forgotten while an HSM is away. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Alarm } from '../../src/hsm-trail/alarm.ts';
import { TrailWatch } from '../../src/reconcile/watch.ts';
import { BEGIN, MARGIN_MS, Trails, id } from './trails.ts';

describe('the continuous comparison', () => {
  let trails: Trails;
  let now: number;
  let alarms: Alarm[];

  const watch = (recordsInMemory?: number): TrailWatch =>
    new TrailWatch({
      ...trails.options,
      clock: () => now,
      ...(recordsInMemory !== undefined && { recordsInMemory }),
      alarm: async (alarm) => void alarms.push(alarm),
    });

  beforeEach(async () => {
    trails = await Trails.begin();
    mkdirSync(trails.options.workFolder);
    [now, alarms] = [BEGIN, []];
  });
  afterEach(() => trails.close());

  it('has many records in its work folder, and leaves nothing there', async () => {
    const folder = trails.options.workFolder;
    rmdirSync(folder);
    for (const digit of ['1', '2', '3', '4']) trails.use(id(digit), BEGIN);
    trails.complete(BEGIN + 100_000);
    now = BEGIN + MARGIN_MS + 1000;
    await assert.rejects(watch(1).run(), /ENOENT/);
    mkdirSync(folder);
    await watch(1).run();
    assert.equal(alarms.length, 4);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('tells of a use without a call once it has settled, and never again, also after a restart', async () => {
    trails.use(id('1'), BEGIN);
    await trails.call(id('2'), BEGIN);
    trails.use(id('2'), BEGIN);
    trails.complete(BEGIN + 100_000);
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
    await trails.call(id('1'), BEGIN);
    await trails.call(id('2'), BEGIN);
    trails.complete(BEGIN + 100_000);
    trails.complete(BEGIN - 100_000, { hsmId: 'hsm-b' });
    now = BEGIN + 60_000;
    await watch().run();
    now += 60_000;
    await watch().run();
    assert.deepEqual(alarms, []);
    trails.use(id('1'), BEGIN, { hsmId: 'hsm-b' });
    trails.complete(BEGIN + 200_000, { hsmId: 'hsm-b' });
    trails.complete(BEGIN + 200_000);
    await watch().run(); // of another process: the gap is remembered
    now += 1_000;
    await watch().run();
    assert.deepEqual(alarms.map(({ kind, detail }) => [kind, detail['eventId']]), [['call-without-use', id('2')]]); // prettier-ignore
  });

  it('does not wait for the HSMs of another cluster than the key is in', async () => {
    await trails.call(id('1'), BEGIN);
    trails.complete(BEGIN + 100_000);
    trails.complete(BEGIN - 100_000, { hsmId: 'hsm-b', clusterId: 'another' });
    now = BEGIN + 60_000;
    const found = async (clusters: readonly string[] | undefined): Promise<number> => {
      const asked: string[] = [];
      const one = new TrailWatch({
        ...trails.options,
        stateFile: `${trails.options.stateFile}.${String(clusters)}`,
        clock: () => now,
        clustersOf: (customKeyStoreId) => {
          asked.push(customKeyStoreId);
          return clusters;
        },
        alarm: async (alarm) => void alarms.push(alarm),
      });
      await one.run();
      assert.deepEqual(asked, ['cks-1']);
      return alarms.splice(0).length;
    };
    assert.equal(await found(['c']), 1);
    assert.equal(await found(undefined), 0, 'it may be in any');
    assert.equal(await found(['c', 'another']), 0);
    assert.equal(await found(['unheard of']), 0, 'nothing is known of its HSMs');
  });

  it('waits for a longer range while records are many, and then leaves none out', async () => {
    const busy = watch(3);
    const both = async (digit: string, at: number): Promise<void> => {
      await trails.call(id(digit), at);
      trails.use(id(digit), at);
    };
    trails.complete(BEGIN + 1_000_000);
    await both('1', BEGIN);
    await both('2', BEGIN);
    now = BEGIN + MARGIN_MS;
    await busy.run();
    assert.equal(busy.progress.matched, 2);
    await both('3', now);
    trails.use(id('4'), now);
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
    trails.use(id('1'), BEGIN);
    trails.complete(BEGIN + 100_000);
    writeFileSync(trails.options.stateFile, '');
    now = BEGIN + 60_000;
    await watch().run();
    assert.equal(alarms.length, 1);
  });

  it('judges what happened after the clock was set back', async () => {
    trails.complete(BEGIN + 10_000_000);
    const one = watch();
    now = BEGIN + 7_200_000;
    await one.run();
    trails.use(id('1'), BEGIN + 20_000);
    now = BEGIN + 60_000;
    await one.run();
    assert.deepEqual(alarms.map(({ kind }) => kind), ['use-without-call']); // prettier-ignore
    assert.equal(one.progress.comparedUntil, now - MARGIN_MS);
  });

  it('finds calls and uses behind those that were recorded while the clock was ahead', async () => {
    await trails.call(id('1'), BEGIN + 7_200_000);
    trails.use(id('1'), BEGIN + 7_200_000);
    for (const digit of ['2', '3']) {
      await trails.call(id(digit), BEGIN);
      trails.use(id(digit), BEGIN);
    }
    trails.use(id('4'), BEGIN);
    trails.complete(BEGIN + 10_000_000);
    now = BEGIN + 60_000;
    const one = watch();
    await one.run();
    assert.equal(one.progress.matched, 2);
    assert.deepEqual(alarms.map(({ kind, detail }) => [kind, detail['sequence']]), [['use-without-call', 3]]); // prettier-ignore
  });

  it('waits no longer for an HSM that has left its cluster', async () => {
    await trails.call(id('1'), BEGIN);
    trails.complete(BEGIN + 100_000);
    trails.complete(BEGIN - 100_000, { hsmId: 'hsm-b', member: false });
    now = BEGIN + 60_000;
    await watch().run();
    assert.equal(alarms.length, 1);
  });
});
