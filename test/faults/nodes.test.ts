/** Two serving processes on one database: either may be killed or replaced under load, and each knows what the other did. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  ConnectCustomKeyStoreCommand,
  CreateAliasCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeCustomKeyStoresCommand,
  DisableKeyCommand,
  DisconnectCustomKeyStoreCommand,
  EnableKeyCommand,
  EncryptCommand,
  ListAliasesCommand,
  ListGrantsCommand,
} from '@aws-sdk/client-kms';
import type { KMSClient } from '@aws-sdk/client-kms';
import { CloudHSMV2Client, CreateHsmCommand, DescribeClustersCommand } from '@aws-sdk/client-cloudhsm-v2';
import type { Cluster } from '@aws-sdk/client-cloudhsm-v2';
import {
  CreateUserCommand,
  GetUserPolicyCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { eventually, startClaviger } from '../stories/claviger.ts';
import type { Claviger } from '../stories/claviger.ts';
import { WITHOUT_REQUEST_QUOTAS } from '../stories/without-quotas.ts';
import { assertOnlyCutOff, assertOpens, startCreating } from './creating.ts';
import { startLoad } from './load.ts';

const COMMAND = fileURLToPath(new URL('../../bin/claviger', import.meta.url));
/** So many connections reach both processes, but for one time in ten thousand. */
const CONNECTIONS = 16;
const PLAINTEXT = Buffer.from('text');
const KILLS = 4;

