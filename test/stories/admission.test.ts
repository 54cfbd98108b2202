/** What a server does that is asked for more than it can do: the excess is told to come back, and what is taken on goes on. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import {
  CreateKeyCommand,
  GenerateDataKeyCommand,
  GenerateRandomCommand,
  ListKeysCommand,
  SignCommand,
} from '@aws-sdk/client-kms';
import type { KMSClient } from '@aws-sdk/client-kms';
import { eventually, startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';
import { REGIONS, startClockedServer } from './clocked-server.ts';
import type { ClockedServer } from './clocked-server.ts';
import { refusal } from './refusal.ts';
import { WITHOUT_REQUEST_QUOTAS } from './without-quotas.ts';

const LIMIT_MS = 30_000;
const [HOME] = REGIONS;

const data = (KeyId: string): GenerateDataKeyCommand =>
  new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' });

describe('with a crypto process that does not answer', () => {
  let server: ClockedServer;
  let kms: KMSClient;
  let keyId: string;
  let rsaKeyId: string;

  before(async () => {
    const limits = '{ inFlight: 2, waitMilliseconds: 100, perHangingKeyStore: 3, rsaAtOnce: 1 }';
    server = await startClockedServer(undefined, `${WITHOUT_REQUEST_QUOTAS}admission: ${limits}\n`);
    kms = server.client(HOME);
    keyId = (await kms.send(new CreateKeyCommand())).KeyMetadata?.KeyId ?? '';
    const spec = { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' } as const;
    rsaKeyId = (await kms.send(new CreateKeyCommand(spec))).KeyMetadata?.KeyId ?? '';
  });
  after(() => server.remove());
  afterEach(() => process.kill(server.cryptoPid, 'SIGCONT'));

  const countOf = (reason: string): number => server.refusals.filter((other) => other === reason).length;
  const health = async (path: string): Promise<number> => (await fetch(`${server.endpoint}${path}`)).status;

  it('what finds no place is refused and counted, health goes on, and what was taken on is answered in the end', async () => {
    process.kill(server.cryptoPid, 'SIGSTOP');
    const calls = Array.from({ length: 12 }, () =>
      kms.send(data(keyId)).then(
        () => 'ok',
        ({ name, message }: Error) => `${name}: ${message}`,
      ),
    );
    await eventually(LIMIT_MS, 'a refusal', () => countOf('busy') > 0 || undefined);
    assert.deepEqual([await health('/healthz'), await health('/readyz')], [200, 200]);
    process.kill(server.cryptoPid, 'SIGCONT');
    const outcomes = await Promise.all(calls);
    assert.ok(outcomes.includes('ok'));
    assert.ok(outcomes.includes('ThrottlingException: Rate exceeded'));
    assert.equal((await kms.send(data(keyId))).Plaintext?.length, 32);
    assert.equal(server.assembly.gate.inUse, 0);
  });

  it('calls that are stuck give their places to calls that need no key store, and no more of them are taken on', async () => {
    const before = countOf('key-store');
    process.kill(server.cryptoPid, 'SIGSTOP');
    const stuck: Promise<unknown>[] = [];
    await eventually(LIMIT_MS, 'a refusal for the store', () => {
      stuck.push(kms.send(data(keyId)).catch((error: unknown) => error));
      return countOf('key-store') > before || undefined;
    });
    for (let n = 0; n < 5; n += 1) await kms.send(new ListKeysCommand({}));
    const { name } = await refusal(kms.send(new GenerateRandomCommand({ NumberOfBytes: 16 })));
    assert.equal(name, 'ThrottlingException');
    process.kill(server.cryptoPid, 'SIGCONT');
    await Promise.all(stuck);
    await eventually(LIMIT_MS, 'room in the store', () => kms.send(data(keyId)).catch(() => undefined));
    const recorded = (await server.events()).filter(({ errorCode }) => errorCode === 'ThrottlingException');
    assert.ok(recorded.length > 0, 'what a compartment refuses has a caller, and is on record');
  });

  it('signatures with RSA wait for each other, and nothing waits for them', async () => {
    process.kill(server.cryptoPid, 'SIGSTOP');
    const sign = (): Promise<unknown> =>
      kms.send(
        new SignCommand({
          KeyId: rsaKeyId,
          Message: Buffer.from('x'),
          SigningAlgorithm: 'RSASSA_PSS_SHA_256',
        }),
      );
    const calls = Array.from({ length: 6 }, () =>
      sign().then(
        () => 'ok',
        ({ name }: Error) => name,
      ),
    );
    await eventually(LIMIT_MS, 'refusals', () => countOf('heavy') >= 5 || undefined);
    await kms.send(new ListKeysCommand({}));
    process.kill(server.cryptoPid, 'SIGCONT');
    const outcomes = await Promise.all(calls);
    assert.equal(outcomes.filter((outcome) => outcome === 'ok').length, 1);
    assert.equal(outcomes.filter((outcome) => outcome === 'ThrottlingException').length, 5);
    await sign();
  });
});

describe('with clients that open much and send little', () => {
  let server: ClockedServer;
  const sockets: Socket[] = [];
  before(async () => {
    const limits = '{ connections: 20, bodyMegabytes: 1 }';
    server = await startClockedServer(undefined, `${WITHOUT_REQUEST_QUOTAS}admission: ${limits}\n`);
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });
  after(() => server.remove());

  const open = async (text: string): Promise<{ closed: () => boolean; received: () => string }> => {
    const { hostname, port } = new URL(server.endpoint);
    const socket = connect(Number(port), hostname);
    sockets.push(socket);
    let closed = false;
    let received = '';
    socket.on('error', () => {});
    socket.on('close', () => (closed = true));
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
    await once(socket, 'connect');
    socket.write(text);
    return { closed: () => closed, received: () => received };
  };

  it('one who works gets a connection, and the one that has waited longest for its request loses it', async () => {
    const halves: Awaited<ReturnType<typeof open>>[] = [];
    for (let n = 0; n < 20; n += 1) halves.push(await open('POST / HTTP/1.1\r\nhost: x\r\nx-half: '));
    const kms = server.client(HOME);
    await kms.send(new ListKeysCommand({}));
    await eventually(LIMIT_MS, 'a connection that is cut', () => halves[0]?.closed() || undefined);
    assert.ok(server.refusals.includes('connections'));
    for (let n = 0; n < 10; n += 1) await kms.send(new ListKeysCommand({}));
    assert.ok(!halves.at(-1)?.closed(), 'working on one connection needs no other one');
    kms.destroy();
  });

  it('long bodies that come slowly find no more room than there is, and give it back', async () => {
    const long = (fill: number): string =>
      `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${250 * 1024}\r\n\r\n${' '.repeat(fill)}`;
    const four = [];
    for (let n = 0; n < 4; n += 1) four.push(await open(long(1)));
    const fifth = await open(long(1));
    await eventually(LIMIT_MS, 'a refusal', () => fifth.received().startsWith('HTTP/1.1 503') || undefined);
    await eventually(LIMIT_MS, 'its end', () => fifth.closed() || undefined);
    assert.ok(server.refusals.includes('bodies'));
    await server.client(HOME).send(new ListKeysCommand({}));
    for (const socket of sockets.splice(0)) socket.destroy();
    await eventually(LIMIT_MS, 'room again', async () => {
      const another = await open(long(250 * 1024));
      await eventually(LIMIT_MS, 'an answer', () => another.received() || undefined);
      return another.received().startsWith('HTTP/1.1 404') || undefined;
    });
  });
});

describe('with a stranger who chooses what a server has to look through', () => {
  it('a credential without end in a query is answered as any other', async () => {
    const server = await startClockedServer();
    try {
      const answer = await fetch(`${server.endpoint}/?Action=a&X-Amz-Credential=${'/1'.repeat(7_000)}`);
      assert.equal(answer.status, 400);
      assert.match(await answer.text(), /<Code>IncompleteSignature<\/Code>/);
    } finally {
      await server.remove();
    }
  });
});

/** The supervisor ends an HSM that hangs after ten seconds. */
const BEFORE_THEY_ARE_STARTED_ANEW_MS = 8_000;

