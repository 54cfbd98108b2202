/** The comparison as the server runs it: in a process, which asks the server what it does not know and tells it what it found. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { newTrailNumbers } from '../../src/hsm-trail/alarm.ts';
import type { Alarm } from '../../src/hsm-trail/alarm.ts';
import { Comparison } from '../../src/trail-comparison/client.ts';
import { eventually } from '../stories/claviger.ts';
import { BEGIN, KEY, MARGIN_MS, MATERIAL, Trails, id } from './trails.ts';

const server = fileURLToPath(new URL('./comparing-server.ts', import.meta.url));

/** Of processes that compare trails in this folder, those that ended and were not waited for left out (proc(5)). */
function comparing(root: string): string[] {
  const of = (pid: string, file: string): string => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'latin1');
    } catch {
      return ''; // it has ended
    }
  };
  return readdirSync('/proc').filter(
    (pid) =>
      /^\d+$/.test(pid) && of(pid, 'cmdline').includes(`trail-comparison/main.js\0{"journal":"${root}`),
  );
}

describe('the comparison in its process', () => {
  let trails: Trails;
  let root: string;
  let now: number;
  let alarms: Alarm[];
  let asked: string[];
  let broken: Error | undefined;
  let numbers = newTrailNumbers();
  const begun: Comparison[] = [];

  const begin = (continuous = true): Comparison => {
    numbers = newTrailNumbers();
    const comparison = new Comparison({
      options: trails.options,
      ...{ continuous, numbers, logger: pino({ level: 'silent' }) },
      clock: () => now,
      keyOf: async (materialId) => {
        asked.push(materialId);
        return KEY;
      },
      clustersOf: (customKeyStoreId) => {
        asked.push(customKeyStoreId);
        return ['c'];
      },
      alarm: async (alarm) => {
        if (broken !== undefined) throw broken;
        alarms.push(alarm);
      },
    });
    begun.push(comparison);
    return comparison;
  };

  beforeEach(async () => {
    trails = await Trails.begin();
    root = trails.root;
    [now, alarms, asked, broken] = [BEGIN + 60_000, [], [], undefined];
  });
  afterEach(async () => {
    for (const comparison of begun.splice(0)) await comparison.close();
    await trails.close();
  });

  it('asks once which key a backing key is of and which clusters a key store is in, tells of both kinds of mismatch, and counts the rest', async () => {
    for (const one of ['1', '2']) {
      await trails.call(id(one), BEGIN);
      trails.use(id(one), BEGIN);
    }
    trails.use(id('3'), BEGIN);
    await trails.call(id('4'), BEGIN);
    trails.complete(BEGIN + 100_000);
    const comparison = begin();
    await comparison.run();
    assert.deepEqual(asked, [MATERIAL, 'cks-1']);
    assert.deepEqual(alarms.map(({ kind }) => kind).sort(), ['call-without-use', 'use-without-call']);
    assert.equal(numbers.matched, 2);
    assert.equal(numbers.reconciledUntil, now - MARGIN_MS);
  });

  it('needs the whole journal until it has said how far it is, and from its oldest gap on after that', async () => {
    await trails.call(id('1'), BEGIN);
    trails.complete(BEGIN - 100_000);
    const comparison = begin();
    assert.equal(comparison.neededFrom, 0);
    await comparison.run();
    assert.equal(comparison.neededFrom, 0, 'the first range is a gap: the log of an HSM has not come');
    trails.complete(BEGIN + 200_000);
    now += 60_000;
    await comparison.run();
    assert.equal(comparison.neededFrom, now - MARGIN_MS + 1 - MARGIN_MS - 1000);
    assert.equal(begin(false).neededFrom, Infinity, 'nothing is kept for a comparison that does not run');
  });

  it('does not pass over a mismatch of which the server could not tell', async () => {
    trails.use(id('1'), BEGIN);
    trails.complete(BEGIN + 100_000);
    broken = new Error('the database is full');
    const comparison = begin();
    await assert.rejects(comparison.run(), /the database is full/);
    broken = undefined;
    await comparison.run();
    assert.equal(alarms.length, 1);
  });

  it('begins a new process when one could not start, and goes on', async () => {
    trails.use(id('1'), BEGIN);
    trails.complete(BEGIN + 100_000);
    mkdirSync(join(root, 'state.json'));
    const comparison = begin();
    await assert.rejects(comparison.run(), /ended/);
    rmSync(join(root, 'state.json'), { recursive: true });
    await comparison.run();
    assert.equal(alarms.length, 1);
  });

  it('ends at once, in the middle of a run too', async () => {
    trails.use(id('1'), BEGIN);
    const comparison = begin();
    const running = comparison.run();
    await comparison.close();
    await running;
    await comparison.run();
    assert.deepEqual(comparing(root), []);
  });

  it('begins with an empty work folder, whatever one before it left there', async () => {
    mkdirSync(join(root, 'work', 'left'), { recursive: true });
    await begin().run();
    assert.deepEqual(readdirSync(join(root, 'work')), []);
  });

  it('gives way to calls', async () => {
    await begin().run();
    const [pid] = comparing(root);
    const NICE = 16; // from the third field on
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    assert.equal(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[NICE], '10');
  });

  const skip = process.getuid?.() !== 0 && 'only root may read it';
  it('sees none of the secrets in the environment of its server', { skip }, async (test) => {
    process.env['CLAVIGER_TEST_SECRET'] = 'secret';
    test.after(() => delete process.env['CLAVIGER_TEST_SECRET']);
    await begin().run();
    const [pid] = comparing(root);
    assert.ok(!readFileSync(`/proc/${pid}/environ`, 'latin1').includes('secret'));
  });

  it('ends with its server, however that ends', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', server, root], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    assert.equal(comparing(root).length, 1);
    child.kill('SIGKILL');
    await eventually(30_000, 'it has ended', () => comparing(root).length === 0 || undefined);
  });
});
