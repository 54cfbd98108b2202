/** Two nodes, each with its own folder, root key and crypto process, on one PostgreSQL database and one HSM cluster. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  ConnectCustomKeyStoreCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeCustomKeyStoresCommand,
  DisconnectCustomKeyStoreCommand,
  EncryptCommand,
  KMSClient,
} from '@aws-sdk/client-kms';
import type { DatabaseConfiguration } from '../../src/configuration/database.ts';
import { eventually, startClaviger } from '../stories/claviger.ts';
import type { Claviger } from '../stories/claviger.ts';
import { WITHOUT_REQUEST_QUOTAS } from '../stories/without-quotas.ts';
import { WITHOUT_POSTGRES, sharedPostgres } from '../storage/postgres-server.ts';
import { startBalancer } from './balancer.ts';
import type { Balancer } from './balancer.ts';
import { assertOnlyCutOff, assertOpens, startCreating } from './creating.ts';

const COMMAND = fileURLToPath(new URL('../../bin/claviger', import.meta.url));
const SEVERAL = `${WITHOUT_REQUEST_QUOTAS}server: { nodes: several }\nreconciliation: { continuous: false }\n`;
const PLAINTEXT = Buffer.from('text');
const CONNECTIONS = 8;
const KILLS = 4;

describe('two nodes on one database', { skip: WITHOUT_POSTGRES }, () => {
  let dir: string;
  let first: Claviger;
  let second: Claviger;
  let balancer: Balancer;
  let database: DatabaseConfiguration;

  const claviger = (...words: string[]): string => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...words], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  /** As the HSMs of the first node say in their logs. */
  const remoteHsms = (): string => {
    const logs = join(first.dataDir, 'logs');
    const entries = readdirSync(logs)
      .filter((name) => name.startsWith('hsm-'))
      .map((name) => {
        const lines = readFileSync(join(logs, name), 'utf8').trim().split('\n');
        const ready = lines
          .map((line) => JSON.parse(line) as Record<string, unknown>)
          .findLast(({ msg }) => msg === 'ready');
        const { hsmId, host, port } = ready ?? {};
        const clusterId = first.config().clusterId;
        return JSON.stringify({ hsmId, clusterId, availabilityZone: 'us-east-1a', host, port });
      });
    return `cloudhsm: { remoteHsms: [${entries.join(', ')}] }\n`;
  };
  const clientOf = (endpoint: string): KMSClient => {
    const { region, accessKeyId, secretAccessKey } = first.config();
    return new KMSClient({
      ...{ endpoint, region, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 },
      requestHandler: { httpAgent: { maxSockets: 1, keepAlive: true } },
    });
  };
  const serverPid = (node: Claviger): number => node.config().pids.server[1] as number;
  const storeIs = (state: string, client: KMSClient): Promise<true> =>
    eventually(30_000, state, async () => {
      const CustomKeyStoreId = first.config().customKeyStoreId;
      const answer = await client
        .send(new DescribeCustomKeyStoresCommand({ CustomKeyStoreId }))
        .catch(() => undefined);
      return answer?.CustomKeyStores?.[0]?.ConnectionState === state ? true : undefined;
    });

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'claviger-node-'));
    database = await (await sharedPostgres()).createDatabase();
    first = await startClaviger({}, database, SEVERAL);
    const invitation = join(dir, 'invitation.json');
    writeFileSync(invitation, claviger('node', 'invite', '--data', first.dataDir));
    const kit = join(first.dataDir, 'operator', 'recovery-kit');
    claviger(
      ...['node', 'join', invitation, '--data', join(dir, 'data'), '--kit', join(kit, 'recovery-key.enc')],
      ...['--share', join(kit, 'share-1.txt'), join(kit, 'share-3.txt')],
    );
    second = await startClaviger({}, database, `${SEVERAL}${remoteHsms()}`, join(dir, 'data'));
    balancer = await startBalancer(() => [first.config().endpoint, second.config().endpoint]);
  });
  after(async () => {
    balancer?.close();
    await second?.remove();
    await first?.remove();
    rmSync(dir, { recursive: true, force: true });
  });

  it('know the same users, keys and key stores, and open what the other one encrypted', async () => {
    const [one, two] = [clientOf(first.config().endpoint), clientOf(second.config().endpoint)];
    const CustomKeyStoreId = first.config().customKeyStoreId;
    for (const [maker, user] of [[one, two] as const, [two, one] as const]) {
      for (const store of [{}, { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId } as const]) {
        const { KeyMetadata } = await maker.send(new CreateKeyCommand(store));
        const { CiphertextBlob } = await user.send(
          new EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext: PLAINTEXT }),
        );
        const { Plaintext } = await maker.send(new DecryptCommand({ CiphertextBlob }));
        assert.deepEqual(Buffer.from(Plaintext ?? []), PLAINTEXT);
      }
    }
  });

  it(`lose nothing that was acknowledged in ${KILLS} kills of either, and fail only on connections that were cut`, async () => {
    const work = startCreating(
      Array.from({ length: CONNECTIONS }, () => clientOf(balancer.endpoint)),
      first.config().customKeyStoreId,
    );
    const { acknowledged } = work;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const node = kill % 2 === 0 ? first : second;
      const known = acknowledged.length;
      const pid = serverPid(node);
      if (kill === 3) {
        await node.kill(); // the whole node: all its processes end
        await eventually(30_000, 'work goes on', () => (acknowledged.length > known + 20 ? true : undefined));
        await node.resume();
      } else process.kill(pid, 'SIGKILL');
      await eventually(30_000, 'another process in its place', () =>
        serverPid(node) === pid ? undefined : true,
      );
      await eventually(30_000, 'work goes on', () => (acknowledged.length > known + 40 ? true : undefined));
    }
    await work.stop();
    assertOnlyCutOff(work.errors);
    for (const node of [first, second]) {
      const client = clientOf(node.config().endpoint);
      for (const key of acknowledged) await assertOpens(client, key);
    }
  });

  it('hand over what one does for both: a key store is connected, with a new password, while the other hangs', async () => {
    const CustomKeyStoreId = first.config().customKeyStoreId;
    const two = clientOf(second.config().endpoint);
    const { KeyMetadata } = await two.send(
      new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId }),
    );
    const { CiphertextBlob } = await two.send(
      new EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext: PLAINTEXT }),
    );
    const pid = serverPid(first);
    process.kill(pid, 'SIGSTOP');
    await two.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId }));
    await storeIs('DISCONNECTED', two);
    await two.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }));
    await storeIs('CONNECTED', two);
    process.kill(pid, 'SIGCONT');
    for (const node of [first, second]) {
      const client = clientOf(node.config().endpoint);
      await eventually(30_000, 'the node opens what was encrypted before', async () => {
        const opened = await client.send(new DecryptCommand({ CiphertextBlob })).catch(() => undefined);
        return opened === undefined ? undefined : true;
      });
    }
  });

  it('have an unbroken trail each', () => {
    for (const node of [first, second]) claviger('audit', 'verify', '--data', node.dataDir);
  });

  it('are none where one would believe itself alone', async () => {
    const alone = join(dir, 'alone.yaml');
    writeFileSync(alone, WITHOUT_REQUEST_QUOTAS);
    const args = [COMMAND, 'node', 'invite', '--data', first.dataDir, '--config', alone];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, /set server\.nodes: several/);
    await second.stop();
    writeFileSync(join(second.dataDir, 'claviger.yaml'), WITHOUT_REQUEST_QUOTAS);
    await assert.rejects(second.resume(), /this node joined others/);
  });
});
