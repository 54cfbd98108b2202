/** `claviger audit` over what is not there: no comfort for who named the wrong folder or the wrong time. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openJournal } from '../../src/audit/journal.ts';
import { freshFolder, sampleEvent } from './sample.ts';

const COMMAND = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

function audit(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [COMMAND, 'audit', ...args], { encoding: 'utf8' });
}

describe('the commands of claviger audit', () => {
  it('fail where there is no journal, and where it was taken away', async () => {
    const data = await freshFolder();
    for (const command of ['verify', 'reconcile', 'list']) {
      const { status, stdout, stderr } = audit(command, '--data', data);
      assert.deepEqual([status, stdout], [1, ''], command);
      assert.match(stderr, /there is no audit trail in/);
    }
    await mkdir(join(data, 'server', 'audit'), { recursive: true });
    assert.equal(audit('verify', '--data', data).status, 1);
  });

  it('compare no time that ends before it begins, or that is none', async () => {
    const data = await freshFolder();
    const journal = await openJournal({ dir: join(data, 'server', 'audit'), writerId: 'w1' });
    await journal.append(sampleEvent());
    await journal.close();
    const reconcile = (...range: string[]) => audit('reconcile', '--data', data, ...range);
    assert.equal(reconcile('--from', '2h', '--to', '1h').status, 0);
    const swapped = reconcile('--from', '1h', '--to', '2h');
    assert.deepEqual([swapped.status, swapped.stdout], [1, '']);
    assert.match(swapped.stderr, /--from is not before --to/);
    for (const none of ['1', 'yesterday', '2026-13-01'])
      assert.match(reconcile('--from', none).stderr, /neither an ISO time nor a number of hours/, none);
  });

  it('find no log files valid where no digest says so', async () => {
    const data = await freshFolder();
    const journal = await openJournal({ dir: join(data, 'server', 'audit'), writerId: 'w1' });
    await journal.append(sampleEvent());
    await journal.close();
    const { status, stdout } = audit('verify', '--data', data, '--logs', await freshFolder());
    assert.equal(status, 1);
    assert.match(stdout, /^0 digest file\(s\), 0 log file\(s\): nothing to check by\.$/m);
  });
});
