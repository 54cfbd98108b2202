/** The crypto process is gone: for a moment, which nobody need know, and for good. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuiltinKeyStore } from '../../src/keystores/builtin/builtin-key-store.ts';
import { createPlace, startProcess } from '../crypto-process/process.ts';
import type { KeyStorePlace, RunningProcess } from '../crypto-process/process.ts';
import { eventually } from '../stories/claviger.ts';
import { startClockedServer } from '../stories/clocked-server.ts';

const OBSTACLE = 'the crypto process does not answer';
/** Longer than calls wait for it. */
const LONG_MS = 6_000;
const PATIENCE_MS = 15_000;

describe('the built-in key store', () => {
  let place: KeyStorePlace;
  let running: RunningProcess;
  let store: BuiltinKeyStore;
  before(async () => {
    place = await createPlace();
    running = await startProcess(place);
    store = new BuiltinKeyStore(() => running.socket);
    await store.random(randomBytes(16), 1);
  });
  after(async () => {
    await store.close();
    await running.end();
    place.remove();
  });

  it('is there although its process was restarted, whether anybody called meanwhile or not', async () => {
    await running.end('SIGKILL');
    assert.equal(store.obstacle, undefined);
    running = await startProcess(place);
    await sleep(LONG_MS);
    assert.equal(store.obstacle, undefined);
    await store.random(randomBytes(16), 1);
  });

  it('is not there when its process stays away, and there again with it, though nobody calls', async () => {
    await running.end('SIGKILL');
    await sleep(LONG_MS);
    assert.equal(store.obstacle, OBSTACLE);
    await sleep(LONG_MS); // the tries of the loss itself are over
    assert.equal(store.obstacle, OBSTACLE);
    running = await startProcess(place);
    await eventually(PATIENCE_MS, 'that it is back', () => (store.obstacle === undefined ? true : undefined));
  });
});

it('a server whose crypto process stays away is not ready', async () => {
  const server = await startClockedServer();
  try {
    const ready = (): Promise<Response> => fetch(`${server.endpoint}/readyz`);
    assert.equal((await ready()).status, 200);
    process.kill(server.cryptoPid, 'SIGKILL');
    const answer = await eventually(PATIENCE_MS, 'that it is not ready', async () => {
      const response = await ready();
      return response.status === 503 ? response : undefined;
    });
    assert.deepEqual(await answer.json(), { ready: false, reasons: [OBSTACLE] });
  } finally {
    await server.remove();
  }
});