describe('two serving processes on one database', () => {
  let claviger: Claviger;
  /** Each has one connection, and so one process. */
  let clients: KMSClient[];

  before(async () => {
    claviger = await startClaviger({}, undefined, `${WITHOUT_REQUEST_QUOTAS}server: { workers: 2 }\n`);
    clients = newClients();
  });
  after(() => claviger.remove());

  const newClients = (): KMSClient[] =>
    Array.from({ length: CONNECTIONS }, () => claviger.client({ sockets: 1 }));
  const servers = (): number[] => claviger.config().pids.server.slice(1);
  const newKey = async (inStore: boolean): Promise<string> => {
    const store = { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: claviger.config().customKeyStoreId } as const;
    const { KeyMetadata } = await (clients[0] as KMSClient).send(new CreateKeyCommand(inStore ? store : {}));
    return KeyMetadata?.Arn ?? '';
  };
  /** How long it takes until every connection answers so, milliseconds. */
  const untilAll = async (what: string, is: (client: KMSClient) => Promise<boolean>): Promise<number> => {
    const start = performance.now();
    await Promise.all(
      clients.map((client) => eventually(30_000, what, async () => ((await is(client)) ? true : undefined))),
    );
    return performance.now() - start;
  };
  const encrypts = async (client: KMSClient, KeyId: string): Promise<boolean> =>
    client.send(new EncryptCommand({ KeyId, Plaintext: PLAINTEXT })).then(
      () => true,
      () => false,
    );

  it('both serve', () => assert.equal(servers().length, 2));

  it('let each process use at once what another one made', async () => {
    const KeyId = await newKey(true);
    const alias = `alias/everywhere-${Date.now()}`;
    await clients[0]?.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: KeyId }));
    for (const client of clients) {
      const { CiphertextBlob } = await client.send(
        new EncryptCommand({ KeyId: alias, Plaintext: PLAINTEXT }),
      );
      const opened = await clients[0]?.send(new DecryptCommand({ CiphertextBlob }));
      assert.deepEqual(Buffer.from(opened?.Plaintext ?? []), PLAINTEXT);
    }
  });

  it('refuse a disabled key: the one that disabled it at once, the other within a second', async (test) => {
    const KeyId = await newKey(false);
    for (const client of clients) assert.ok(await encrypts(client, KeyId));
    const [acting] = clients as [KMSClient];
    await acting.send(new DisableKeyCommand({ KeyId }));
    assert.ok(!(await encrypts(acting, KeyId)));
    const took = await untilAll('disabled', async (client) => !(await encrypts(client, KeyId)));
    test.diagnostic(`${took.toFixed(0)} ms`);
    await acting.send(new EnableKeyCommand({ KeyId }));
    await untilAll('enabled', (client) => encrypts(client, KeyId));
  });

  it('know all grants that were made on any connection', async () => {
    const KeyId = await newKey(false);
    for (const client of clients) await encrypts(client, KeyId); // the key is in memory everywhere
    const GranteePrincipal = `arn:aws:iam::${claviger.config().accountId}:root`;
    for (const client of clients)
      await client.send(new CreateGrantCommand({ KeyId, GranteePrincipal, Operations: ['Decrypt'] }));
    for (const client of clients) {
      const { Grants = [] } = await client.send(new ListGrantsCommand({ KeyId }));
      assert.equal(Grants.length, CONNECTIONS);
    }
  });

  it('give a name once, whoever asks at the same time', async () => {
    const KeyId = await newKey(false);
    const AliasName = `alias/once-${Date.now()}`;
    const outcomes = await Promise.allSettled(
      clients.map((client) => client.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId }))),
    );
    const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
    assert.equal(refused.length, CONNECTIONS - 1);
    for (const error of refused) assert.equal(error.name, 'AlreadyExistsException');
  });

  it('lose no change to a user that both change at the same time', async () => {
    const { endpoint, region, accessKeyId, secretAccessKey } = claviger.config();
    const newIam = (): IAMClient =>
      new IAMClient({
        ...{ endpoint, region, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 },
        requestHandler: { httpAgent: { maxSockets: 1, keepAlive: true } },
      });
    const iams = Array.from({ length: CONNECTIONS }, newIam);
    const UserName = `shared-${Date.now()}`;
    await iams[0]?.send(new CreateUserCommand({ UserName }));
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'kms:ListKeys', Resource: '*' }],
    });
    const put = iams.map(async (iam, at) => {
      const PolicyName = `policy-${at}`;
      await iam
        .send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument }))
        .catch(() => iam.send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument })));
    });
    await Promise.all(put);
    for (const iam of iams) {
      for (let at = 0; at < CONNECTIONS; at += 1)
        await iam.send(new GetUserPolicyCommand({ UserName, PolicyName: `policy-${at}` }));
    }
    for (const iam of iams) iam.destroy();
  });

  it('follow a key store that is disconnected and connected again, with a new password', async () => {
    const KeyId = await newKey(true);
    const CustomKeyStoreId = claviger.config().customKeyStoreId;
    await untilAll('usable', (client) => encrypts(client, KeyId));
    await clients[0]?.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId }));
    await untilAll('unavailable', async (client) => !(await encrypts(client, KeyId)));
    const stateIs = async (client: KMSClient, wanted: string): Promise<boolean> => {
      const answer = await client.send(new DescribeCustomKeyStoresCommand({ CustomKeyStoreId }));
      return answer.CustomKeyStores?.[0]?.ConnectionState === wanted;
    };
    await untilAll('disconnected', (client) => stateIs(client, 'DISCONNECTED'));
    await clients[0]?.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }));
    await untilAll('connected', (client) => stateIs(client, 'CONNECTED'));
    await untilAll('usable again', (client) => encrypts(client, KeyId));
  });

  it(`lose nothing that was acknowledged in ${KILLS} kills of either, and fail only on connections that were cut`, async () => {
    const work = startCreating(
      clients.map(() => claviger.client({ sockets: 1 })),
      claviger.config().customKeyStoreId,
    );
    const { acknowledged } = work;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = servers();
      const pid = before[kill % 2] as number;
      const known = acknowledged.length;
      process.kill(pid, 'SIGKILL');
      await eventually(30_000, 'another process in its place', () =>
        servers().length === 2 && !servers().includes(pid) ? true : undefined,
      );
      await eventually(30_000, 'work goes on', () => (acknowledged.length > known + 20 ? true : undefined));
    }
    await work.stop();
    assertOnlyCutOff(work.errors);
    clients = newClients();
    for (const [at, key] of acknowledged.entries())
      await assertOpens(clients[at % CONNECTIONS] as KMSClient, key);
  });

  it('are replaced one after the other without a failed request', async () => {
    const KeyId = await newKey(true);
    const load = startLoad(claviger.client({ sockets: 8 }), KeyId, 8);
    const before = servers();
    process.kill(claviger.config().pids.server[0] as number, 'SIGUSR2');
    await eventually(30_000, 'all processes are new', () =>
      servers().length === 2 && servers().every((pid) => !before.includes(pid)) ? true : undefined,
    );
    const { done } = load;
    await eventually(30_000, 'work goes on', () => (load.done > done + 100 ? true : undefined));
    await load.stop();
    assert.deepEqual(load.errors, []);
  });

  it('are two writers of one audit trail, whole and with every change', async () => {
    const verify = spawnSync(process.execPath, [COMMAND, 'audit', 'verify', '--data', claviger.dataDir]);
    assert.equal(verify.status, 0, verify.stdout.toString());
    const records = (writer: string): number =>
      readdirSync(join(claviger.dataDir, 'server', 'audit', writer)).length;
    for (const writer of ['server-1', 'server-2']) assert.ok(records(writer) > 0, writer);
  });
});

