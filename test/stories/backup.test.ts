/** A backup that is made while keys are made and used, and an installation that goes on from it. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  ConnectCustomKeyStoreCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeCustomKeyStoresCommand,
  DisconnectCustomKeyStoreCommand,
  EncryptCommand,
} from '@aws-sdk/client-kms';
import type { KMSClient } from '@aws-sdk/client-kms';
import { claviger as command } from '../operator/tool.ts';
import { TEST_ENGINE } from '../storage/test-database.ts';
import { eventually, startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';

interface Report {
  files: number;
  bytes: number;
  hsms: string[];
  database: boolean;
}

describe(
  'a backup of an installation that serves',
  { skip: TEST_ENGINE !== 'sqlite' && 'the database is elsewhere' },
  () => {
    const root = mkdtempSync(join(tmpdir(), 'claviger-backup-'));
    const target = join(root, 'backups', 'monday');
    const changing = join(root, 'backups', 'tuesday');
    let origin: Claviger;
    let kms: KMSClient;
    /** What was acknowledged before the backup began. */
    const sealed: { text: string; blob: Uint8Array }[] = [];

    const createKey = async (store: 'HSM' | 'builtin'): Promise<string> => {
      const CustomKeyStoreId = origin.config().customKeyStoreId;
      const made = await kms.send(
        new CreateKeyCommand(store === 'HSM' ? { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId } : {}),
      );
      return made.KeyMetadata?.KeyId as string;
    };
    const seal = async (KeyId: string, text: string): Promise<void> => {
      const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from(text) }));
      sealed.push({ text, blob: CiphertextBlob as Uint8Array });
    };
    const connection = async (client: KMSClient): Promise<string | undefined> => {
      const { CustomKeyStores } = await client.send(new DescribeCustomKeyStoresCommand({}));
      return CustomKeyStores?.[0]?.ConnectionState;
    };
    const backUp = (folder: string) => command(['backup', folder, '--data', origin.dataDir, '--json']);

    before(async () => {
      origin = await startClaviger();
      kms = origin.client();
    });
    after(async () => {
      kms.destroy();
      await origin.remove();
      rmSync(root, { recursive: true, force: true });
    });

    it('is made while keys are made and used, whole or not at all', async () => {
      for (const store of ['HSM', 'builtin'] as const) {
        const keyId = await createKey(store);
        for (let i = 0; i < 20; i += 1) await seal(keyId, `${store} ${i}`);
      }
      mkdirSync(`${target}.draft`, { recursive: true }); // of a backup that was killed
      const before = sealed.length;
      let busy = true;
      const work = (async () => {
        while (busy) await seal(await createKey('HSM'), 'meanwhile');
      })();
      const made = await backUp(target);
      busy = false;
      await work;
      assert.equal(made.code, 0, made.err);
      const report = made.json<Report>();
      assert.equal(report.database, true);
      assert.deepEqual(report.hsms, Object.keys(origin.config().pids.hsm).sort());
      assert.ok(!existsSync(`${target}.draft`));
      assert.ok(sealed.length > before, 'nothing was done meanwhile');
      sealed.splice(before);
    });

    it('is not made over another one, nor of something else', async () => {
      const again = await backUp(target);
      assert.deepEqual([again.code, again.err], [1, `claviger: ${target} is there already\n`]);
      const nothing = await command(['backup', join(root, 'b'), '--data', root]);
      assert.deepEqual([nothing.code, nothing.out], [1, '']);
      assert.match(nothing.err, /is not a data folder/);
    });

    it('can be made while KMS changes the password of kmsuser', async () => {
      const store = { CustomKeyStoreId: origin.config().customKeyStoreId };
      const reaches = (state: string) =>
        eventually(20_000, state, async () => ((await connection(kms)) === state ? true : undefined));
      const reconnecting = (async () => {
        for (let times = 0; times < 4; times += 1) {
          await kms.send(new DisconnectCustomKeyStoreCommand(store));
          await reaches('DISCONNECTED');
          await kms.send(new ConnectCustomKeyStoreCommand(store));
          await reaches('CONNECTED');
        }
      })();
      const made = await backUp(changing);
      await reconnecting;
      assert.equal(made.code, 0, made.err);
    });

    for (const [name, folder] of [
      ['was made while keys were made and used', target],
      ['was made while passwords changed', changing],
    ] as const)
      it(`that ${name} is an installation that opens what was encrypted`, async () => {
        await origin.stop();
        const restored = await startClaviger({}, undefined, undefined, folder);
        const client = restored.client();
        try {
          await eventually(30_000, 'a connected key store', async () =>
            (await connection(client)) === 'CONNECTED' ? true : undefined,
          );
          for (const { text, blob } of sealed) {
            const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob: blob }));
            assert.equal(Buffer.from(Plaintext as Uint8Array).toString(), text);
          }
          const { customKeyStoreId: CustomKeyStoreId } = restored.config();
          await client.send(new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId }));
          const verified = await command(['audit', 'verify', '--data', folder]);
          assert.equal(verified.code, 0, verified.out + verified.err);
        } finally {
          client.destroy();
          await restored.stop();
        }
      });
  },
);
