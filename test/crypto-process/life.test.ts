import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createPlace, endOf, filesBelow, spawnProcess, startProcess, useOf } from './process.ts';
import type { KeyStorePlace, RunningProcess } from './process.ts';

describe('the life of the crypto process', () => {
  let place: KeyStorePlace;
  before(async () => {
    place = await createPlace();
  });
  after(() => place.remove());

  const aad = Buffer.from('arn');

  /** Makes a key and a ciphertext that must open for ever after. */
  async function sample(running: RunningProcess) {
    const client = await running.connect();
    const key = await client.generateKey({ type: 'AES_256', aad });
    const keyRef = randomBytes(16);
    await client.loadKey(keyRef, { ekt: key.ekt, aad });
    const storePart = Buffer.from(await client.encrypt(useOf(keyRef, key.check), Buffer.from('kept')));
    const rowKey = await client.deriveRowKey('rows');
    client.close();
    return { ...key, keyRef, storePart, rowKey };
  }

  async function requireOpens(
    running: RunningProcess,
    kept: Awaited<ReturnType<typeof sample>>,
  ): Promise<void> {
    const client = await running.connect();
    await client.loadKey(kept.keyRef, { ekt: kept.ekt, aad });
    assert.deepEqual(
      await client.decrypt(useOf(kept.keyRef, kept.check), kept.storePart),
      Buffer.from('kept'),
    );
    assert.deepEqual(await client.deriveRowKey('rows'), kept.rowKey);
    client.close();
  }

  it('keeps its keys over a stop and over a kill', async () => {
    const first = await startProcess(place);
    const kept = await sample(first);
    assert.equal(await first.end('SIGTERM'), 0);
    assert.equal(existsSync(place.socket), false);
    const second = await startProcess(place);
    await requireOpens(second, kept);
    await second.end('SIGKILL');
    const third = await startProcess(place); // the socket of the killed one is in the way
    await requireOpens(third, kept);
    await third.end();
  });

  it('lets nobody else into its folders and files', async () => {
    const running = await startProcess(place);
    for (const path of [place.dir, join(place.dir, 'system-hsm'), join(place.root, 'run')]) {
      assert.equal(statSync(path).mode & 0o777, 0o700, path);
    }
    for (const { path } of [...filesBelow(place.dir), ...filesBelow(join(place.root, 'host'))]) {
      assert.equal(statSync(path).mode & 0o077, 0, path);
    }
    assert.equal(statSync(place.socket).mode & 0o077, 0);
    await running.end();
  });

  it('does not listen in a folder that others may enter', async () => {
    mkdirSync(join(place.root, 'open'));
    chmodSync(join(place.root, 'open'), 0o755);
    const { code, output } = await endOf(spawnProcess({ ...place, socket: join(place.root, 'open', 's') }));
    assert.equal(code, 1);
    assert.match(output, /must belong to this user alone/);
  });

  it('lets a second owner of the folder go away with exit code 3', async () => {
    const running = await startProcess(place);
    const { code, output } = await endOf(
      spawnProcess({ ...place, socket: join(place.root, 'run', 'other.sock') }),
    );
    assert.equal(code, 3);
    assert.match(output, /another process uses the folder/);
    await running.end();
  });

  it('ends when its parent does, opens no inspector on SIGUSR1, and dumps no core', async () => {
    const running = await startProcess(place);
    running.child.kill('SIGUSR1');
    const client = await running.connect();
    assert.equal((await client.describe()).domainKeyVersion, 1);
    const limits = readFileSync(`/proc/${running.child.pid}/limits`, 'utf8');
    assert.match(limits, /Max core file size\s+0\s+0/);
    running.child.stdin?.end();
    await endOf({ child: running.child, output: () => running.output() });
    assert.equal(running.child.exitCode, 0);
    assert.doesNotMatch(running.output(), /Debugger listening/);
  });

  it('takes a short socket path when the wanted one is too long for the system, and says so', async () => {
    const running = await startProcess({
      ...place,
      socket: join(place.root, 'r'.repeat(120), 'crypto.sock'),
    });
    assert.ok(Buffer.byteLength(running.socket) <= 107);
    const client = await running.connect();
    assert.equal((await client.describe()).pid, running.child.pid);
    client.close();
    await running.end();
    rmSync(join(running.socket, '..'), { recursive: true });
  });

  it('does not start with a wrong, missing or readable host secret, and says what to do', async () => {
    const secret = readFileSync(place.hostSecretFile);
    const outputs: Record<string, string> = {};
    const attempt = async (name: string): Promise<void> => {
      const { code, output } = await endOf(spawnProcess(place));
      assert.equal(code, 1, name);
      outputs[name] = output;
    };
    writeFileSync(place.hostSecretFile, randomBytes(32));
    await attempt('wrong');
    rmSync(place.hostSecretFile);
    await attempt('missing');
    assert.equal(
      existsSync(place.hostSecretFile),
      false,
      'a new host secret was made though the old one is needed',
    );
    writeFileSync(place.hostSecretFile, secret, { mode: 0o644 });
    chmodSync(place.hostSecretFile, 0o644);
    await attempt('readable');
    assert.match(outputs['wrong'] ?? '', /HOST_SECRET_WRONG.*recover the key store with two shares/);
    assert.match(outputs['missing'] ?? '', /HOST_SECRET_MISSING.*restore it/);
    assert.match(outputs['readable'] ?? '', /HOST_SECRET_UNSAFE.*0600/);
    chmodSync(place.hostSecretFile, 0o600);
    await (await startProcess(place)).end();
  });

  it('puts damaged files of the token back', async () => {
    const tokens = join(place.dir, 'system-hsm', 'tokens');
    for (const { path, content } of filesBelow(tokens).filter((file) => !file.path.endsWith('.lock'))) {
      for (const damage of [content.subarray(0, content.length >> 1), Buffer.alloc(0), flipped(content)]) {
        chmodSync(path, 0o600);
        writeFileSync(path, damage);
      }
    }
    const running = await startProcess(place);
    assert.match(running.output(), /put damaged files of the system HSM back|"ready"/);
    const client = await running.connect();
    assert.equal((await client.describe()).domainKeyVersion, 1);
    client.close();
    await running.end();
    assert.match(running.output(), /put damaged files of the system HSM back/);
  });

  it('does not start with an altered file of domain keys, whichever part of it', async () => {
    const path = join(place.dir, 'domain-keys');
    const good = readFileSync(path, 'utf8');
    const swap = (from: RegExp, to: string): string => {
      const changed = good.replace(from, to);
      assert.notEqual(changed, good);
      return changed;
    };
    for (const bad of [
      swap(/"recoveryProvenAt":null/, '"recoveryProvenAt":"2026-01-01T00:00:00.000Z"'),
      swap(/"recoveryPublicKey":"(.{60})../, '"recoveryPublicKey":"$1AA'),
      swap(/"byRootKey":"../, '"byRootKey":"AA'),
      swap(/"byRecoveryKey":"../, '"byRecoveryKey":"AA'),
      swap(/"createdAt":"2/, '"createdAt":"1'),
      swap(/\n[0-9a-f]{2}/, '\n00'),
      good.slice(0, 200),
    ]) {
      writeFileSync(path, bad);
      const { code, output } = await endOf(spawnProcess(place));
      assert.equal(code, 1);
      assert.match(output, /DOMAIN_KEYS_INVALID|WRAPPED_KEY_INVALID|RECOVERY_PUBLIC_KEY/);
    }
    // Gone altogether: not taken for a first start, which would make keys that open nothing.
    renameSync(path, `${path}.away`);
    const { code, output } = await endOf(spawnProcess(place));
    assert.equal(code, 1);
    assert.match(output, /are gone: restore them/);
    writeFileSync(path, good);
    await (await startProcess(place)).end();
  });

  it('does not start the first time without a recovery key, nor later with that of another kit', async () => {
    const fresh = {
      ...place,
      dir: join(place.root, 'fresh'),
      kit: { ...place.kit, publicKey: '/nonexistent' },
    };
    assert.match((await endOf(spawnProcess(fresh))).output, /ENOENT/);
    const other = await createPlace();
    const { code, output } = await endOf(spawnProcess({ ...place, kit: other.kit }));
    assert.equal(code, 1);
    assert.match(output, /RECOVERY_PUBLIC_KEY.*is sealed for the recovery kit/);
    other.remove();
  });

  it('takes the PIN from a file, and then seals nothing with a host secret', async () => {
    const pinFile = join(place.root, 'pin');
    writeFileSync(pinFile, 'a-pin-of-systemd-1\n', { mode: 0o600 });
    const withPin = {
      ...place,
      dir: join(place.root, 'with-pin'),
      hostSecretFile: join(place.root, 'none', 'secret'),
    };
    const options = { env: { CLAVIGER_SYSTEM_PIN_FILE: pinFile } };
    await (await startProcess(withPin, options)).end();
    const again = await startProcess(withPin, options);
    await again.end();
    assert.equal(existsSync(withPin.hostSecretFile), false);
    assert.equal(existsSync(join(withPin.dir, 'system-hsm', 'pin.sealed')), false);
    for (const { path, content } of filesBelow(withPin.dir))
      assert.ok(!content.includes('a-pin-of-systemd'), path);
    writeFileSync(pinFile, 'another-pin-123');
    assert.match((await endOf(spawnProcess(withPin, options))).output, /PIN_WRONG/);
    assert.match((await endOf(spawnProcess(withPin))).output, /PIN_MISSING/);
  });
});

function flipped(content: Buffer): Buffer {
  const bad = Buffer.from(content);
  const middle = content.length >> 1;
  bad[middle] = (bad[middle] as number) ^ 1;
  return bad;
}
