/** One HSM of the cluster killed, stopped, damaged, replaced: callers do not notice. All gone: they are told quickly. */
import assert from 'node:assert/strict';
import {
  closeSync,
  cpSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ConnectCustomKeyStoreCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeCustomKeyStoresCommand,
  DescribeKeyCommand,
  DisconnectCustomKeyStoreCommand,
  EncryptCommand,
  UpdateCustomKeyStoreCommand,
} from '@aws-sdk/client-kms';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { EscrowEntry } from '../../src/keystores/hsm-cluster/escrow-file.ts';
import { checkEscrow } from '../../src/operator/escrow.ts';
import { claviger as tool } from '../operator/tool.ts';
import type { Ran } from '../operator/tool.ts';
import { eventually, startClaviger } from '../stories/claviger.ts';
import type { Claviger } from '../stories/claviger.ts';
import { cloudHsmClient, clusterBecomes } from '../stories/own-cluster.ts';
import { refusal } from '../stories/refusal.ts';
import {
  addHsm,
  isServing,
  killHsm,
  leadThroughProxy,
  linkChanges,
  linkStates,
  pidOf,
  removeHsm,
  slowDown,
} from './hsm-faults.ts';
import { startLoad } from './load.ts';

const CONNECTIONS = 64;
/** Of three HSMs, each in turn, under load; bench/kills.ts does it 200 times. */
const KILLS = 3;
const KEYS_AT_ONCE = 8;
const KEY_ROUNDS = 4;
/** More than the five wrong passwords that lock a user. */
const STARTS = 6;

const times = <T>(count: number, work: () => Promise<T>): Promise<T>[] => Array.from({ length: count }, work);

