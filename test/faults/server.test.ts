/** The server killed at any instant: what was acknowledged is there, nothing half made can be used. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  GetKeyLastUsageCommand,
  ListKeysCommand,
} from '@aws-sdk/client-kms';
import type { KMSClient } from '@aws-sdk/client-kms';
import { eventually, startClaviger } from '../stories/claviger.ts';
import type { Claviger } from '../stories/claviger.ts';

const COMMAND = fileURLToPath(new URL('../../bin/claviger', import.meta.url));
/** More of them on demand: CLAVIGER_KILLS=200 npm test -- test/faults/server.test.ts */
const KILLS = Number(process.env['CLAVIGER_KILLS'] ?? 16);
const SPREAD_MS = 90;

interface Acknowledged {
  keys: Set<string>;
  ciphertexts: { blob: Uint8Array; text: string }[];
}

describe('a server that is killed', () => {
  let claviger: Claviger;
  const acknowledged: Acknowledged = { keys: new Set(), ciphertexts: [] };

  before(async () => {
    claviger = await startClaviger();
  });
  after(() => claviger.remove());

  const serverPid = (): number => claviger.config().pids.server[1] as number;
  /** Waits for the process that the supervisor starts in the place of `old`. */
  const answersAgain = async (old: number): Promise<KMSClient> => {
    await eventually(15_000, 'a new server process', () => (serverPid() === old ? undefined : true));
    const client = claviger.client();
    await eventually(15_000, 'the server answers', async () => {
      try {
        await client.send(new ListKeysCommand({}));
        return true;
      } catch {
        return undefined;
      }
    });
    return client;
  };

  /** Creates keys and encrypts until the connection breaks, or the server was killed while nothing was asked of it. */
  const work = async (client: KMSClient, store: string | undefined, killed: AbortSignal): Promise<void> => {
    for (let i = 0; !killed.aborted; i += 1) {
      try {
        const { KeyMetadata } = await client.send(
          new CreateKeyCommand(
            store === undefined ? {} : { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: store },
          ),
        );
        const KeyId = KeyMetadata?.KeyId ?? '';
        acknowledged.keys.add(KeyId);
        const text = `text ${i}`;
        const { CiphertextBlob } = await client.send(
          new EncryptCommand({ KeyId, Plaintext: Buffer.from(text) }),
        );
        acknowledged.ciphertexts.push({ blob: CiphertextBlob ?? new Uint8Array(), text });
      } catch {
        return;
      }
    }
  };

  it(`loses no acknowledged key or ciphertext in ${KILLS} kills at every step of key creation`, async () => {
    let client = claviger.client();
    const store = claviger.config().customKeyStoreId;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const killed = new AbortController();
      const working = [store, undefined, store].map((where) => work(client, where, killed.signal));
      await new Promise((resolve) =>
        setTimeout(resolve, 10 + (kill * SPREAD_MS) / KILLS + Math.random() * 20),
      );
      const pid = serverPid();
      process.kill(pid, 'SIGKILL');
      killed.abort();
      await Promise.all(working);
      client = await answersAgain(pid);
    }
    assert.ok(acknowledged.keys.size > 0);
    await everythingIsThere(client);
  });

  const everythingIsThere = async (client: KMSClient): Promise<void> => {
    const listed = new Set<string>();
    let Marker: string | undefined;
    do {
      const page = await client.send(new ListKeysCommand({ Limit: 1000, Marker }));
      for (const key of page.Keys ?? []) listed.add(key.KeyId ?? '');
      Marker = page.NextMarker;
    } while (Marker !== undefined);
    for (const key of acknowledged.keys) assert.ok(listed.has(key), `key ${key} is lost`);
    for (const KeyId of listed) {
      // whatever is listed works, acknowledged or not: no half key
      const { CiphertextBlob } = await client.send(
        new EncryptCommand({ KeyId, Plaintext: Buffer.from('whole') }),
      );
      const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob }));
      assert.equal(Buffer.from(Plaintext ?? []).toString(), 'whole');
    }
    for (const { blob, text } of acknowledged.ciphertexts) {
      const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob: blob }));
      assert.equal(Buffer.from(Plaintext ?? []).toString(), text);
    }
  };

  it('starts again after the supervisor and the server were killed together, and knows the last use of every key', async () => {
    await claviger.kill();
    await claviger.resume();
    const client = claviger.client();
    for (const KeyId of acknowledged.keys) {
      const { KeyLastUsage } = await client.send(new GetKeyLastUsageCommand({ KeyId }));
      assert.equal(KeyLastUsage?.Operation, 'Decrypt', `the last use of ${KeyId} is lost`);
    }
    await everythingIsThere(client);
  });

  it('has every acknowledged change in an unbroken audit trail', () => {
    const verify = spawnSync(process.execPath, [COMMAND, 'audit', 'verify', '--data', claviger.dataDir]);
    assert.equal(verify.status, 0, verify.stdout.toString());
    const list = spawnSync(
      process.execPath,
      [COMMAND, 'audit', 'list', '--json', '--name', 'CreateKey', '--data', claviger.dataDir],
      { maxBuffer: 64 * 1024 * 1024 },
    );
    const created = list.stdout
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { responseElements?: { keyMetadata?: { keyId?: string } } | null })
      .map((event) => event.responseElements?.keyMetadata?.keyId);
    for (const key of acknowledged.keys) assert.ok(created.includes(key), `no event for key ${key}`);
  });

  it('goes on when the crypto process is killed', async () => {
    const client = claviger.client({ maxAttempts: 3 });
    const { CiphertextBlob } = await client.send(
      new EncryptCommand({ KeyId: [...acknowledged.keys][0], Plaintext: Buffer.from('x') }),
    );
    process.kill(claviger.config().pids.crypto[0] as number, 'SIGKILL');
    const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob }));
    assert.equal(Buffer.from(Plaintext ?? []).toString(), 'x');
    const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
    await client.send(new EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext: Buffer.from('x') }));
  });

  it('has a crypto process that hangs started anew, and is not ready meanwhile', async () => {
    const client = claviger.client();
    const { endpoint, pids } = claviger.config();
    const ready = async (): Promise<number> => (await fetch(`${endpoint}/readyz`)).status;
    const KeyId = (await client.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId;
    const encrypt = async (): Promise<boolean> =>
      client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') })).then(
        () => true,
        () => false,
      );
    assert.equal(await ready(), 200);
    process.kill(pids.crypto[0] as number, 'SIGSTOP');
    await eventually(20_000, 'readiness says so', async () => ((await ready()) === 503 ? true : undefined));
    await eventually(30_000, 'a process in its place', async () => (await encrypt()) || undefined);
    await eventually(10_000, 'readiness again', async () => ((await ready()) === 200 ? true : undefined));
    assert.notEqual(claviger.config().pids.crypto[0], pids.crypto[0]);
  });
});
