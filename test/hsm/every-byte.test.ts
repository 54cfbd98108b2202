/** No byte of a key file can be changed, and no part of it cut off, without the HSM's start noticing: the module never sees it. */
import assert from 'node:assert/strict';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { restoreTokens } from '../../src/hsm/token-files.ts';
import * as t from './fixture.ts';

describe('a key file that was changed in any way', () => {
  const cwd = process.cwd();
  /** In memory where that can be: hundreds of starts sync everything. */
  const kept = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'claviger-kept-'));
  let file: string;
  let sum: string;
  before(async () => {
    t.requireSoftHsm();
    const hsm = await t.newActiveHsm();
    await t.generateKey(await t.loginTo(hsm));
    await hsm.kill();
    cpSync(hsm.dir, join(kept, 'hsm'), { recursive: true });
    process.chdir(join(kept, 'hsm')); // an HSM's process works in its folder
    const [folder = ''] = readdirSync('tokens');
    const names = readdirSync(join('tokens', folder)).filter(
      (name) => name.endsWith('.object') && name !== 'token.object',
    );
    const bySize = names.sort((a, b) => size(join('tokens', folder, a)) - size(join('tokens', folder, b)));
    const [name = ''] = bySize; // the AES key: those of RSA keys are longer
    [file, sum] = [join('tokens', folder, name), join('sums', folder, name)];
    copyFileSync(file, join(kept, 'object'));
    copyFileSync(sum, join(kept, 'sum'));
  });
  after(() => {
    process.chdir(cwd);
    rmSync(kept, { recursive: true });
    return t.cleanUp();
  });

  const noticed = (bytes: Buffer): boolean => {
    writeFileSync(file, bytes);
    const { repairs } = restoreTokens(new Date());
    copyFileSync(join(kept, 'object'), file);
    copyFileSync(join(kept, 'sum'), sum);
    return repairs.length === 1 && repairs[0]?.what === 'object set aside';
  };

  it('is set aside for every byte of it that is flipped', () => {
    const whole = readFileSync(file);
    assert.ok(whole.length > 300);
    assert.equal(noticed(whole), false);
    for (let at = 0; at < whole.length; at += 1) {
      const flipped = Buffer.from(whole);
      flipped[at] = (flipped[at] as number) ^ 1;
      assert.ok(noticed(flipped), `byte ${at}`);
    }
  });

  it('is set aside when it was cut off, wherever', () => {
    const whole = readFileSync(file);
    for (const length of [0, 8, 300, whole.length - 1])
      assert.ok(noticed(whole.subarray(0, length)), `cut to ${length}`);
  });
});

function size(path: string): number {
  return readFileSync(path).length;
}
