import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import type { CryptoProcessClient } from '../../src/crypto-process/client.ts';
import { createPlace, endOf, spawnProcess, startProcess, useOf } from './process.ts';
import type { KeyStorePlace } from './process.ts';

describe('a crypto process that is killed', () => {
  let place: KeyStorePlace;
  before(async () => {
    place = await createPlace();
  });
  after(() => place.remove());

  /** What a first start brings into being, in this order. */
  const STEPS: readonly ((dir: string) => boolean)[] = [
    (dir) => existsSync(join(dir, 'lock')),
    (dir) => existsSync(join(dir, 'system-hsm')),
    (dir) => existsSync(join(dir, 'system-hsm', 'pin.sealed')),
    (dir) => existsSync(join(dir, 'system-hsm', 'softhsm2.conf')),
    (dir) => tokenFiles(dir) >= 1,
    (dir) => tokenFiles(dir) >= 4,
    (dir) => existsSync(join(dir, 'system-hsm', 'copies')),
    (dir) => existsSync(join(dir, 'system-hsm', 'system-hsm.json.new')),
    (dir) => existsSync(join(dir, 'system-hsm', 'system-hsm.json')),
    (dir) => existsSync(join(dir, 'domain-keys')),
  ];

  function tokenFiles(dir: string): number {
    const tokens = join(dir, 'system-hsm', 'tokens');
    if (!existsSync(tokens)) return 0;
    return readdirSync(tokens, { recursive: true }).length;
  }

  it('at any step of its first start, starts again (20 kills)', { timeout: 120_000 }, async () => {
    let beforeReady = 0;
    for (let i = 0; i < 20; i += 1) {
      const here = {
        ...place,
        dir: join(place.root, `first-${i}`),
        socket: join(place.root, `run-${i}`, 's'),
      };
      const reached = STEPS[i % STEPS.length] as (dir: string) => boolean;
      const spawned = spawnProcess(here);
      // Some steps last less than a look takes: who misses one kills the process when it is ready.
      const over = (): boolean =>
        spawned.child.exitCode !== null || spawned.output().includes('"ready":true');
      while (!over() && !existsSync(here.dir)) await delay(1);
      while (!over() && !reached(here.dir)) await turn();
      spawned.child.kill('SIGKILL');
      const { output } = await endOf(spawned);
      if (!output.includes('"ready":true')) beforeReady += 1;

      const running = await startProcess(here);
      const client = await running.connect();
      assert.equal((await client.describe()).domainKeyVersion, 1);
      await client.generateKey({ type: 'AES_256', aad: Buffer.alloc(0) });
      client.close();
      await running.end('SIGKILL');
    }
    assert.ok(beforeReady >= 10, `only ${beforeReady} of 20 were killed before they were ready`);
  });

  it('while it makes domain keys, has every one that it answered with, and opens what they sealed (20 kills)', async () => {
    const sealed: { version: number; bytes: Buffer }[] = [];
    let acknowledged = 0;

    /** Rotates until the connection is lost. */
    const rotate = async (client: CryptoProcessClient): Promise<void> => {
      try {
        for (;;) {
          acknowledged = await client.rotateDomainKey();
          const bytes = Buffer.from(
            await client.seal('kill', Buffer.alloc(0), Buffer.from(String(acknowledged))),
          );
          sealed.push({ version: acknowledged, bytes });
        }
      } catch (error) {
        assert.equal((error as { code: string }).code, 'CONNECTION_LOST');
      }
    };

    for (let i = 0; i <= 20; i += 1) {
      const running = await startProcess(place);
      const client = await running.connect();
      const { domainKeyVersion } = await client.describe();
      assert.ok(
        domainKeyVersion >= acknowledged,
        `domain key ${acknowledged} was answered, ${domainKeyVersion} is here`,
      );
      for (const { version, bytes } of sealed) {
        assert.deepEqual(await client.unseal('kill', Buffer.alloc(0), bytes), Buffer.from(String(version)));
      }
      const rotating = rotate(client);
      await delay(5 + i);
      await running.end('SIGKILL');
      await rotating;
    }
    assert.ok(acknowledged > 0, 'no domain key was made: the test did not test');
  });

  it('loses no key that it answered with', async () => {
    const aad = Buffer.from('arn');
    const first = await startProcess(place);
    const client = await first.connect();
    const keys = await Promise.all(
      Array.from({ length: 50 }, () => client.generateKey({ type: 'AES_256', aad })),
    );
    await first.end('SIGKILL');
    const second = await startProcess(place);
    const again = await second.connect();
    for (const { ekt, check } of keys) {
      const keyRef = randomBytes(16);
      assert.deepEqual(await again.loadKey(keyRef, { ekt, aad }), check);
      await again.encrypt(useOf(keyRef, check), Buffer.from('x'));
    }
    again.close();
    await second.end();
  });
});
