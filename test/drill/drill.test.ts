/** `claviger drill` on a whole Claviger: figures are the machine's affair, but nothing may be lost. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { DrillReport } from '../../src/drill/drill.ts';
import { claviger as tool } from '../operator/tool.ts';
import { startClaviger } from '../stories/claviger.ts';
import type { Claviger } from '../stories/claviger.ts';

describe('claviger drill', () => {
  let claviger: Claviger;
  before(async () => {
    claviger = await startClaviger();
  });
  after(() => claviger.remove());

  it('does nothing unless it is told that it may', async () => {
    const ran = await tool(['drill', '--data', claviger.dataDir]);
    assert.equal(ran.code, 1);
    assert.match(ran.err, /nothing was done/);
  });

  it('cuts off, corrupts and rolls back HSMs under load: no error, nothing lost, all in step again', async () => {
    const only = ['cut', 'corrupt', 'rollback'].flatMap((name) => ['--only', name]);
    const ran = await tool(['drill', '--data', claviger.dataDir, '--yes', '--json', '--rate', '20', ...only]);
    const { rows, blobs, lost } = JSON.parse(ran.out) as DrillReport;
    assert.deepEqual(
      rows.map(({ scenario }) => scenario),
      ['cut', 'corrupt', 'rollback'],
    );
    for (const { scenario, errors, wrongPlaintexts, broken, calls } of rows) {
      assert.deepEqual(errors, [], scenario);
      assert.equal(wrongPlaintexts, 0);
      assert.ok(calls > 0);
      // how long things took is judged by the drill itself, on a machine that does nothing else
      assert.deepEqual(
        broken.filter((words) => !/^(p99|longest gap|repair) /.test(words)),
        [],
      );
    }
    assert.equal(ran.code, rows.every(({ broken }) => broken.length === 0) ? 0 : 1);
    assert.equal(lost, 0);
    assert.ok(blobs > 0);
    const [corrupted] = rows.filter(({ scenario }) => scenario === 'corrupt');
    const damaged = readdirSync(join(claviger.dataDir, 'hsm', corrupted?.hsmId ?? '', 'damaged'));
    assert.equal(damaged.length, 2, 'both damaged objects were set aside');
    assert.equal(existsSync(join(claviger.dataDir, 'detours.json')), false);
  });
});
