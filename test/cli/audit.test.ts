/** What `claviger audit` says of folders that are no installations, or were one; and of times and buckets that show nothing. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { openJournal } from '../../src/audit/journal.ts';
import { lockFile } from '../../src/native/addon.ts';
import { freshFolder, sampleEvent } from '../audit/sample.ts';
import { claviger } from '../operator/tool.ts';
import type { Ran } from '../operator/tool.ts';

describe('claviger audit', () => {
  const root = mkdtempSync(join(tmpdir(), 'claviger-audit-'));
  after(() => rmSync(root, { recursive: true }));

  const COMMANDS = [
    ['list'],
    ['verify'],
    ['verify', '--json'],
    ['reconcile'],
    ['reindex'],
    ['export', '--key', 'any', '--out', join(root, 'evidence')],
  ];
  for (const command of COMMANDS) {
    it(`${command.slice(0, 2).join(' ')}: fails where there is no journal, or none any more`, async () => {
      const emptied = join(root, 'emptied');
      mkdirSync(join(emptied, 'server', 'audit'), { recursive: true });
      for (const data of [join(root, 'mistyped'), emptied]) {
        const { code, out, err } = await claviger(['audit', ...command, '--data', data]);
        const said = `claviger: there is no journal in ${join(data, 'server', 'audit')}\n`;
        assert.deepEqual([code, out, err], [1, '', said]);
      }
    });
  }

  it('reindex: says that Claviger runs only when it does', async () => {
    const data = join(root, 'installation');
    mkdirSync(join(data, 'server', 'audit', 'w1'), { recursive: true });
    const reindex = ['audit', 'reindex', '--data', data];
    mkdirSync(join(data, '.lock'));
    assert.match((await claviger(reindex)).err, /cannot open the lock file/);
    rmSync(join(data, '.lock'), { recursive: true });
    writeFileSync(join(data, '.lock'), '');
    lockFile(join(data, '.lock')); // held by this process until it ends
    const { code, err } = await claviger(reindex);
    assert.deepEqual([code, err], [1, 'claviger: Claviger runs for this data folder: stop it first\n']);
  });

  /** A data folder whose journal has one event. */
  async function journalOfOne(): Promise<string> {
    const data = await freshFolder();
    const journal = await openJournal({ dir: join(data, 'server', 'audit'), writerId: 'w1' });
    await journal.append(sampleEvent());
    await journal.close();
    return data;
  }

  it('reconcile: compares no time that ends before it begins, or that is none', async () => {
    const data = await journalOfOne();
    const reconcile = (...range: string[]): Promise<Ran> =>
      claviger(['audit', 'reconcile', '--data', data, ...range]);
    assert.equal((await reconcile('--from', '2h', '--to', '1h')).code, 0);
    const swapped = await reconcile('--from', '1h', '--to', '2h');
    assert.deepEqual([swapped.code, swapped.out], [1, '']);
    assert.match(swapped.err, /--from is not before --to/);
    for (const none of ['1', 'yesterday', '2026-13-01'])
      assert.match((await reconcile('--from', none)).err, /neither an ISO time nor a number of hours/, none);
  });

  it('verify: finds no log files valid where no digest says so', async () => {
    const logs = ['--logs', await freshFolder()];
    const { code, out } = await claviger(['audit', 'verify', '--data', await journalOfOne(), ...logs]);
    assert.equal(code, 1);
    assert.match(out, /^0 digest file\(s\), 0 log file\(s\): nothing to check by\.$/m);
  });
});