describe('an HSM cluster under fire', () => {
  let claviger: Claviger;
  let kms: KMSClient;
  let keyId: string;
  let hsmIds: string[];

  const newKey = async (): Promise<string> => {
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: claviger.config().customKeyStoreId }),
    );
    return KeyMetadata?.KeyId ?? '';
  };
  const roundTrip = async (id = keyId): Promise<void> => {
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: id, Plaintext: Buffer.from('x') }));
    const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob }));
    assert.equal(Buffer.from(Plaintext ?? []).toString(), 'x');
  };
  const serving = (milliseconds: number, wanted = hsmIds): Promise<boolean> =>
    isServing(claviger, wanted, milliseconds);
  const isOut = (hsmId: string): Promise<boolean> =>
    eventually(30_000, 'the HSM is taken out', () =>
      linkStates(claviger).get(hsmId) === 'serving' ? undefined : true,
    );
  const killed = (hsmId: string): Promise<number> => killHsm(claviger, hsmId);

  /** What the server's log says of an HSM. */
  const historyOf = (hsmId: string): string[] =>
    readFileSync(join(claviger.dataDir, 'logs', 'server.log'), 'utf8')
      .split('\n')
      .filter((line) => line.includes(hsmId));
  const isCloning = (line: string): boolean => line.includes('a key was cloned');

  const storeBecomes = (state: string): Promise<unknown> =>
    eventually(60_000, `the store ${state}`, async () => {
      const { CustomKeyStores } = await kms.send(new DescribeCustomKeyStoresCommand({}));
      return CustomKeyStores?.[0]?.ConnectionState === state ? true : undefined;
    });

  before(async () => {
    claviger = await startClaviger();
    kms = claviger.client({ sockets: CONNECTIONS });
    hsmIds = Object.keys(claviger.config().pids.hsm);
    keyId = await newKey();
  });
  after(() => claviger.remove());

  it('makes keys, eight at once, under load: no HSM is taken for one that is away, and every call succeeds', async () => {
    const changes = linkChanges(claviger).length;
    const load = startLoad(kms, keyId, CONNECTIONS);
    try {
      await eventually(30_000, 'load', () => (load.done > 200 ? true : undefined));
      for (let round = 0; round < KEY_ROUNDS; round += 1) await Promise.all(times(KEYS_AT_ONCE, newKey));
    } finally {
      await load.stop();
    }
    assert.deepEqual(load.errors, []);
    assert.deepEqual(linkChanges(claviger).slice(changes), []);
  });

  it('shows how far the cloning to a new HSM is, and uses it once it has every key', async () => {
    const before = new Set(Object.keys(claviger.config().pids.hsm));
    const added = addHsm(claviger);
    const hsmId = await eventually(30_000, 'its process', () =>
      Object.keys(claviger.config().pids.hsm).find((id) => !before.has(id)),
    );
    // keys that are younger than the image it starts from must be cloned, and it is slow at that
    process.kill(pidOf(claviger, hsmId) as number, 'SIGSTOP');
    for (let round = 0; round < KEY_ROUNDS; round += 1) await Promise.all(times(KEYS_AT_ONCE, newKey));
    const hurry = slowDown(pidOf(claviger, hsmId) as number);
    try {
      await clusterBecomes(
        ...([cloudHsmClient(claviger), claviger.config().clusterId, 'cloning is seen'] as const),
        ({ Hsms }) =>
          Hsms?.some((hsm) => /^Cloning keys: \d+ of \d+\.$/.test(hsm.StateMessage ?? '')) === true,
      );
    } finally {
      hurry();
    }
    hsmIds.push(await added);
    const history = historyOf(hsmId);
    const served = history.findIndex((line) => line.includes('"to":"serving"'));
    assert.equal(history.slice(0, served).filter(isCloning).length, KEY_ROUNDS * KEYS_AT_ONCE);
    assert.deepEqual(history.slice(served).filter(isCloning), []);
  });

  it('loses no request when each of three HSMs is killed under load, and has it back and repaired', async () => {
    const load = startLoad(kms, keyId, CONNECTIONS);
    try {
      for (let kills = 0; kills < KILLS; kills += 1) {
        const hsmId = hsmIds[kills % hsmIds.length] as string;
        await eventually(30_000, 'load', () => (load.done > 200 ? true : undefined));
        const before = pidOf(claviger, hsmId);
        await killed(hsmId);
        await serving(30_000);
        await eventually(30_000, 'client.json names the new process', () =>
          pidOf(claviger, hsmId) === before ? undefined : true,
        );
        const done = load.done;
        await eventually(30_000, 'load goes on', () => (load.done > done + 200 ? true : undefined));
      }
    } finally {
      await load.stop();
    }
    assert.deepEqual(load.errors, []);
  });

  it('serves again at once when it was only cut off, and is given the keys that were made meanwhile', async () => {
    const hsmId = hsmIds.at(-1) as string; // without it there are HSMs in two zones still, so that keys can be made
    const proxy = await leadThroughProxy(claviger, hsmId);
    try {
      await serving(30_000);
      proxy.become('refuses');
      await isOut(hsmId);
      await Promise.all(times(KEYS_AT_ONCE, newKey));
      proxy.become('whole');
      await serving(30_000);
      await eventually(30_000, 'the missing keys', () =>
        historyOf(hsmId).slice(-KEYS_AT_ONCE).every(isCloning) ? true : undefined,
      );
      const last = historyOf(hsmId).at(-KEYS_AT_ONCE - 1) ?? '';
      assert.match(last, /"to":"serving"/);
    } finally {
      proxy.end();
    }
    await serving(30_000);
  });

  it('removes the third HSM again, without a request lost', async () => {
    const hsmId = hsmIds.pop() as string;
    const load = startLoad(kms, keyId, CONNECTIONS);
    try {
      await removeHsm(claviger, hsmId);
    } finally {
      await load.stop();
    }
    assert.deepEqual(load.errors, []);
  });

  it('loses no request when an HSM hangs, and starts it anew', async () => {
    const [hsmId] = hsmIds as [string];
    const pid = pidOf(claviger, hsmId) as number;
    const load = startLoad(kms, keyId, CONNECTIONS);
    await eventually(30_000, 'load', () => (load.done > 200 ? true : undefined));
    process.kill(pid, 'SIGSTOP');
    await isOut(hsmId);
    await sleep(1_000);
    await load.stop();
    assert.deepEqual(load.errors, []);
    assert.ok(load.slowestMs < 2_000, `slowest call ${load.slowestMs} ms`);
    await eventually(60_000, 'a new process', () => (pidOf(claviger, hsmId) === pid ? undefined : true));
    await serving(30_000);
  });

  it('refuses to make a key with one HSM left, and goes on using keys', async () => {
    const [hsmId] = hsmIds as [string];
    const pid = pidOf(claviger, hsmId) as number;
    process.kill(pid, 'SIGSTOP');
    try {
      await isOut(hsmId);
      const error = await refusal(newKey());
      assert.equal(error.name, 'CloudHsmClusterInvalidConfigurationException');
      await roundTrip();
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await serving(30_000);
  });

  it('answers KMSInvalidStateException within 2 s when all HSMs are gone, and recovers by itself', async () => {
    for (const hsmId of hsmIds) process.kill(pidOf(claviger, hsmId) as number, 'SIGSTOP');
    for (const hsmId of hsmIds) await isOut(hsmId);
    const start = performance.now();
    const error = await refusal(roundTrip());
    assert.equal(error.name, 'KMSInvalidStateException');
    assert.equal(error.message, 'KMS cannot communicate with your CloudHSM cluster');
    assert.ok(performance.now() - start < 2_000);
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: keyId }));
    assert.equal(KeyMetadata?.KeyState, 'Enabled'); // AWS: losing HSMs does not change the key's state
    for (const hsmId of hsmIds) process.kill(pidOf(claviger, hsmId) as number, 'SIGKILL');
    await serving(30_000);
    await roundTrip();
  });

  it('puts a damaged token back from its copy', async () => {
    const [hsmId] = hsmIds as [string];
    const tokens = join(claviger.dataDir, 'hsm', hsmId, 'tokens');
    for (const name of readdirSync(tokens)) truncateSync(join(tokens, name, 'token.object'), 0);
    await killed(hsmId);
    await serving(30_000);
    await roundTrip();
    assert.ok(statSync(join(tokens, readdirSync(tokens)[0] ?? '', 'token.object')).size > 0);
  });

  it('never uses a key object whose bytes were changed, and replaces it by a good copy', async () => {
    const [hsmId] = hsmIds as [string];
    const tokens = join(claviger.dataDir, 'hsm', hsmId, 'tokens');
    const before = new Set(objectsIn(tokens));
    const id = await newKey();
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: id, Plaintext: Buffer.from('x') }));
    process.kill(pidOf(claviger, hsmId) as number, 'SIGSTOP'); // after a creation the epoch's object is replaced
    const made = objectsIn(tokens).filter((file) => !before.has(file));
    flipBytes(largest(made)); // the key; an epoch is shorter
    await killed(hsmId);
    await serving(30_000);
    for (let i = 0; i < 20; i += 1) {
      const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob }));
      assert.equal(Buffer.from(Plaintext ?? []).toString(), 'x');
    }
    const [other] = hsmIds.slice(1) as [string];
    process.kill(pidOf(claviger, other) as number, 'SIGSTOP'); // only the mended HSM can answer now
    try {
      await eventually(30_000, 'the mended HSM decrypts', async () => {
        try {
          const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob }));
          return Buffer.from(Plaintext ?? []).toString() === 'x' ? true : undefined;
        } catch {
          return undefined;
        }
      });
    } finally {
      process.kill(pidOf(claviger, other) as number, 'SIGCONT');
    }
    await serving(30_000);
  });

  it('finds an HSM that was put back to an older state, and brings it up to date', async () => {
    const [hsmId, other] = hsmIds as [string, string];
    const folder = join(claviger.dataDir, 'hsm', hsmId);
    const saved = `${claviger.dataDir}-older`;
    const pid = pidOf(claviger, hsmId) as number;
    process.kill(pid, 'SIGSTOP'); // files come and go in it
    try {
      cpSync(folder, saved, { recursive: true, preserveTimestamps: true });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    const id = await newKey();
    await sleep(1_500); // the epochs are raised within a second of the creation
    rmSync(folder, { recursive: true });
    cpSync(saved, folder, { recursive: true, preserveTimestamps: true });
    rmSync(saved, { recursive: true });
    await killed(hsmId);
    await serving(30_000);
    assert.match(
      readFileSync(join(claviger.dataDir, 'logs', 'server.log'), 'utf8'),
      /an HSM is older than it should be/,
    );
    process.kill(pidOf(claviger, other) as number, 'SIGSTOP');
    try {
      await eventually(30_000, 'the HSM has the newer key', async () => {
        try {
          await roundTrip(id);
          return true;
        } catch {
          return undefined;
        }
      });
    } finally {
      process.kill(pidOf(claviger, other) as number, 'SIGCONT');
    }
    await serving(30_000);
  });

  it('has every key in escrow for the recovery HSM, with the same check value', async () => {
    await newKey();
    const entries = readFileSync(join(claviger.dataDir, 'server', 'escrow', 'keys.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as EscrowEntry);
    assert.ok(entries.length >= 3);
    const outcomes = await checkEscrow(join(claviger.dataDir, 'operator'), entries);
    assert.deepEqual(
      outcomes.map((outcome) => outcome.proven),
      entries.map(() => true),
    );
  });

  it('fills an HSM that was replaced: enrolled by the agent, all keys cloned to it', async () => {
    const [hsmId, other] = hsmIds as [string, string];
    rmSync(join(claviger.dataDir, 'hsm', hsmId), { recursive: true });
    await killed(hsmId);
    await serving(30_000);
    process.kill(pidOf(claviger, other) as number, 'SIGSTOP');
    try {
      await eventually(30_000, 'the new HSM alone does it', async () => {
        try {
          await roundTrip();
          return true;
        } catch {
          return undefined;
        }
      });
    } finally {
      process.kill(pidOf(claviger, other) as number, 'SIGCONT');
    }
    await serving(30_000);
    await newKey();
  });

  it('does not lock kmsuser when the server starts again and again with a password that is wrong by now', async () => {
    const password = 'SetByTheOfficer123';
    const hsm = (args: string): Promise<Ran> =>
      tool(['hsm', ...args.split(' '), '--data', claviger.dataDir], {
        CLAVIGER_HSM_NEW_PASSWORD: password,
      });
    const changed = await hsm('user change-password kmsuser');
    assert.equal(changed.code, 0, changed.out + changed.err);
    for (let starts = 0; starts < STARTS; starts += 1) {
      const refusals = refusedLogins(claviger);
      const [, server] = claviger.config().pids.server as [number, number];
      process.kill(server, 'SIGKILL');
      await eventually(60_000, 'every HSM was asked', () =>
        refusedLogins(claviger) >= refusals + hsmIds.length ? true : undefined,
      );
    }
    const users = await hsm('user list');
    assert.doesNotMatch(users.out, /locked/i);
    const store = { CustomKeyStoreId: claviger.config().customKeyStoreId };
    await kms.send(new DisconnectCustomKeyStoreCommand(store));
    await storeBecomes('DISCONNECTED');
    await kms.send(new UpdateCustomKeyStoreCommand({ ...store, KeyStorePassword: password }));
    await kms.send(new ConnectCustomKeyStoreCommand(store));
    await storeBecomes('CONNECTED');
    await roundTrip();
  });
});

/** How often the server has said that an HSM did not let it in. */
function refusedLogins(claviger: Claviger): number {
  const log = readFileSync(join(claviger.dataDir, 'logs', 'server.log'), 'utf8');
  return log.split('\n').filter((line) => /an HSM could not be taken into service|a login failed/.test(line))
    .length;
}

/** Files of a token's objects. */
function objectsIn(tokens: string): string[] {
  return readdirSync(tokens, { recursive: true })
    .map((name) => join(tokens, String(name)))
    .filter((file) => file.endsWith('.object') && !file.endsWith('token.object'));
}

function largest(files: readonly string[]): string {
  const [first] = [...files].sort((a, b) => statSync(b).size - statSync(a).size);
  assert.ok(first !== undefined);
  return first;
}

function flipBytes(file: string): void {
  const bytes = readFileSync(file);
  const fd = openSync(file, 'r+');
  for (let at = Math.floor(bytes.length / 2); at < bytes.length; at += 7) {
    writeSync(fd, Buffer.from([(bytes[at] as number) ^ 0x55]), 0, 1, at);
  }
  closeSync(fd);
}
