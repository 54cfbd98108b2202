/** What `claviger audit` says of folders that are no installations, or were one. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { lockFile } from '../../src/native/addon.ts';
import { claviger } from '../operator/tool.ts';

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
});
