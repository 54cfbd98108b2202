import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openDomainKeys, readDomainKeyFile } from '../../src/crypto-process/domain-key-file.ts';
import type { ReadDomainKeyFile } from '../../src/crypto-process/domain-key-file.ts';
import { openKey } from '../../src/crypto-process/encrypted-key.ts';
import type { DomainKeys } from '../../src/crypto-process/domain-keys.ts';
import { proveRecoverySeal, recoverRootSeal } from '../../src/crypto-process/recovery.ts';
import { openPin, readHostSecret } from '../../src/seal/host-secret.ts';
import { createRecoveryKit, openRecoveryKit, readRecoveryKit } from '../../src/seal/recovery-kit.ts';
import type { RecoveryKitContents } from '../../src/seal/recovery-kit.ts';
import { recoveryOpener } from '../../src/seal/recovery-seal.ts';
import { combine } from 'shamir-secret-sharing';
import {
  createPlace,
  endOf,
  filesBelow,
  spawnProcess,
  startProcess,
  useOf,
} from '../crypto-process/process.ts';
import type { KeyStorePlace } from '../crypto-process/process.ts';

describe('the recovery kit', () => {
  let place: KeyStorePlace;
  let other: KeyStorePlace;
  before(async () => {
    place = await createPlace();
    other = await createPlace();
  });
  after(() => {
    place.remove();
    other.remove();
  });

  /** The kit with some of its shares, by number. */
  function kitWith(...numbers: number[]): RecoveryKitContents {
    return readRecoveryKit(
      place.kit.encryptedKey,
      numbers.map((number) => place.kit.shares[number - 1] as string),
    );
  }

  const aad = Buffer.from('arn');

  it('opens with any two shares and with all three, and not with one, twice the same, or none', async () => {
    for (const numbers of [
      [1, 2],
      [2, 3],
      [3, 1],
      [1, 2, 3],
    ]) {
      assert.equal((await openRecoveryKit(kitWith(...numbers))).type, 'private');
    }
    for (const numbers of [[], [1], [2, 2]]) {
      await assert.rejects(openRecoveryKit(kitWith(...numbers)), { code: 'RECOVERY_SHARES_INVALID' });
    }
  });

  it('tells a share that was copied wrongly, or that belongs to another kit', async () => {
    const good = kitWith(1, 2);
    const [first = '', second = ''] = good.shares;
    const digits = shareBytes(second).toString('hex');
    const slip = second.replace(digits, (digits.startsWith('0') ? '1' : '0') + digits.slice(1));
    assert.notEqual(slip, second);
    await assert.rejects(openRecoveryKit({ ...good, shares: [first, slip] }), {
      code: 'RECOVERY_SHARES_INVALID',
    });
    await assert.rejects(openRecoveryKit({ ...good, shares: [first, 'nothing'] }), {
      code: 'RECOVERY_SHARES_INVALID',
    });
    const mixed = { ...good, shares: [first, readFileSync(other.kit.shares[1] as string, 'utf8')] };
    await assert.rejects(openRecoveryKit(mixed), { code: 'RECOVERY_SHARES_INVALID' });
  });

  it('tells a recovery key that was altered', async () => {
    const good = kitWith(1, 3);
    const file = JSON.parse(good.encryptedKey) as { sealed: string };
    const sealed = Buffer.from(file.sealed, 'base64');
    for (const at of [0, sealed.length >> 1, sealed.length - 1]) {
      const bad = Buffer.from(sealed);
      bad[at] = (bad[at] as number) ^ 1;
      const encryptedKey = JSON.stringify({ ...file, sealed: bad.toString('base64') });
      await assert.rejects(openRecoveryKit({ ...good, encryptedKey }), { code: 'RECOVERY_KEY_INVALID' });
    }
    await assert.rejects(openRecoveryKit({ ...good, encryptedKey: '{}' }), { code: 'RECOVERY_KEY_INVALID' });
  });

  it('is never written over', async () => {
    await assert.rejects(createRecoveryKit(join(place.root, 'operator')), { code: 'RECOVERY_KIT_EXISTS' });
  });

  it('has to be proven before the first key, where that is asked for', async () => {
    const here = { ...place, dir: join(place.root, 'proven') };
    const running = await startProcess(here, { args: ['--require-recovery-proof'] });
    const client = await running.connect();
    const request = { type: 'AES_256', aad } as const;
    await assert.rejects(client.generateKey(request), { code: 'RECOVERY_NOT_PROVEN' });
    await assert.rejects(client.confirmRecovery(randomBytes(32)), { code: 'RECOVERY_PROOF_WRONG' });
    await assert.rejects(client.confirmRecovery(Buffer.alloc(0)), { code: 'RECOVERY_PROOF_WRONG' });
    await assert.rejects(proveRecoverySeal(here.dir, kitWith(2)), { code: 'RECOVERY_SHARES_INVALID' });
    await client.confirmRecovery(await proveRecoverySeal(here.dir, kitWith(2, 3)));
    assert.notEqual((await client.describe()).recoveryProvenAt, null);
    await client.generateKey(request);
    client.close();
    await running.end('SIGKILL');
    const again = await startProcess(here, { args: ['--require-recovery-proof'] });
    const later = await again.connect();
    await later.generateKey(request);
    later.close();
    await again.end();
  });

  it('brings the key store back when the system HSM and the host secret are lost', async () => {
    const running = await startProcess(place);
    const client = await running.connect();
    await client.rotateDomainKey();
    const { ekt, check } = await client.generateKey({ type: 'AES_256', aad });
    const keyRef = randomBytes(16);
    await client.loadKey(keyRef, { ekt, aad });
    const storePart = Buffer.from(await client.encrypt(useOf(keyRef, check), Buffer.from('kept')));
    const rowKey = await client.deriveRowKey('rows');
    const lost = { ...place, hostSecretFile: join(place.root, 'new-host', 'secret') };
    const options = { dir: lost.dir, hostSecretFile: lost.hostSecretFile };
    await assert.rejects(recoverRootSeal({ ...options, kit: kitWith(1, 2) }), { code: 'FOLDER_IN_USE' });
    client.close();
    await running.end();

    rmSync(join(place.dir, 'system-hsm'), { recursive: true });
    assert.match((await endOf(spawnProcess(lost))).output, /TOKEN_UNUSABLE.*recover the key store/);
    assert.equal(existsSync(lost.hostSecretFile), false);

    await assert.rejects(recoverRootSeal({ ...options, kit: kitWith(1) }), {
      code: 'RECOVERY_SHARES_INVALID',
    });
    const report = await recoverRootSeal({ ...options, kit: kitWith(3, 1) });
    assert.deepEqual([report.domainKeys, report.setAside], [2, undefined]);
    const again = await recoverRootSeal({ ...options, kit: kitWith(1, 2) }); // as after a crash in between
    assert.match(again.setAside ?? '', /system-hsm\.lost-1$/);

    const recovered = await startProcess(lost);
    const later = await recovered.connect();
    await later.loadKey(keyRef, { ekt, aad });
    assert.deepEqual(await later.decrypt(useOf(keyRef, check), storePart), Buffer.from('kept'));
    assert.deepEqual(await later.deriveRowKey('rows'), rowKey);
    assert.equal(await later.rotateDomainKey(), 3);
    later.close();
    await recovered.end();
    await (await startProcess(lost)).end();
  });

  it('does not open the domain keys of another key store', async () => {
    await (await startProcess(other)).end();
    await assert.rejects(proveRecoverySeal(other.dir, kitWith(1, 2)), { code: 'WRAPPED_KEY_INVALID' });
  });
});

