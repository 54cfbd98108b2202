/** PostgreSQL killed, hung, and failed over under load: what was acknowledged is there, nothing half made can be used. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  paginateListAliases,
  paginateListKeys,
} from '@aws-sdk/client-kms';
import type { KMSClient, KMSServiceException } from '@aws-sdk/client-kms';
import { keysInCreation } from '../../src/storage/keys.ts';
import { PostgresServer, WITHOUT_POSTGRES, freePort } from '../storage/postgres-server.ts';
import { eventually, startClaviger } from '../stories/claviger.ts';
import type { Claviger } from '../stories/claviger.ts';
import { WITHOUT_REQUEST_QUOTAS } from '../stories/without-quotas.ts';

const COMMAND = fileURLToPath(new URL('../../bin/claviger', import.meta.url));
/** More and longer on demand: CLAVIGER_FAILOVERS=50 CLAVIGER_DATABASE_DOWN_SECONDS=60 npm test -- test/faults/database.test.ts */
const FAILOVERS = Number(process.env['CLAVIGER_FAILOVERS'] ?? 2);
/** What was changed is read back from the feed by then, and dropped from memory once more. */
const FEED_MS = 1_000;
const DOWN_SECONDS = Number(process.env['CLAVIGER_DATABASE_DOWN_SECONDS'] ?? 3);
const TYPED = new Set(['KMSInternalException', 'DependencyTimeoutException']);
const PATIENCE_MS = 30_000;

/** Makes keys and aliases without a pause, and remembers what was acknowledged. */
class Changes {
  readonly keys = new Set<string>();
  readonly aliases = new Set<string>();
  readonly errors: string[] = [];
  #stopped = false;
  readonly #workers: Promise<void>[];

  constructor(client: KMSClient, store: string | undefined) {
    const inCluster = { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: store } as const;
    this.#workers = [{}, inCluster, {}, {}].map((input) => this.#work(client, input));
  }

  async #work(client: KMSClient, input: { CustomKeyStoreId?: string | undefined }): Promise<void> {
    while (!this.#stopped) {
      try {
        const { KeyMetadata } = await client.send(new CreateKeyCommand(input));
        const keyId = KeyMetadata?.KeyId ?? '';
        this.keys.add(keyId);
        const AliasName = `alias/of-${keyId}`;
        await client.send(new CreateAliasCommand({ AliasName, TargetKeyId: keyId }));
        this.aliases.add(AliasName);
      } catch (error) {
        this.errors.push((error as KMSServiceException).name);
        await sleep(20);
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers);
  }
}

async function everythingIsThere(claviger: Claviger, changes: Changes): Promise<void> {
  const client = claviger.client();
  const keys = new Set<string>();
  for await (const page of paginateListKeys({ client, pageSize: 1000 }, {}))
    for (const { KeyId } of page.Keys ?? []) keys.add(KeyId ?? '');
  const aliases = new Set<string>();
  for await (const page of paginateListAliases({ client, pageSize: 100 }, {}))
    for (const { AliasName } of page.Aliases ?? []) aliases.add(AliasName ?? '');
  for (const key of changes.keys) assert.ok(keys.has(key), `key ${key} is lost`);
  for (const alias of changes.aliases) assert.ok(aliases.has(alias), `${alias} is lost`);
  for (const KeyId of keys) {
    // whatever is listed works, acknowledged or not: no half key
    const { CiphertextBlob } = await client.send(
      new EncryptCommand({ KeyId, Plaintext: Buffer.from('whole') }),
    );
    const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob }));
    assert.equal(Buffer.from(Plaintext ?? []).toString(), 'whole');
  }
}

/** Waits until a change succeeds. @returns milliseconds */
async function untilChangesSucceed(client: KMSClient): Promise<number> {
  const start = performance.now();
  await eventually(PATIENCE_MS, 'a key is made', () =>
    client.send(new CreateKeyCommand({})).then(
      () => true,
      () => undefined,
    ),
  );
  return performance.now() - start;
}

async function readyStatus(claviger: Claviger): Promise<number> {
  return (await fetch(`${claviger.config().endpoint}/readyz`)).status;
}

/** Every acknowledged key has its event in a journal that is whole. */
function isOnRecord(claviger: Claviger, keys: ReadonlySet<string>): void {
  const run = (...args: string[]): string => {
    const { status, stdout } = spawnSync(
      process.execPath,
      [COMMAND, 'audit', ...args, '--data', claviger.dataDir],
      { maxBuffer: 64 * 1024 * 1024, encoding: 'utf8' },
    );
    assert.equal(status, 0, stdout);
    return stdout;
  };
  run('verify');
  const events = run('list', '--json', '--name', 'CreateKey');
  for (const key of keys) assert.ok(events.includes(`"keyId":"${key}"`), `no event for key ${key}`);
}

