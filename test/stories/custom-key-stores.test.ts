/** The life of a custom key store through the AWS SDK, with every connection error that can come about really caused. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  ConnectCustomKeyStoreCommand,
  CreateCustomKeyStoreCommand,
  CreateKeyCommand,
  DecryptCommand,
  DeleteCustomKeyStoreCommand,
  DescribeCustomKeyStoresCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisconnectCustomKeyStoreCommand,
  EnableKeyCommand,
  EncryptCommand,
  GenerateRandomCommand,
  UpdateCustomKeyStoreCommand,
} from '@aws-sdk/client-kms';
import type { CustomKeyStoresListEntry, KMSClient } from '@aws-sdk/client-kms';
import { connectHsm } from '../../src/hsm-client/connect.ts';
import type { HsmConnection } from '../../src/hsm-client/connection.ts';
import { eventually, startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';
import { refusal } from './refusal.ts';

describe('a custom key store', () => {
  let claviger: Claviger;
  let kms: KMSClient;
  let storeId: string;
  let clusterId: string;
  let keyId: string;
  let trustAnchor: string;
  let blob: Uint8Array | undefined;

  const describeStore = async (): Promise<CustomKeyStoresListEntry> => {
    const { CustomKeyStores } = await kms.send(
      new DescribeCustomKeyStoresCommand({ CustomKeyStoreId: storeId }),
    );
    assert.equal(CustomKeyStores?.length, 1);
    return CustomKeyStores[0] as CustomKeyStoresListEntry;
  };
  const state = (wanted: string): Promise<CustomKeyStoresListEntry> =>
    eventually(15_000, `the store ${wanted}`, async () => {
      const store = await describeStore();
      return store.ConnectionState === wanted ? store : undefined;
    });
  const connect = (): Promise<unknown> =>
    kms.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId: storeId }));
  const disconnect = async (): Promise<void> => {
    await kms.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: storeId }));
    await state('DISCONNECTED');
  };
  const keyState = async (): Promise<string | undefined> =>
    (await kms.send(new DescribeKeyCommand({ KeyId: keyId }))).KeyMetadata?.KeyState;

  /** The operator, speaking to an HSM directly as crypto officer. */
  const asOfficer = async (work: (hsm: HsmConnection) => Promise<void>): Promise<void> => {
    const { user, password } = JSON.parse(
      readFileSync(join(claviger.dataDir, 'operator', 'officer.json'), 'utf8'),
    ) as { user: string; password: string };
    for (const hsm of await openHsms()) {
      await hsm.loginOfficer(user, password);
      await work(hsm);
      hsm.close();
    }
  };
  const openHsms = (): Promise<HsmConnection[]> =>
    Promise.all(
      Object.keys(claviger.config().pids.hsm).map((hsmId) => {
        const log = readFileSync(join(claviger.dataDir, 'logs', `${hsmId}.log`), 'utf8')
          .trim()
          .split('\n');
        const ready = log.map((line) => JSON.parse(line) as { msg: string; host: string; port: number });
        const { host, port } = ready.filter((line) => line.msg === 'ready').at(-1) as {
          host: string;
          port: number;
        };
        return connectHsm({ hsmId, clusterId, host, port, trustAnchor, timeoutMs: 5_000 });
      }),
    );

  before(async () => {
    claviger = await startClaviger();
    kms = claviger.client();
    ({ customKeyStoreId: storeId, clusterId } = claviger.config());
    trustAnchor = (await describeStore()).TrustAnchorCertificate ?? '';
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: storeId }),
    );
    keyId = KeyMetadata?.KeyId ?? '';
    ({ CiphertextBlob: blob } = await kms.send(
      new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('before') }),
    ));
  });
  after(() => claviger.remove());

  it('is found by id and by name, without any password', async () => {
    const store = await describeStore();
    assert.deepEqual(Object.keys(store).sort(), [
      'CloudHsmClusterId',
      'ConnectionState',
      'CreationDate',
      'CustomKeyStoreId',
      'CustomKeyStoreName',
      'CustomKeyStoreType',
      'TrustAnchorCertificate',
    ]);
    const { CustomKeyStores } = await kms.send(
      new DescribeCustomKeyStoresCommand({ CustomKeyStoreName: 'default-hsm' }),
    );
    assert.equal(CustomKeyStores?.[0]?.CustomKeyStoreId, storeId);
    const unknown = await refusal(
      kms.send(new DescribeCustomKeyStoresCommand({ CustomKeyStoreName: 'nobody' })),
    );
    assert.equal(unknown.name, 'CustomKeyStoreNotFoundException');
  });

  it('connected, can be renamed but neither updated otherwise nor deleted', async () => {
    await kms.send(
      new UpdateCustomKeyStoreCommand({ CustomKeyStoreId: storeId, NewCustomKeyStoreName: 'renamed' }),
    );
    assert.equal((await describeStore()).CustomKeyStoreName, 'renamed');
    for (const command of [
      new UpdateCustomKeyStoreCommand({ CustomKeyStoreId: storeId, KeyStorePassword: 'abcdefg1' }),
      new DeleteCustomKeyStoreCommand({ CustomKeyStoreId: storeId }),
    ]) {
      const error = await refusal(kms.send(command));
      assert.equal(error.name, 'CustomKeyStoreInvalidStateException');
    }
    await connect(); // accepted, no effect
    assert.equal((await describeStore()).ConnectionState, 'CONNECTED');
  });

  it('does not let a second store use the cluster, nor a wrong trust anchor, nor an unknown cluster', async () => {
    const create = (changes: object): Promise<Error> =>
      refusal(
        kms.send(
          new CreateCustomKeyStoreCommand({
            CustomKeyStoreName: 'second',
            CloudHsmClusterId: clusterId,
            TrustAnchorCertificate: trustAnchor,
            KeyStorePassword: 'kmsuserpw1',
            ...changes,
          }),
        ),
      );
    const inUse = await create({});
    assert.equal(inUse.name, 'CloudHsmClusterInUseException');
    assert.ok(inUse.message.includes(storeId), inUse.message);
    const anchor = await create({ TrustAnchorCertificate: 'no certificate' });
    assert.equal(anchor.name, 'IncorrectTrustAnchorException');
    assert.match(anchor.message, /customerCA\.crt/);
    assert.equal(
      (await create({ CloudHsmClusterId: 'cluster-aaaaaaaaaaa' })).name,
      'CloudHsmClusterNotFoundException',
    );
    const taken = await create({ CustomKeyStoreName: 'renamed' });
    assert.equal(taken.name, 'CustomKeyStoreNameInUseException');
    assert.match(taken.message, /has the name renamed\./);
    assert.equal((await create({ KeyStorePassword: 'short' })).name, 'ValidationException');
    assert.equal((await create({ KeyStorePassword: undefined })).name, 'ValidationException');
  });

  it('disconnected, makes its keys Unavailable and remembers what was enabled', async () => {
    await disconnect();
    assert.equal(await keyState(), 'Unavailable');
    const use = await refusal(kms.send(new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('x') })));
    assert.equal(use.name, 'KMSInvalidStateException');
    assert.match(use.message, /:key\/[0-9a-f-]{36} is unavailable\.$/);
    for (const command of [
      new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: storeId }),
      new GenerateRandomCommand({ NumberOfBytes: 1, CustomKeyStoreId: storeId }),
      new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: storeId }),
    ]) {
      const error = await refusal(kms.send(command as CreateKeyCommand));
      assert.equal(error.name, 'CustomKeyStoreInvalidStateException');
    }
    await kms.send(new DisableKeyCommand({ KeyId: keyId }));
    await connect();
    await state('CONNECTED');
    assert.equal(await keyState(), 'Disabled');
    await kms.send(new EnableKeyCommand({ KeyId: keyId }));
    const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob: blob }));
    assert.equal(Buffer.from(Plaintext ?? []).toString(), 'before');
  });

  it('cannot be deleted while it has keys', async () => {
    await disconnect();
    const error = await refusal(kms.send(new DeleteCustomKeyStoreCommand({ CustomKeyStoreId: storeId })));
    assert.equal(error.name, 'CustomKeyStoreHasCMKsException');
    assert.match(error.message, /has \d+ KMS keys/);
  });

  const failsWith = async (code: string): Promise<void> => {
    await connect();
    const store = await state('FAILED');
    assert.equal(store.ConnectionErrorCode, code);
    const again = await refusal(kms.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId: storeId })));
    assert.equal(again.name, 'CustomKeyStoreInvalidStateException');
    assert.equal(await keyState(), 'Unavailable');
    await disconnect();
    assert.equal((await describeStore()).ConnectionErrorCode, undefined);
  };
  const setPassword = (password: string): Promise<void> =>
    asOfficer((hsm) => hsm.setUserPassword('kmsuser', password));
  const tellKms = (password: string): Promise<unknown> =>
    kms.send(new UpdateCustomKeyStoreCommand({ CustomKeyStoreId: storeId, KeyStorePassword: password }));

  it('fails with INVALID_CREDENTIALS when the password was changed, and connects once KMS is told', async () => {
    await setPassword('changed1byofficer');
    await failsWith('INVALID_CREDENTIALS');
    await tellKms('changed1byofficer');
    await connect();
    await state('CONNECTED');
    const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob: blob }));
    assert.equal(Buffer.from(Plaintext ?? []).toString(), 'before');
  });

  it('has a password after each connect that only KMS knows', async () => {
    await disconnect();
    const [hsm] = (await openHsms()) as [HsmConnection];
    await assert.rejects(
      hsm.loginUser({ name: 'kmsuser', password: 'changed1byofficer', owner: 'operator' }),
      (error: { code?: string }) => error.code === 'LOGIN_FAILED',
    );
    hsm.close();
  });

  it('fails with USER_LOCKED_OUT after five wrong passwords', async () => {
    for (const hsm of await openHsms()) {
      for (let i = 0; i < 5; i += 1) {
        await hsm
          .loginUser({ name: 'kmsuser', password: 'wrong1wrong', owner: 'thief' })
          .catch(() => undefined);
      }
      hsm.close();
    }
    await failsWith('USER_LOCKED_OUT');
    await setPassword('unlocked1again');
    await tellKms('unlocked1again');
  });

  it('fails with USER_LOGGED_IN while somebody else is kmsuser', async () => {
    const hsms = await openHsms();
    for (const hsm of hsms)
      await hsm.loginUser({ name: 'kmsuser', password: 'unlocked1again', owner: 'operator' });
    await failsWith('USER_LOGGED_IN');
    for (const hsm of hsms) {
      await hsm.logout();
      hsm.close();
    }
    await connect();
    await state('CONNECTED');
    await disconnect();
  });

  it('fails with NETWORK_ERRORS when HSMs run and do not answer', async () => {
    const pids = Object.values(claviger.config().pids.hsm);
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    try {
      await failsWith('NETWORK_ERRORS');
    } finally {
      for (const pid of Object.values(claviger.config().pids.hsm)) process.kill(pid, 'SIGCONT');
    }
    await eventually(10_000, 'connected again', async () => {
      await connect();
      const store = await eventually(12_000, 'an outcome', async () => {
        const now = await describeStore();
        return now.ConnectionState === 'CONNECTING' ? undefined : now;
      });
      if (store.ConnectionState === 'CONNECTED') return true;
      await disconnect();
      return undefined;
    });
    const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob: blob }));
    assert.equal(Buffer.from(Plaintext ?? []).toString(), 'before');
  });
});