describe('what two serving processes give out together', () => {
  const RATE = 20;
  const SECONDS = 8;
  let claviger: Claviger;

  before(async () => {
    const configuration = [
      `requestQuotas: { operations: { ListAliases: ${RATE} } }`,
      'cloudhsm: { hsmsPerCluster: 3 }',
      'server: { workers: 2 }\n',
    ].join('\n');
    claviger = await startClaviger({}, undefined, configuration);
  });
  after(() => claviger.remove());

  it('is no HSM more than a cluster may have, whoever asks at the same time', async () => {
    const { endpoint, region, accessKeyId, secretAccessKey } = claviger.config();
    const clients = Array.from({ length: CONNECTIONS }, () => {
      const credentials = { accessKeyId, secretAccessKey };
      return new CloudHSMV2Client({ endpoint, region, credentials, maxAttempts: 1 });
    });
    const describeOne = async (): Promise<Cluster> => {
      const { Clusters } = await (clients[0] as CloudHSMV2Client).send(new DescribeClustersCommand({}));
      return Clusters?.[0] as Cluster;
    };
    // so that all are connected, and ask at the same moment
    await Promise.all(clients.map((client) => client.send(new DescribeClustersCommand({}))));
    const { ClusterId, Hsms = [] } = await describeOne();
    const AvailabilityZone = Hsms[0]?.AvailabilityZone;
    const outcomes = await Promise.allSettled(
      clients.map((client) => client.send(new CreateHsmCommand({ ClusterId, AvailabilityZone }))),
    );
    const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
    assert.equal(refused.length, CONNECTIONS - 1);
    for (const error of refused) assert.match(error.message, /has 3 HSMs, and may not have more/);
    assert.equal((await describeOne()).Hsms?.length, 3);
  });

  it('are requests as many as one would let through, whichever of them is asked', async (test) => {
    const clients = Array.from({ length: CONNECTIONS }, () => claviger.client({ sockets: 1 }));
    const began = performance.now();
    const elapsed = (): number => (performance.now() - began) / 1000;
    let passed = 0;
    const ask = async (client: KMSClient): Promise<void> => {
      while (elapsed() < SECONDS) {
        const error = await client.send(new ListAliasesCommand({})).then(
          () => undefined,
          (reason: unknown) => reason as Error,
        );
        if (error === undefined) passed += 1;
        else assert.equal(error.name, 'ThrottlingException');
        await sleep(20);
      }
    };
    await Promise.all(clients.map(ask));
    test.diagnostic(`${passed} in ${elapsed().toFixed(1)} s`);
    // each may begin with a full bucket, and hears of the other within half a second
    const fair = elapsed() * RATE;
    assert.ok(passed <= fair + 2.5 * RATE, `${passed} are too many`);
    assert.ok(passed >= 0.7 * fair, `${passed} are too few`);
  });
});
