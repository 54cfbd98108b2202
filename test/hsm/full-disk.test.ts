/** An HSM whose disk is full: it answers nothing that it could not record, loses nothing, and goes on when there is room again. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createHsmFolder } from '../../src/hsm/folder.ts';
import type { KeyReport } from '../../src/rpc/hsm-messages.ts';
import { HsmVerb } from '../../src/rpc/hsm-messages.ts';
import * as t from './fixture.ts';

const DISK = 'size=8m';
const PAGE_BYTES = 4096;
/** With so many pages of room, from none upwards. */
const TRIES = 16;

/** A small disk of its own; undefined where this may not be made. */
async function mountDisk(): Promise<string | undefined> {
  const dir = await t.temporaryFolder();
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', DISK, 'tmpfs', dir], { stdio: 'ignore' }).status !== 0)
    return undefined;
  t.onCleanUp(() => void spawnSync('umount', ['-l', dir], { stdio: 'ignore' }));
  return dir;
}

/** Takes all the room that is left. */
function fill(file: string): void {
  const fd = openSync(file, 'w');
  for (let bytes = 64 * 1024; bytes > 0; bytes = Math.floor(bytes / 2)) {
    try {
      for (;;) writeSync(fd, Buffer.alloc(bytes));
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
    }
  }
  closeSync(fd);
}

/** On a connection of its own: the HSM ends those whose answers it could not record. */
async function makeKey(hsm: t.RunningHsm): Promise<KeyReport | undefined> {
  try {
    const login = await t.loginTo(hsm);
    try {
      return await t.generateKey(login);
    } finally {
      login.rpc.close();
    }
  } catch {
    return undefined;
  }
}

describe('an HSM whose disk is full', () => {
  let disk: string | undefined;
  before(async () => {
    t.requireSoftHsm();
    disk = await mountDisk();
  });
  after(t.cleanUp);

  it('loses no key and no login, and mends itself when there is room again', async (context) => {
    if (disk === undefined) {
      context.skip('needs the right to mount a tmpfs (root)');
      return;
    }
    const dir = join(disk, 'hsm');
    await createHsmFolder(dir, t.hsmConfig());
    const hsm = await t.bringUp(await t.startHsm(dir));
    await hsm.officer.json(HsmVerb.CreateUser, { name: 'kmsuser', password: t.USER_PASSWORD });
    let user = await t.loginTo(hsm);
    const keys: KeyReport[] = [];
    for (let count = 0; count < 5; count += 1) keys.push(await t.generateKey(user));
    const sealed = await t.encrypt(user, keys[0] as KeyReport, Buffer.from('x'));

    const filler = join(disk, 'filler');
    let refused = 0;
    user.rpc.close(); // so that each login is one into the token, whose file the module then rewrites
    for (let pages = 0; pages < TRIES; pages += 1) {
      fill(filler);
      truncateSync(filler, Math.max(0, statSync(filler).size - pages * PAGE_BYTES)); // it ends at another place each time
      const made = await makeKey(hsm);
      if (made === undefined) refused += 1;
      else keys.push(made);
    }
    assert.ok(refused > 0, 'the disk was not full: the test did not test');
    rmSync(filler);

    user = await t.loginTo(hsm);
    keys.push(await t.generateKey(user));
    assert.equal((await t.decrypt(user, keys[0] as KeyReport, sealed)).toString(), 'x');
    await hsm.kill('SIGKILL');

    const again = await t.startHsm(dir);
    const after = await t.loginTo(again);
    for (const { materialId, check } of keys)
      assert.equal((await after.json<KeyReport>(HsmVerb.CheckKey, { materialId })).check, check);
    assert.equal((await t.decrypt(after, keys[0] as KeyReport, sealed)).toString(), 'x');

    fill(filler);
    await again.kill('SIGKILL');
    rmSync(filler);
    await t.loginTo(await t.startHsm(dir));
  });
});