describe('with a cluster whose HSMs are all stopped', () => {
  const dir = mkdtempSync(join(tmpdir(), 'claviger-'));
  const configFile = join(dir, 'claviger.yaml');
  let claviger: Claviger;
  before(async () => {
    const limits = 'admission: { inFlight: 8, perHangingKeyStore: 4, waitMilliseconds: 5000 }\n';
    writeFileSync(configFile, WITHOUT_REQUEST_QUOTAS + limits);
    claviger = await startClaviger({ CLAVIGER_CONFIG: configFile });
  });
  after(async () => {
    await claviger.remove();
    rmSync(dir, { recursive: true });
  });

  it('keys of another store are used as ever, however many calls wait for those HSMs', async () => {
    const kms = claviger.client();
    const { customKeyStoreId: CustomKeyStoreId } = claviger.config();
    const built = (await kms.send(new CreateKeyCommand())).KeyMetadata?.KeyId ?? '';
    const command = new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId });
    const inHsms = (await kms.send(command)).KeyMetadata?.KeyId ?? '';
    await kms.send(data(inHsms));
    const hsms = Object.values(claviger.config().pids.hsm);
    for (const pid of hsms) process.kill(pid, 'SIGSTOP');
    const until = performance.now() + BEFORE_THEY_ARE_STARTED_ANEW_MS;
    let flooding = true;
    const outcomes = new Set<string>();
    const flood = Array.from({ length: 40 }, async () => {
      const client = claviger.client();
      while (flooding) {
        const outcome = await client.send(data(inHsms)).then(
          () => 'ok',
          ({ name }: Error) => name,
        );
        outcomes.add(outcome);
      }
      client.destroy();
    });
    try {
      await eventually(LIMIT_MS, 'calls that fail', () => outcomes.size > 0 || undefined);
      for (let n = 0; n < 30 && performance.now() < until; n += 1) {
        const client = claviger.client(); // a new connection each: nothing is reused
        assert.equal((await client.send(data(built))).Plaintext?.length, 32);
        client.destroy();
      }
      assert.ok(!outcomes.has('ok'));
    } finally {
      flooding = false;
      for (const pid of hsms) {
        try {
          process.kill(pid, 'SIGCONT');
        } catch {
          continue; // the supervisor started it anew
        }
      }
      await Promise.all(flood);
    }
    await eventually(LIMIT_MS, 'the HSMs', () => kms.send(data(inHsms)).catch(() => undefined));
  });
});