describe('the folder of a key store that was used', () => {
  let place: KeyStorePlace;
  before(async () => {
    place = await createPlace();
  });
  after(() => place.remove());

  it('holds no plaintext, key, domain key, PIN, seed or host secret, nor does its log', async () => {
    const aad = Buffer.from('arn');
    const plaintext = randomBytes(24);
    const running = await startProcess(place);
    const client = await running.connect();
    const { ekt, check } = await client.generateKey({ type: 'AES_256', aad });
    const keyRef = randomBytes(16);
    await client.loadKey(keyRef, { ekt, aad });
    const use = useOf(keyRef, check);
    await client.decrypt(use, await client.encrypt(use, plaintext));
    const dataKey = Buffer.from((await client.generateDataKey(use, 32)).plaintext);
    await client.unseal('p', aad, await client.seal('p', aad, plaintext));
    const rowKey = await client.deriveRowKey('rows');
    await assert.rejects(client.decrypt(use, plaintext));
    client.close();
    await running.end();

    // What must not be found: opened here from the outside, with the kit and the host secret.
    const kit = readRecoveryKit(place.kit.encryptedKey, place.kit.shares.slice(0, 2));
    const read = readDomainKeyFile(join(place.dir, 'domain-keys')) as ReadDomainKeyFile;
    const [domainKey] = openDomainKeys(read, recoveryOpener(await openRecoveryKit(kit)), 'byRecoveryKey');
    assert.ok(domainKey);
    const hbk = openKey({ byVersion: () => domainKey } as unknown as DomainKeys, ekt, aad).bytes;
    const hostSecret = readHostSecret(place.hostSecretFile);
    const pin = openPin(hostSecret, readFileSync(join(place.dir, 'system-hsm', 'pin.sealed')));
    const seed = Buffer.from(await combine(kit.shares.map((text) => new Uint8Array(shareBytes(text)))));
    const secrets = { plaintext, dataKey, rowKey, domainKey: domainKey.key, hbk, hostSecret, pin, seed };
    for (const [name, secret] of Object.entries(secrets)) assert.ok(secret.length >= 24, name);

    writeFileSync(join(place.root, 'output'), running.output());
    const searched = [...filesBelow(place.dir), ...filesBelow(join(place.root, 'run'))];
    searched.push({ path: 'output', content: readFileSync(join(place.root, 'output')) });
    assert.ok(searched.length > 10);
    for (const { path, content } of searched) {
      for (const [name, secret] of Object.entries(secrets)) {
        for (const form of [secret, secret.toString('hex'), secret.toString('base64').slice(0, 30)]) {
          assert.ok(!content.includes(form), `${name} is in ${path}`);
        }
      }
    }
    // The search finds what is there: the same over the folder of the host secret.
    const found = filesBelow(join(place.root, 'host')).filter(({ content }) => content.includes(hostSecret));
    assert.equal(found.length, 1);
  });

  it('does not open without the host secret, even with all else copied to another machine', async () => {
    const stolen = {
      ...place,
      dir: join(place.root, 'stolen'),
      hostSecretFile: join(place.root, 'thief', 'secret'),
    };
    cpSync(place.dir, stolen.dir, { recursive: true });
    const { code, output } = await endOf(spawnProcess(stolen));
    assert.equal(code, 1);
    assert.match(output, /HOST_SECRET_MISSING/);
  });
});

function shareBytes(text: string): Buffer {
  return Buffer.from(/ ([0-9a-f]{66}) /.exec(text)?.[1] ?? '', 'hex');
}
