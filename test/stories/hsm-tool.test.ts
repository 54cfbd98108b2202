/** `claviger hsm` beside a whole Claviger: the recipes of docs/operations.md, as an operator runs them. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
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
  UpdateCustomKeyStoreCommand,
} from '@aws-sdk/client-kms';
import type { KMSClient } from '@aws-sdk/client-kms';
import { connectHsm } from '../../src/hsm-client/connect.ts';
import type { HsmAddress } from '../../src/operator/ceremony.ts';
import { embeddedConnection } from '../../src/operator/connection-data.ts';
import { claviger as tool } from '../operator/tool.ts';
import type { Ran } from '../operator/tool.ts';
import { eventually, startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';

const PASSWORD = 'ByTheOfficer12345';
/** Material id of a key that KMS did not make. */
const STRANGE = 'abcdef0123456789abcdef0123456789';
const IN_STEP = /All in step\./;

describe('claviger hsm on an installation that serves', () => {
  let claviger: Claviger;
  let kms: KMSClient;
  let storeId: string;
  let keyId: string;
  let blob: Uint8Array | undefined;
  before(async () => {
    claviger = await startClaviger();
    kms = claviger.client({ maxAttempts: 3 });
    storeId = claviger.config().customKeyStoreId;
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: storeId }),
    );
    keyId = KeyMetadata?.KeyId ?? '';
    blob = (await kms.send(new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('kept') })))
      .CiphertextBlob;
  });
  after(() => claviger.remove());

  const hsm = (args: string, env: NodeJS.ProcessEnv = {}): Promise<Ran> =>
    tool(['hsm', ...args.split(' '), '--data', claviger.dataDir], env);
  const opens = async (): Promise<void> => {
    const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob: blob }));
    assert.equal(Buffer.from(Plaintext ?? []).toString(), 'kept');
  };
  const settled = (state: string): Promise<unknown> =>
    eventually(60_000, `the store ${state}`, async () => {
      const { CustomKeyStores } = await kms.send(
        new DescribeCustomKeyStoresCommand({ CustomKeyStoreId: storeId }),
      );
      return CustomKeyStores?.[0]?.ConnectionState === state ? true : undefined;
    });
  const disconnect = async (): Promise<void> => {
    await kms.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: storeId }));
    await settled('DISCONNECTED');
  };
  const connectWith = async (password: string): Promise<void> => {
    const id = { CustomKeyStoreId: storeId };
    await kms.send(new UpdateCustomKeyStoreCommand({ ...id, KeyStorePassword: password }));
    await kms.send(new ConnectCustomKeyStoreCommand(id));
    await settled('CONNECTED');
  };

  /** KMS gives kmsuser a password of its own at each connection: the officer sets another. */
  const takeOver = async (): Promise<void> => {
    await disconnect();
    const set = await hsm('user change-password kmsuser', { CLAVIGER_HSM_NEW_PASSWORD: PASSWORD });
    assert.equal(set.code, 0, set.err);
  };

  it('checks the cluster while KMS is logged in, and finds all in step', async () => {
    const ran = await eventually(30_000, 'all in step', async () => {
      const check = await hsm('check');
      return check.code === 0 && IN_STEP.test(check.out) ? check : undefined;
    });
    assert.match(ran.out, /ACTIVE +2 +1 +\d+ +SoftHSM/);
    const [first = ''] = Object.keys(claviger.config().pids.hsm);
    assert.equal((await hsm(`check --hsm ${first}`)).code, 0); // that it is one alone was asked for
    const users = await hsm('user list');
    assert.match(users.out, /kmsuser +CRYPTO_USER +logged in +logged in/);
  });

  it('drains one HSM without an error to clients, and KMS takes it back in', async () => {
    const [first = ''] = Object.keys(claviger.config().pids.hsm).sort();
    assert.equal((await hsm(`drain ${first}`)).code, 0);
    for (let count = 0; count < 20; count++) await opens();
    const again = await hsm(`user list --hsm ${first}`);
    assert.match(again.out, /kmsuser +CRYPTO_USER +there/);
    assert.equal((await hsm(`drain ${first} --back`)).code, 0);
    await eventually(30_000, 'it serves again, and the others have come to its epoch', async () =>
      IN_STEP.test((await hsm('check')).out) && /logged in +logged in/.test((await hsm('user list')).out)
        ? true
        : undefined,
    );
  });

  it('looks for no HSM in a folder that was put aside', async () => {
    const { hsms } = await embeddedConnection(claviger.dataDir);
    const folder = join(claviger.dataDir, 'hsm', hsms[0]?.hsmId ?? '');
    mkdirSync(`${folder}.old`);
    cpSync(join(folder, 'hsm.json'), join(`${folder}.old`, 'hsm.json'));
    assert.deepEqual((await embeddedConnection(claviger.dataDir)).hsms, hsms);
    rmSync(`${folder}.old`, { recursive: true });
  });

  it("gives kmsuser a new password when KMS's is lost, and shows the keys meanwhile", async () => {
    await takeOver();
    const keys = await hsm('key list', { CLAVIGER_HSM_PASSWORD: PASSWORD });
    assert.match(keys.out, new RegExp(`2 +ok +[0-9a-f]{32} +arn:aws:kms:.*${keyId}`));
    await connectWith(PASSWORD);
    await opens();
  });

  /** A key in one HSM that no record knows; KMS has seen it when this returns. @returns the HSM, and the id of another key there */
  const makeStrangeKey = async (): Promise<{ hsmId: string; recorded: string | undefined }> => {
    await takeOver();
    const { clusterId, trustAnchor, hsms } = await embeddedConnection(claviger.dataDir);
    const [address] = hsms as [HsmAddress];
    const connection = await connectHsm({ ...address, clusterId, trustAnchor, timeoutMs: 30_000 });
    await connection.loginUser({ name: 'kmsuser', password: PASSWORD, owner: 'somebody' });
    await connection.generateKey({ materialId: STRANGE, label: 'made by hand' });
    const recorded = (await connection.listKeys()).find(({ materialId }) => materialId !== STRANGE);
    connection.close();
    await connectWith(PASSWORD);
    return { hsmId: address.hsmId, recorded: recorded?.materialId };
  };

  it('lists a key object that is on no record, and destroys it and nothing else', async () => {
    const { hsmId, recorded } = await makeStrangeKey();
    const listed = await hsm('quarantine list');
    assert.equal(listed.code, 0, listed.err);
    assert.match(listed.out, new RegExp(`${STRANGE} +${hsmId} +2\\S+Z +made by hand`));
    await takeOver();
    const as = { CLAVIGER_HSM_PASSWORD: PASSWORD };
    const refused = await hsm(`quarantine destroy ${recorded} --yes`, as);
    assert.match(refused.err, /is not in quarantine/);
    assert.match((await hsm(`quarantine destroy ${STRANGE}`, as)).err, /it was not confirmed/);
    const destroyed = await hsm(`quarantine destroy ${STRANGE} --yes --json`, as);
    assert.equal(destroyed.code, 0, destroyed.out + destroyed.err);
    assert.deepEqual(
      destroyed.json<{ outcome: string }[]>().map(({ outcome }) => outcome),
      ['done', 'unchanged'],
    );
    await connectWith(PASSWORD);
    assert.match((await hsm('quarantine list')).out, /Nothing is in quarantine/);
    await opens();
  });

  it('destroys it under a quorum only when enough approvers have signed for this very key', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'claviger-approvers-'));
    try {
      await makeStrangeKey();
      await takeOver();
      const secrets = { CLAVIGER_APPROVER_PASSPHRASE: 'a long passphrase', CLAVIGER_HSM_PASSWORD: PASSWORD };
      const names = ['alice', 'bob', 'carol'];
      for (const name of names)
        assert.equal((await tool(['hsm', 'quorum', 'keygen', join(folder, name)], secrets)).code, 0);
      const approvers = names.map((name) => `--approver ${name}=${join(folder, `${name}.pub`)}`).join(' ');
      const init = await hsm(`quorum init --threshold 2 --action destroy-keys ${approvers}`);
      assert.equal(init.code, 0, init.out + init.err);
      const request = async (materialId: string): Promise<string> => {
        const file = join(folder, `${materialId}.json`);
        const asked = await hsm(
          `quorum request destroy-keys user=kmsuser materialId=${materialId} --out ${file}`,
        );
        assert.equal(asked.code, 0, asked.err);
        return file;
      };
      const sign = async (file: string, name: string): Promise<void> => {
        const key = join(folder, `${name}.key`);
        const ran = await tool(
          ['hsm', 'quorum', 'approve', file, '--name', name, '--key', key, '--yes'],
          secrets,
        );
        assert.equal(ran.code, 0, ran.err);
      };
      const destroy = (more = ''): Promise<Ran> => hsm(`quarantine destroy ${STRANGE} --yes${more}`, secrets);

      assert.match((await destroy()).out, /APPROVAL_REQUIRED/);
      const other = await request('00000000000000000000000000000001');
      for (const name of ['alice', 'bob']) await sign(other, name);
      assert.match((await destroy(` --approval ${other}`)).out, /APPROVAL_REQUIRED/);
      const file = await request(STRANGE);
      await sign(file, 'carol');
      assert.match((await destroy(` --approval ${file}`)).out, /APPROVAL_REFUSED.*1 of 2 valid signatures/);
      await sign(file, 'alice');
      const destroyed = await destroy(` --approval ${file}`);
      assert.equal(destroyed.code, 0, destroyed.out + destroyed.err);
      await connectWith(PASSWORD);
      assert.match((await hsm('quarantine list')).out, /Nothing is in quarantine/);
      await opens();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('rebuilds the cluster from escrow when the folders of all HSMs are lost', async () => {
    await disconnect();
    const { hsm: pids } = claviger.config().pids;
    for (const [hsmId, pid] of Object.entries(pids)) {
      rmSync(join(claviger.dataDir, 'hsm', hsmId), { recursive: true, force: true });
      process.kill(pid, 'SIGKILL');
    }
    await eventually(60_000, 'the agent enrolled two new HSMs', async () => {
      const check = await hsm('check --json').catch(() => undefined);
      return check !== undefined && check.code === 0 ? true : undefined;
    });
    const set = await hsm('user change-password kmsuser', { CLAVIGER_HSM_NEW_PASSWORD: PASSWORD });
    assert.equal(set.code, 0, set.out);
    const recovered = await hsm('recover', { CLAVIGER_HSM_PASSWORD: PASSWORD });
    assert.equal(recovered.code, 0, recovered.err + recovered.out);
    assert.match(recovered.out, /^1 keys are restored in hsm-\w+, 0 were there; 1 copies made/);
    await connectWith(PASSWORD);
    await opens();
  });
});