describe('a database that is gone', { skip: WITHOUT_POSTGRES }, () => {
  let postgres: PostgresServer;
  let claviger: Claviger;
  let metricsPort: number;
  let keyId: string;

  before(async () => {
    postgres = await PostgresServer.start();
    metricsPort = await freePort();
    claviger = await startClaviger(
      {},
      { ...(await postgres.createDatabase()), timeoutSeconds: 2 },
      `${WITHOUT_REQUEST_QUOTAS}metrics: { listen: '127.0.0.1:${metricsPort}' }\n`,
    );
    const { KeyMetadata } = await claviger.client().send(new CreateKeyCommand({}));
    keyId = KeyMetadata?.KeyId ?? '';
  });
  after(async () => {
    await claviger.remove();
    await postgres.remove();
  });

  const usesKey = (): Promise<unknown> =>
    claviger.client().send(new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('x') }));
  const refusesChanges = async (): Promise<void> => {
    await assert.rejects(claviger.client().send(new CreateKeyCommand({})), (error: Error) => {
      assert.ok(TYPED.has(error.name), error.name);
      return true;
    });
  };
  const isReady = (status: number): Promise<true> =>
    eventually(PATIENCE_MS, `readyz answers ${status}`, async () =>
      (await readyStatus(claviger)) === status ? true : undefined,
    );

  it(`for ${DOWN_SECONDS} s: nothing half is left, changes are refused, keys in memory go on, and all is well by itself`, async (t) => {
    const changes = new Changes(claviger.client(), claviger.config().customKeyStoreId);
    t.after(() => changes.stop());
    await eventually(PATIENCE_MS, 'keys are made', () => (changes.aliases.size > 20 ? true : undefined));
    await sleep(FEED_MS);
    await usesKey(); // into memory
    await postgres.kill();
    await isReady(503);
    await refusesChanges();
    await usesKey();
    const page = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /^claviger_journal_available 1$/m);
    await sleep(DOWN_SECONDS * 1000);
    await refusesChanges();
    await usesKey();
    await postgres.resume();
    const took = await untilChangesSucceed(claviger.client());
    t.diagnostic(`changes are made again after ${Math.round(took)} ms`);
    await isReady(200);
    await changes.stop();
    assert.deepEqual(
      [...new Set(changes.errors)].filter((name) => !TYPED.has(name)),
      [],
    );
    const db = await claviger.openStore();
    await eventually(PATIENCE_MS, 'no creation is left half made', async () =>
      (await keysInCreation(db, { creator: '', before: Number.MAX_SAFE_INTEGER })).length > 0
        ? undefined
        : true,
    );
    await db.destroy();
    await everythingIsThere(claviger, changes);
    isOnRecord(claviger, changes.keys);
  });

  it('because it hangs: changes are refused in time, and go on when it goes on', async () => {
    postgres.signalAll('SIGSTOP');
    try {
      await refusesChanges();
      await isReady(503);
      await usesKey();
    } finally {
      postgres.signalAll('SIGCONT');
    }
    await untilChangesSucceed(claviger.client());
    await isReady(200);
  });
});

describe('a database that fails over', { skip: WITHOUT_POSTGRES }, () => {
  let primary: PostgresServer;
  let standby: PostgresServer;
  let claviger: Claviger;

  before(async () => {
    primary = await PostgresServer.start();
    const settings = await primary.createDatabase();
    standby = await primary.startStandby();
    const hosts = [...settings.hosts, ...standby.settings('').hosts];
    claviger = await startClaviger({}, { ...settings, hosts, timeoutSeconds: 5 });
  });
  after(async () => {
    await claviger.remove();
    await primary.remove();
    await standby.remove();
  });

  it(`${FAILOVERS} times under load loses nothing that was acknowledged`, async (t) => {
    const changes = new Changes(claviger.client(), claviger.config().customKeyStoreId);
    t.after(() => changes.stop());
    for (let round = 0; round < FAILOVERS; round += 1) {
      const made = changes.aliases.size;
      await eventually(PATIENCE_MS, 'keys are made', () =>
        changes.aliases.size > made + 20 ? true : undefined,
      );
      await sleep(Math.random() * 100);
      await primary.kill();
      await standby.promote();
      const took = await untilChangesSucceed(claviger.client());
      t.diagnostic(`changes are made again ${Math.round(took)} ms after the standby was promoted`);
      const { port } = primary;
      await primary.remove();
      primary = standby;
      standby = await primary.startStandby(port);
    }
    await changes.stop();
    t.diagnostic(`${changes.keys.size} keys and ${changes.aliases.size} aliases were acknowledged`);
    assert.deepEqual(
      [...new Set(changes.errors)].filter((name) => !TYPED.has(name)),
      [],
    );
    await everythingIsThere(claviger, changes);
    isOnRecord(claviger, changes.keys);
  });
});
