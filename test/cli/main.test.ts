/** The command itself: what it is, which commands it has, and what it says of others. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { claviger } from '../operator/tool.ts';

const COMMANDS = [
  ...['start', 'account', 'audit', 'backup', 'cost', 'drill', 'hsm', 'migrate', 'node', 'policy'],
  'xks-proxy',
];

describe('claviger', () => {
  it('says its version', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    const { code, out, err } = await claviger(['--version']);
    assert.deepEqual([code, out, err], [0, `${version}\n`, '']);
  });

  it('lists all commands, asked in either way', async () => {
    for (const asked of [['--help'], ['help']]) {
      const { out } = await claviger(asked);
      const listed = Array.from(out.matchAll(/^  ([\w-]+) .*/gm), ([, name]) => name);
      assert.deepEqual(
        listed.filter((name) => name !== 'help'),
        COMMANDS,
      );
    }
  });

  for (const command of COMMANDS)
    it(`shows the options of ${command}`, async () => {
      const { code, out } = await claviger([command, '--help']);
      assert.equal(code, 0);
      assert.ok(out.startsWith(`Usage: claviger ${command} `), out);
    });

  it('does not know others', async () => {
    const { code, err } = await claviger(['strat']);
    assert.deepEqual([code, err.split('\n')[0]], [1, "error: unknown command 'strat'"]);
    const inherited = await claviger(['constructor']);
    assert.deepEqual(
      [inherited.code, inherited.err.split('\n')[0]],
      [1, "error: unknown command 'constructor'"],
    );
  });
});
