/** Passwords, the lock after five wrong ones, and who may be logged in when. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { HsmVerb } from '../../src/rpc/hsm-messages.ts';
import type { HsmUser } from '../../src/rpc/hsm-messages.ts';
import * as t from './fixture.ts';

describe('users of an HSM', () => {
  let hsm: t.ActiveHsm;
  before(async () => {
    t.requireSoftHsm();
    hsm = await t.newActiveHsm();
  });
  after(t.cleanUp);

  const restart = async (): Promise<void> => {
    await hsm.kill();
    const again = await t.startHsm(hsm.dir);
    const officer = await t.connectTo(again);
    await officer.json(HsmVerb.LoginOfficer, { name: 'admin', password: t.OFFICER_PASSWORD });
    hsm = { ...hsm, ...again, officer };
  };
  const end = async (...clients: t.TestClient[]): Promise<void> => {
    for (const client of clients) await client.json(HsmVerb.Logout);
  };

  it('says that an unknown user is unknown', async () => {
    const client = await t.connectTo(hsm);
    const request = { name: 'nobody', password: t.USER_PASSWORD, owner: 'kms-1' };
    assert.equal(await t.outcome(client.json(HsmVerb.LoginUser, request)), 'USER_NOT_FOUND');
  });

  it('lets one owner hold many connections and no second owner in', async () => {
    const first = await t.loginTo(hsm);
    const second = await t.loginTo(hsm);
    assert.equal(await t.outcome(t.loginTo(hsm, t.USER_PASSWORD, 'somebody')), 'USER_LOGGED_IN');
    first.rpc.close();
    await t.generateKey(second); // the login goes on with the second connection
    assert.equal(await t.outcome(t.loginTo(hsm, t.USER_PASSWORD, 'somebody')), 'USER_LOGGED_IN');
    second.rpc.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await end(await t.loginTo(hsm, t.USER_PASSWORD, 'somebody'));
  });

  it('keeps a login whose connection was lost for its owner, who has it back with the password alone', async () => {
    /** A login into the token rewrites this file, and whoever joins one does not. */
    const loggedInAt = (): string =>
      readdirSync(join(hsm.dir, 'tokens'))
        .map((token) => statSync(join(hsm.dir, 'tokens', token, 'token.object')).mtimeMs)
        .join();
    const lost = await t.loginTo(hsm);
    const first = loggedInAt();
    lost.rpc.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const stranger = await t.connectTo(hsm);
    assert.equal(await t.outcome(t.generateKey(stranger)), 'NOT_LOGGED_IN');
    assert.equal(await t.outcome(t.loginTo(hsm, 'wrongPassword1')), 'LOGIN_FAILED');
    const back = await t.loginTo(hsm);
    assert.equal(loggedInAt(), first);
    await t.generateKey(back);
    await end(back); // Logout leaves nothing behind
    await end(await t.loginTo(hsm));
    assert.notEqual(loggedInAt(), first);
  });

  it('reads no long request of somebody who is not logged in', async () => {
    const long = 'x'.repeat(100_000);
    const stranger = await t.connectTo(hsm);
    const login = { name: long, password: t.USER_PASSWORD, owner: 'kms-1' };
    assert.equal(await t.outcome(stranger.json(HsmVerb.LoginUser, login)), 'CONNECTION_LOST');
    const user = await t.loginTo(hsm);
    assert.equal(await t.outcome(user.json(HsmVerb.CheckKey, { materialId: long })), 'BAD_REQUEST');
    await end(user);
  });

  it('answers crypto verbs only on a connection that is logged in', async () => {
    const user = await t.loginTo(hsm);
    const key = await t.generateKey(user);
    const stranger = await t.connectTo(hsm);
    assert.equal(await t.outcome(t.encrypt(stranger, key, Buffer.from('x'))), 'NOT_LOGGED_IN');
    assert.equal(await t.outcome(t.encrypt(hsm.officer, key, Buffer.from('x'))), 'NOT_LOGGED_IN');
    assert.equal(await t.outcome(t.generateKey(stranger)), 'NOT_LOGGED_IN');
    assert.equal(
      await t.outcome(user.json(HsmVerb.CreateUser, { name: 'x', password: 'xxxxxxx1' })),
      'NOT_LOGGED_IN',
    );
    await end(user);
    assert.equal(await t.outcome(t.encrypt(user, key, Buffer.from('x'))), 'NOT_LOGGED_IN');
  });

  it('changes its own password: the old one is dead at once and after a restart, keys stay', async () => {
    const user = await t.loginTo(hsm);
    const key = await t.generateKey(user);
    const sealed = await t.encrypt(user, key, Buffer.from('kept'));
    const change = (oldPassword: string, newPassword: string): Promise<string> =>
      t.outcome(user.json(HsmVerb.ChangePassword, { oldPassword, newPassword }));
    assert.equal(await change('wrongPassword1', 'newPassword1'), 'LOGIN_FAILED');
    assert.equal(await change(t.USER_PASSWORD, 'not allowed!'), 'INVALID_PASSWORD');
    assert.equal(await change(t.USER_PASSWORD, 'newPassword1'), 'OK');
    assert.equal(await t.outcome(t.loginTo(hsm)), 'LOGIN_FAILED');
    await t.loginTo(hsm, 'newPassword1');
    await restart();
    assert.equal(await t.outcome(t.loginTo(hsm)), 'LOGIN_FAILED');
    const again = await t.loginTo(hsm, 'newPassword1');
    assert.equal((await t.decrypt(again, key, sealed)).toString(), 'kept');
    await again.json(HsmVerb.ChangePassword, { oldPassword: 'newPassword1', newPassword: t.USER_PASSWORD });
    await end(again);
  });

  it('has the password of before when a change of it could not be written', async () => {
    const inTheWay = join(hsm.dir, 'committed.json.new'); // the committed state is written there first
    const user = await t.loginTo(hsm);
    mkdirSync(inTheWay);
    const change = { oldPassword: t.USER_PASSWORD, newPassword: 'newPassword1' };
    for (let count = 0; count < 6; count++)
      assert.equal(await t.outcome(user.json(HsmVerb.ChangePassword, change)), 'INTERNAL');
    assert.equal(await t.outcome(t.loginTo(hsm, 'newPassword1')), 'LOGIN_FAILED');
    await t.loginTo(hsm);
    rmdirSync(inTheWay);
    await hsm.kill('SIGKILL');
    hsm = { ...hsm, ...(await t.startHsm(hsm.dir)) };
    await restart();
    await end(await t.loginTo(hsm));
  });

  it('locks after five wrong passwords, also over restarts, until the officer sets a new one', async () => {
    for (let count = 0; count < 3; count++)
      assert.equal(await t.outcome(t.loginTo(hsm, 'wrongPassword1')), 'LOGIN_FAILED');
    await restart();
    for (let count = 0; count < 2; count++)
      assert.equal(await t.outcome(t.loginTo(hsm, 'wrongPassword1')), 'LOGIN_FAILED');
    assert.equal(await t.outcome(t.loginTo(hsm)), 'USER_LOCKED'); // even with the right one
    await restart();
    assert.equal(await t.outcome(t.loginTo(hsm)), 'USER_LOCKED');
    const locked = async (): Promise<boolean | undefined> =>
      (await hsm.officer.json<HsmUser[]>(HsmVerb.ListUsers)).find(({ name }) => name === 'kmsuser')?.locked;
    assert.equal(await locked(), true);
    await hsm.officer.json(HsmVerb.SetUserPassword, { name: 'kmsuser', password: 'byTheOfficer1' });
    assert.equal(await locked(), false);
    assert.equal(await t.outcome(t.loginTo(hsm)), 'LOGIN_FAILED');
    await end(await t.loginTo(hsm, 'byTheOfficer1'));
  });

  it("lets the officer set a user's password and its own while the user works", async () => {
    const user = await t.loginTo(hsm, 'byTheOfficer1');
    const key = await t.generateKey(user);
    const sealed = await t.encrypt(user, key, Buffer.from('before'));
    await hsm.officer.json(HsmVerb.SetUserPassword, { name: 'kmsuser', password: t.USER_PASSWORD });
    await hsm.officer.json(HsmVerb.SetOfficerPassword, { password: 'secondOfficer1' });
    assert.equal((await t.decrypt(user, key, sealed)).toString(), 'before');
    await hsm.officer.json(HsmVerb.CreateUser, { name: 'second', password: 'secondUser1' }); // the new SO PIN works
    await hsm.officer.json(HsmVerb.SetUserPassword, { name: 'second', password: 'secondUser2' });
    const stranger = await t.connectTo(hsm);
    const login = (password: string): Promise<string> =>
      t.outcome(stranger.json(HsmVerb.LoginOfficer, { name: 'admin', password }));
    assert.equal(await login(t.OFFICER_PASSWORD), 'LOGIN_FAILED');
    assert.equal(await login('secondOfficer1'), 'OK');
    await end(user);
    await end(await t.loginTo(hsm));
  });

  it("ends the officer's other logins when its password is changed, and no user's", async () => {
    const login = { name: 'admin', password: 'secondOfficer1' };
    const [other, late] = [await t.connectTo(hsm), await t.connectTo(hsm)];
    await other.json(HsmVerb.LoginOfficer, login);
    const user = await t.loginTo(hsm);
    await hsm.officer.json(HsmVerb.SetOfficerPassword, { password: 'thirdOfficer1' });
    assert.match(await t.outcome(other.json(HsmVerb.ListUsers)), /^(CONNECTION_LOST|NOT_LOGGED_IN)$/);
    await hsm.officer.json(HsmVerb.ListUsers); // the one that changed it goes on
    await t.generateKey(user);
    const [changed, met] = await Promise.all([
      t.outcome(hsm.officer.json(HsmVerb.SetOfficerPassword, { password: 'secondOfficer1' })),
      t.outcome(late.json(HsmVerb.LoginOfficer, { ...login, password: 'thirdOfficer1' })),
    ]);
    assert.equal(changed, 'OK');
    // whichever came first, the password of before leaves no login
    assert.match(met, /^(OK|LOGIN_FAILED)$/);
    assert.match(await t.outcome(late.json(HsmVerb.ListUsers)), /^(CONNECTION_LOST|NOT_LOGGED_IN)$/);
    await end(user);
  });

  it('gives the officer no more tries than five either', async () => {
    const stranger = await t.connectTo(hsm);
    const login = (password: string): Promise<string> =>
      t.outcome(stranger.json(HsmVerb.LoginOfficer, { name: 'admin', password }));
    const answers = await Promise.all(Array.from({ length: 7 }, () => login('wrongPassword1')));
    assert.deepEqual(answers.sort(), [
      ...Array<string>(5).fill('LOGIN_FAILED'),
      'USER_LOCKED',
      'USER_LOCKED',
    ]);
    assert.equal(await login('secondOfficer1'), 'USER_LOCKED');
  });
});
