/**
 * The end of a waiting period. The server's parts are put together in this process with a clock of their own, over the real
 * crypto process, HSM processes and data of a Claviger that was stopped, so that days pass when the test says so.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as sdk from '@aws-sdk/client-kms';
import { rootCaller } from '../../src/access/caller.ts';
import type { ApiError } from '../../src/aws/errors.ts';
import { connectCryptoProcess } from '../../src/crypto-process/client.ts';
import { createLogReader } from '../../src/hsm/log-reader.ts';
import { deleteDueKeys } from '../../src/jobs/key-deletion.ts';
import type { HsmCluster } from '../../src/keystores/hsm-cluster/hsm-cluster.ts';
import { createLogger } from '../../src/logging/logger.ts';
import { readConfiguration } from '../../src/configuration/configuration.ts';
import { assemble } from '../../src/server/assemble.ts';
import type { Assembly } from '../../src/server/assemble.ts';
import { handleKms } from '../../src/services/kms/service.ts';
import { listTombstones } from '../../src/storage/clusters.ts';
import type { ClientConfig } from '../../src/supervisor/client-config.ts';
import { eventually, startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';
import { refusal } from './refusal.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DAY_MS = 86_400_000;
const SERVING_MS = 15_000;

interface Ready {
  host: string;
  port: number;
  socket: string;
}

interface Piece {
  child: ChildProcess;
  ready: Ready;
}

describe('a key at the end of its waiting period', () => {
  let claviger: Claviger;
  let config: ClientConfig;
  let hsmIds: [string, string];
  const pieces = new Map<string, Piece>();
  let server: Assembly | undefined;
  /** How many days this test is ahead of the machine. */
  let ahead = 0;
  const keys = { hsm: '', builtin: '', later: '', kept: '' };
  let blob: Uint8Array | undefined;
  /** Backing key ids by key ARN, as the HSMs had them at the beginning. */
  const backing = new Map<string, string>();

  const arn = (keyId: string): string => `arn:aws:kms:${config.region}:${config.accountId}:key/${keyId}`;

  /** Starts one of Claviger's programs on the data folder and waits for its ready line. */
  const start = async (name: string, program: string, ...args: string[]): Promise<Ready> => {
    const child = spawn(process.execPath, [join(ROOT, 'dist', program), ...args, '--exit-with-parent'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    for await (const line of createInterface({ input: child.stdout })) {
      const ready = JSON.parse(line) as Ready;
      pieces.set(name, { child, ready });
      return ready;
    }
    throw new Error(`${name} did not start`);
  };
  const startHsm = (hsmId: string): Promise<Ready> =>
    start(hsmId, 'hsm/main.js', '--dir', join(claviger.dataDir, 'hsm', hsmId));
  const end = async (name: string, signal: NodeJS.Signals): Promise<void> => {
    const child = pieces.get(name)?.child;
    pieces.delete(name);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  const endAll = async (): Promise<void> => {
    await server?.close();
    server = undefined;
    for (const name of [...pieces.keys()]) await end(name, 'SIGTERM');
  };

  const parts = (): Assembly => server ?? assert.fail('the server is not put together');
  const cluster = (): HsmCluster => parts().clusters.live(config.clusterId) as HsmCluster;
  const tellEndpoints = (): void => {
    const running = hsmIds.flatMap((hsmId) => {
      const piece = pieces.get(hsmId);
      return piece === undefined
        ? []
        : [[hsmId, { host: piece.ready.host, port: piece.ready.port }] as const];
    });
    parts().clusters.setEndpoints(new Map(running));
  };
  const serving = (...wanted: string[]): Promise<unknown> =>
    eventually(SERVING_MS, `${wanted.join(' and ')} serving`, () =>
      cluster().serving.length === wanted.length ? true : undefined,
    );
  /** The backing keys in one HSM, read from its PKCS#11 module: label by id. */
  const inHsm = async (hsmId: string): Promise<Map<string, string>> => {
    const link = cluster().serving.find(({ member }) => member.hsmId === hsmId);
    assert.ok(link !== undefined);
    return new Map((await link.connection.listKeys()).map(({ materialId, label }) => [materialId, label]));
  };
  /** Keys that the crypto process has in the clear. */
  const loadedKeys = async (): Promise<number> => {
    const client = await connectCryptoProcess(pieces.get('crypto')?.ready.socket ?? '');
    try {
      return (await client.describe()).loadedKeys;
    } finally {
      client.close();
    }
  };
  /** No call of the API may use it any more; one from before its waiting period has left it in the crypto process. */
  const useBuiltin = async (): Promise<void> => {
    const { builtin, catalog } = parts().kms;
    const key = await catalog.find(arn(keys.builtin));
    const material = key?.material;
    assert.ok(material);
    const use = { material, keyArn: arn(keys.builtin), requestId: Buffer.alloc(16), aad: Buffer.alloc(0) };
    await builtin.encrypt(use, Buffer.from('x'));
  };
  /** One call of the server that was put together here, as its root user. */
  const call = async (
    operation: 'DescribeKey' | 'ListAliases' | 'CancelKeyDeletion',
    input: object,
  ): Promise<string> => {
    const request = {
      caller: rootCaller(config.accountId, config.accessKeyId),
      region: config.region,
      requestId: randomUUID(),
      origin: { sourceIp: '127.0.0.1', userAgent: 'test' },
    };
    return handleKms(parts().kms, operation, request, Buffer.from(JSON.stringify(input)));
  };
  const deleted = (): Record<string, unknown>[] => {
    const args = ['audit', 'list', '--json', '--name', 'DeleteKey', '--data', claviger.dataDir];
    const { stdout } = spawnSync(join(ROOT, 'bin', 'claviger'), args, { encoding: 'utf8' });
    const lines = stdout
      .trim()
      .split('\n')
      .filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  };

  before(async () => {
    claviger = await startClaviger();
    config = claviger.config();
    hsmIds = Object.keys(config.pids.hsm) as [string, string];
    const kms = claviger.client();
    const inStore = { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: config.customKeyStoreId } as const;
    for (const [name, input, days] of [
      ['hsm', inStore, 7],
      ['builtin', {}, 7],
      ['later', inStore, 10],
      ['kept', inStore, 30],
    ] as const) {
      const { KeyMetadata } = await kms.send(new sdk.CreateKeyCommand(input));
      keys[name] = KeyMetadata?.KeyId ?? '';
      const KeyId = keys[name];
      await kms.send(new sdk.CreateAliasCommand({ AliasName: `alias/${name}`, TargetKeyId: KeyId }));
      await kms.send(new sdk.TagResourceCommand({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] }));
      if (name === 'hsm') {
        ({ CiphertextBlob: blob } = await kms.send(
          new sdk.EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }),
        ));
      }
      await kms.send(new sdk.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: days }));
    }
    await claviger.stop();

    const cryptoDir = join(claviger.dataDir, 'crypto');
    const socket = join(cryptoDir, 'socket');
    const [crypto] = await Promise.all([
      start('crypto', 'crypto-process/main.js', '--dir', cryptoDir, '--socket', socket),
      ...hsmIds.map(startHsm),
    ]);
    process.env['CLAVIGER_LOG_LEVEL'] ??= 'silent';
    server = await assemble({
      dataDir: join(claviger.dataDir, 'server'),
      accountId: undefined,
      regions: [config.region],
      configuration: readConfiguration(join(claviger.dataDir, 'claviger.yaml')),
      logger: createLogger('test'),
      clock: () => Date.now() + ahead * DAY_MS,
      cryptoSocket: () => crypto?.socket ?? '',
      hsmHost: { hangs: () => {}, resetUserPassword: () => Promise.reject(new Error('there is no agent')) },
    });
    tellEndpoints();
    await server.resume();
    await serving(...hsmIds);
    for (const [materialId, label] of await inHsm(hsmIds[0])) backing.set(label, materialId);
  });
  after(async () => {
    await endAll();
    await claviger.remove();
  });

  it('stays as long as the period lasts', async () => {
    ahead = 6.9;
    assert.equal(await deleteDueKeys(parts().kms), 0);
    for (const name of ['hsm', 'builtin', 'later', 'kept'] as const) {
      const { KeyMetadata } = JSON.parse(await call('DescribeKey', { KeyId: `alias/${name}` })) as {
        KeyMetadata: { KeyState: string };
      };
      assert.equal(KeyMetadata.KeyState, 'PendingDeletion');
    }
    for (const hsmId of hsmIds) assert.equal((await inHsm(hsmId)).size, 3);
  });

  it('is gone after it with its aliases, and so are its backing keys in all HSMs', async () => {
    ahead = 7.1;
    const before = await loadedKeys();
    await useBuiltin();
    assert.equal(await loadedKeys(), before + 1);
    assert.equal(await deleteDueKeys(parts().kms), 2);
    assert.equal(await loadedKeys(), before, 'the crypto process has wiped it');
    for (const name of ['hsm', 'builtin'] as const) {
      for (const KeyId of [keys[name], `alias/${name}`]) {
        await assert.rejects(call('DescribeKey', { KeyId }), {
          code: 'NotFoundException',
        } satisfies Partial<ApiError>);
      }
      await assert.rejects(call('CancelKeyDeletion', { KeyId: keys[name] }), { code: 'NotFoundException' });
    }
    const aliases = await call('ListAliases', {});
    assert.ok(!aliases.includes('alias/hsm') && !aliases.includes('alias/builtin'));
    assert.ok(aliases.includes('alias/later') && aliases.includes('alias/kept'));
    const wanted = [arn(keys.later), arn(keys.kept)].sort();
    for (const hsmId of hsmIds) assert.deepEqual([...(await inHsm(hsmId)).values()].sort(), wanted);
    assert.equal(await deleteDueKeys(parts().kms), 0);
  });

  it('leaves a DeleteKey event that says so', () => {
    const events = deleted();
    assert.equal(events.length, 2);
    for (const event of events) {
      const { eventType, requestID, readOnly, requestParameters, responseElements, userIdentity } = event;
      assert.deepEqual(
        { eventType, requestID, readOnly, requestParameters, responseElements, userIdentity },
        {
          eventType: 'AwsServiceEvent',
          requestID: undefined,
          readOnly: false,
          requestParameters: null,
          responseElements: null,
          userIdentity: { accountId: config.accountId, invokedBy: 'AWS Internal' },
        },
      );
    }
    const of = (keyId: string): Record<string, unknown> | undefined =>
      events.find(({ resources }) => (resources as { ARN: string }[])[0]?.ARN === arn(keyId));
    assert.equal(of(keys.builtin)?.['additionalEventData'], undefined);
    const data = of(keys.hsm)?.['additionalEventData'] as Record<string, string>;
    assert.deepEqual(Object.keys(data).sort(), [
      'backingKeys',
      'backingKeysDeletionStatus',
      'clusterId',
      'customKeyStoreId',
    ]);
    assert.deepEqual(
      [data['clusterId'], data['customKeyStoreId']],
      [config.clusterId, config.customKeyStoreId],
    );
    const [status] = JSON.parse(data['backingKeysDeletionStatus'] ?? '') as Record<string, string>[];
    assert.equal(status?.['backingKeyId'], backing.get(arn(keys.hsm)));
    assert.match(status?.['keyHandle'] ?? '', /^\d+$/);
    assert.equal(status?.['deletionStatus'], 'SUCCESS');
  });

  it('is destroyed in an HSM that was away as soon as it comes back', async () => {
    const [here, away] = hsmIds;
    await end(away, 'SIGKILL');
    tellEndpoints();
    await serving(here);
    ahead = 10.1;
    assert.equal(await deleteDueKeys(parts().kms), 1);
    await assert.rejects(call('DescribeKey', { KeyId: keys.later }), { code: 'NotFoundException' });
    assert.deepEqual([...(await inHsm(here)).values()], [arn(keys.kept)]);
    const event = deleted().at(-1);
    const { backingKeysDeletionStatus } = event?.['additionalEventData'] as Record<string, string>;
    const [status] = JSON.parse(backingKeysDeletionStatus ?? '') as Record<string, string>[];
    assert.equal(status?.['deletionStatus'], 'FAILURE', 'one HSM still has it');
    assert.equal((await listTombstones(parts().kms.db, parts().kms.mac, config.clusterId)).length, 1);

    await startHsm(away);
    tellEndpoints();
    await serving(here, away);
    assert.deepEqual([...(await inHsm(away)).values()], [arn(keys.kept)]);
    await cluster().repair.sweep();
    assert.deepEqual(await listTombstones(parts().kms.db, parts().kms.mac, config.clusterId), []);
  });

  it("is in each HSM's log as destroyed", async () => {
    for (const hsmId of hsmIds) {
      const entries = await createLogReader(join(claviger.dataDir, 'hsm', hsmId, 'log'))(0, 5_000);
      const destroyed = entries.filter(
        ({ opcode, response }) => opcode === 'CN_DESTROY_OBJECT' && response === 0,
      );
      // a sweep tells every HSM again, those included that have done it
      const ids = [...new Set(destroyed.map(({ materialId }) => materialId))].sort();
      assert.deepEqual(ids, [keys.hsm, keys.later].map((keyId) => backing.get(arn(keyId))).sort());
    }
  });

  it('is unknown to a Claviger that starts again, which keeps what is not due', async () => {
    await endAll();
    await claviger.resume();
    const kms = claviger.client();
    for (const name of ['hsm', 'builtin', 'later'] as const) {
      const error = await refusal(kms.send(new sdk.DescribeKeyCommand({ KeyId: keys[name] })));
      assert.equal(error.name, 'NotFoundException');
    }
    const { Keys } = await kms.send(new sdk.ListKeysCommand({}));
    assert.deepEqual(
      Keys?.map(({ KeyId }) => KeyId),
      [keys.kept],
    );
    await refusal(kms.send(new sdk.DecryptCommand({ CiphertextBlob: blob })));
    await kms.send(new sdk.CancelKeyDeletionCommand({ KeyId: keys.kept }));
    await kms.send(new sdk.EnableKeyCommand({ KeyId: keys.kept }));
    await kms.send(new sdk.EncryptCommand({ KeyId: keys.kept, Plaintext: Buffer.from('x') }));
  });
});
