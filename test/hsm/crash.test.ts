/** Killed at any moment: what was answered is there afterwards, and the HSM starts. */
import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { HsmVerb } from '../../src/rpc/hsm-messages.ts';
import type { KeyReport } from '../../src/rpc/hsm-messages.ts';
import { verifyHsmLog } from '../../src/hsm-log/verify.ts';
import { join } from 'node:path';
import { eventually } from '../stories/claviger.ts';
import * as t from './fixture.ts';

/** More for a long proof (CLAVIGER_KILLS=100). */
const KILLS = Number(process.env['CLAVIGER_KILLS'] ?? 20);

describe('an HSM process that is killed', () => {
  before(t.requireSoftHsm);
  after(t.cleanUp);

  it(`loses no acknowledged key and no password in ${KILLS} kills during both`, async () => {
    const hsm: t.ActiveHsm = await t.newActiveHsm();
    let running: t.RunningHsm = hsm;
    /** The last acknowledged password, then the one that was asked for and not acknowledged. */
    let passwords = [t.USER_PASSWORD];
    const acknowledged: { key: KeyReport; sealed: Buffer; plaintext: Buffer }[] = [];
    let interruptedChanges = 0;

    for (let kill = 0; kill < KILLS; kill++) {
      const user = await loginWithAny(running, passwords);
      passwords = [user.password];
      await Promise.all(
        acknowledged.map(async ({ key, sealed, plaintext }) =>
          assert.deepEqual(await t.decrypt(user.client, key, sealed), plaintext),
        ),
      );
      const changer = await t.loginTo(running, user.password);
      const known = acknowledged.length;
      const keys = generateUntilLost(user.client, acknowledged);
      const changes = changeUntilLost(changer, passwords);
      // every other kill comes after a key was made, however slow the machine is
      if (kill % 2 === 1)
        await eventually(30_000, 'a key', () => (acknowledged.length > known ? true : undefined));
      await sleep(randomInt(5, 80));
      await running.kill('SIGKILL');
      await Promise.all([keys, changes]);
      if (passwords.length > 1) interruptedChanges += 1;
      running = await t.startHsm(hsm.dir);
    }
    assert.ok(acknowledged.length > 0, 'no key was made: the test did not test');
    assert.ok(interruptedChanges >= 1, 'no change was interrupted: the test did not test');
    assert.equal((await verifyHsmLog(join(hsm.dir, 'log'))).intact, true);
  });
});

async function loginWithAny(
  hsm: t.RunningHsm,
  passwords: string[],
): Promise<{ client: t.TestClient; password: string }> {
  for (const password of passwords) {
    try {
      return { client: await t.loginTo(hsm, password), password };
    } catch (error) {
      if ((error as { code?: string }).code !== 'LOGIN_FAILED') throw error;
    }
  }
  throw new Error('neither the old nor the new password is right');
}

async function generateUntilLost(
  client: t.TestClient,
  acknowledged: { key: KeyReport; sealed: Buffer; plaintext: Buffer }[],
): Promise<void> {
  for (;;) {
    try {
      const key = await t.generateKey(client);
      const plaintext = randomBytes(32);
      acknowledged.push({ key, sealed: await t.encrypt(client, key, plaintext), plaintext });
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'CONNECTION_LOST');
      return;
    }
  }
}

async function changeUntilLost(client: t.TestClient, passwords: string[]): Promise<void> {
  for (;;) {
    const [oldPassword] = passwords;
    const newPassword = randomBytes(12).toString('hex');
    passwords[1] = newPassword;
    try {
      await client.json(HsmVerb.ChangePassword, { oldPassword, newPassword });
      passwords.splice(0, 2, newPassword);
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'CONNECTION_LOST');
      return;
    }
  }
}
