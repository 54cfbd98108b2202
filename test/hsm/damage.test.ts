/** Damaged files: the token comes back from its copy, a damaged key is never used, and secrets are in no file. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { HsmVerb } from '../../src/rpc/hsm-messages.ts';
import type { KeyReport } from '../../src/rpc/hsm-messages.ts';
import * as t from './fixture.ts';

describe('damage to the files of an HSM', () => {
  let hsm: t.ActiveHsm;
  let key: KeyReport;
  let sealed: Buffer;
  let tokenObject: string;
  const plaintext = randomBytes(32);

  before(async () => {
    t.requireSoftHsm();
    hsm = await t.newActiveHsm();
    const user = await t.loginTo(hsm);
    key = await t.generateKey(user);
    sealed = await t.encrypt(user, key, plaintext);
    const [token] = readdirSync(join(hsm.dir, 'tokens'));
    tokenObject = join(hsm.dir, 'tokens', token ?? '', 'token.object');
  });
  after(t.cleanUp);

  it('keeps token.object read-only while it serves', () => {
    assert.equal(statSync(tokenObject).mode & 0o777, 0o400);
  });

  it('gives up root before it serves', { skip: process.getuid?.() === 0 ? false : 'needs root' }, () => {
    const status = readFileSync(`/proc/${hsm.process.pid}/status`, 'utf8');
    assert.match(status, new RegExp(`^Uid:\\t${t.NOBODY}\\t${t.NOBODY}\\t${t.NOBODY}\\t${t.NOBODY}$`, 'm'));
    assert.match(status, new RegExp(`^Groups:\\t${t.NOBODY} $`, 'm'));
  });

  it('leaves no core dump and opens no inspector on SIGUSR1', async () => {
    assert.match(readFileSync(`/proc/${hsm.process.pid}/limits`, 'utf8'), /Max core file size +0 +0/);
    hsm.process.kill('SIGUSR1');
    await (await t.connectTo(hsm)).json(HsmVerb.Ping);
    assert.doesNotMatch(hsm.stderr(), /Debugger listening/);
  });

  it('lets no second process own the folder', async () => {
    const begun = performance.now();
    await assert.rejects(t.startHsm(hsm.dir), /exit 3/);
    assert.ok(performance.now() - begun < 5000);
    await (await t.connectTo(hsm)).json(HsmVerb.Ping);
  });

  it('takes another port of its host when its own is in use', async () => {
    const other = await t.startHsm(await t.newHsmFolder({ listen: { host: '127.0.0.1', port: hsm.port } }));
    assert.notEqual(other.port, hsm.port);
    await (await t.connectTo(other)).json(HsmVerb.Ping);
  });

  it('ends with its parent when it is told so', async () => {
    const child = await t.startHsm(await t.newHsmFolder(), '--exit-with-parent');
    const ended = new Promise((resolve) => child.process.once('exit', resolve));
    child.process.stdin?.end();
    assert.equal(await ended, 0);
  });

  it('has no password, PIN or plaintext in any file', async () => {
    const canary = Buffer.from('canary-plaintext-4711');
    const user = await t.loginTo(hsm);
    await t.decrypt(user, key, await t.encrypt(user, key, canary));
    const found = allFiles(hsm.dir).filter((path) => {
      const bytes = readFileSync(path);
      return [canary, plaintext, t.USER_PASSWORD, t.OFFICER_PASSWORD].some((secret) =>
        bytes.includes(secret),
      );
    });
    assert.deepEqual(found, []);
    for (const secret of [t.USER_PASSWORD, t.OFFICER_PASSWORD, 'canary'])
      assert.ok(!hsm.stderr().includes(secret));
    assert.ok(allFiles(hsm.dir).length > 10);
  });

  const restartAfter = async (damage: () => void): Promise<t.TestClient & { hsm: t.RunningHsm }> => {
    await hsm.kill('SIGKILL');
    chmodSync(tokenObject, 0o600);
    damage();
    const again = await t.startHsm(hsm.dir);
    hsm = { ...hsm, ...again };
    return { ...(await t.loginTo(again)), hsm: again };
  };

  it('restores token.object after it was cut off, overwritten or removed', async () => {
    const damages: (() => void)[] = [
      () => writeFileSync(tokenObject, ''),
      () => writeFileSync(tokenObject, readFileSync(tokenObject).subarray(0, 100)),
      () => writeFileSync(tokenObject, flipped(readFileSync(tokenObject), 200)),
      () => rmSync(tokenObject),
    ];
    for (const damage of damages) {
      const user = await restartAfter(damage);
      assert.deepEqual(await t.decrypt(user, key, sealed), plaintext);
      assert.match(user.hsm.stderr(), /token restored/);
    }
  });

  it('sets a damaged key file aside and does without the key, and goes on with the others', async () => {
    const user = await restartAfter(() => {});
    const before = new Set(objectFiles(tokenObject));
    const second = await t.generateKey(user);
    const [file] = objectFiles(tokenObject).filter((name) => !before.has(name));
    assert.ok(file);
    const again = await restartAfter(() => writeFileSync(file, flipped(readFileSync(file), 150)));
    assert.equal(await t.outcome(t.encrypt(again, second, plaintext)), 'KEY_NOT_FOUND');
    assert.match(again.hsm.stderr(), /object set aside/);
    assert.ok(!existsSync(file));
    assert.deepEqual(await t.decrypt(again, key, sealed), plaintext);
  });

  it('uses no key whose value was changed on the disk together with its digest', async () => {
    const user = await restartAfter(() => {});
    const before = new Set(objectFiles(tokenObject));
    const keys: KeyReport[] = [];
    for (let count = 0; count < 12; count++) keys.push(await t.generateKey(user));
    const again = await restartAfter(() => {
      const files = objectFiles(tokenObject).filter((name) => !before.has(name));
      files.forEach((file, at) =>
        writeFileSync(file, flipped(readFileSync(file), valueOffset(readFileSync(file)) + 5 * at)),
      );
      rmSync(join(hsm.dir, 'sums'), { recursive: true });
    });
    const answers = await Promise.all(keys.map((one) => t.outcome(t.encrypt(again, one, plaintext))));
    assert.deepEqual(answers, Array<string>(12).fill('KEY_CHECK_FAILED'));
    assert.deepEqual(await t.decrypt(again, key, sealed), plaintext);
  });
});

/** Where SoftHSM 2.6.1 has the encrypted bytes of CKA_VALUE (0x11, kind 3: byte string) in an object file. */
function valueOffset(object: Buffer): number {
  const header = Buffer.alloc(16);
  header.writeUInt8(0x11, 7);
  header.writeUInt8(3, 15);
  const at = object.indexOf(header);
  assert.ok(at > 0);
  return at + 24;
}

function flipped(bytes: Buffer, at: number): Buffer {
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return bytes;
}

function objectFiles(tokenObject: string): string[] {
  const folder = join(tokenObject, '..');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.object') && name !== 'token.object')
    .map((name) => join(folder, name));
}

function allFiles(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
