/** External key stores with several serving processes, and with a proxy at a public endpoint. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  ConnectCustomKeyStoreCommand,
  CreateCustomKeyStoreCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeCustomKeyStoresCommand,
  EncryptCommand,
  UpdateCustomKeyStoreCommand,
} from '@aws-sdk/client-kms';
import { HOST, credentialOf, service, storeBehind } from '../xks/store.ts';
import { newCredential, startXksProxy } from '../xks/xks-proxy.ts';
import type { XksProxy } from '../xks/xks-proxy.ts';
import { eventually, startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';
import { refusal } from './refusal.ts';

const MESSAGE = Buffer.from('what nobody but its owner shall read');
const PUBLIC_PORT = 443;

describe('external key stores with two serving processes', () => {
  const dir = mkdtempSync(join(tmpdir(), 'claviger-'));
  let claviger: Claviger;
  let proxy: XksProxy;

  before(async () => {
    proxy = await startXksProxy({ host: HOST });
    const ca = join(dir, 'ca.pem');
    writeFileSync(ca, proxy.ca);
    const service1 = `{ privateDnsName: ${HOST}, address: "127.0.0.1:${String(proxy.port)}" }`;
    const configuration = `
requestQuotas: { enforced: false }
server: { workers: 2 }
externalKeyStores: { timeoutMilliseconds: 900, certificateAuthorities: [${ca}], vpcEndpointServices: { ${service(1)}: ${service1} } }
`;
    claviger = await startClaviger({}, undefined, configuration);
  });
  after(async () => {
    await claviger.remove();
    await proxy.close();
    rmSync(dir, { recursive: true });
  });

  it('are connected in both, and both take over what is changed', async () => {
    const kms = claviger.client();
    const { CustomKeyStoreId } = await kms.send(new CreateCustomKeyStoreCommand(storeBehind(proxy)));
    await kms.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }));
    const KeyId = await eventually(15_000, 'a key', async () => {
      const input = { Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId, XksKeyId: 'key-1' } as const;
      const made = await kms.send(new CreateKeyCommand(input)).catch(() => undefined);
      return made?.KeyMetadata?.Arn;
    });
    /** As many connections as calls: the processes take them by turns. */
    const encryptEverywhere = async (): Promise<true | undefined> => {
      const calls = Array.from({ length: 8 }, async () => {
        const client = claviger.client();
        try {
          await client.send(new EncryptCommand({ KeyId, Plaintext: MESSAGE }));
        } finally {
          client.destroy();
        }
      });
      const ended = await Promise.allSettled(calls);
      return ended.every(({ status }) => status === 'fulfilled') ? true : undefined;
    };
    await eventually(15_000, 'both processes with the store', encryptEverywhere);
    const next = newCredential();
    proxy.credentials.push(next);
    await kms.send(
      new UpdateCustomKeyStoreCommand({
        CustomKeyStoreId,
        XksProxyAuthenticationCredential: credentialOf({ credential: next }),
      }),
    );
    proxy.credentials.shift();
    await eventually(15_000, 'both processes with the new credential', encryptEverywhere);
    proxy.requests.splice(0);
    assert.ok(await encryptEverywhere());
    const encrypted = proxy.requests.filter(({ operation }) => operation === 'Encrypt');
    assert.ok(encrypted.every(({ accessKeyId }) => accessKeyId === next.accessKeyId));
    assert.ok(new Set(encrypted.map(({ connection }) => connection)).size >= 2);
  });
});

describe('external key stores at public endpoints', () => {
  const dir = mkdtempSync(join(tmpdir(), 'claviger-'));
  let claviger: Claviger;
  let proxy: XksProxy | undefined;
  let reason = '';

  before(async () => {
    try {
      proxy = await startXksProxy({ port: PUBLIC_PORT });
    } catch (error) {
      reason = String(error);
      return;
    }
    const ca = join(dir, 'ca.pem');
    writeFileSync(ca, proxy.ca);
    claviger = await startClaviger(
      {},
      undefined,
      `externalKeyStores: { timeoutMilliseconds: 900, certificateAuthorities: [${ca}], allowedAddresses: ["127.0.0.0/8", "::1"] }\n`,
    );
  });
  after(async () => {
    await proxy?.close();
    await claviger?.remove();
    rmSync(dir, { recursive: true });
  });

  it('are tried when they are created', async (t) => {
    if (proxy === undefined) {
      t.skip(`port ${PUBLIC_PORT} cannot be listened on here: ${reason}`);
      return;
    }
    const listening = proxy;
    const kms = claviger.client();
    const create = (name: string, XksProxyUriPath = '/kms/xks/v1') =>
      kms.send(
        new CreateCustomKeyStoreCommand({
          CustomKeyStoreName: name,
          CustomKeyStoreType: 'EXTERNAL_KEY_STORE',
          XksProxyConnectivity: 'PUBLIC_ENDPOINT',
          XksProxyUriEndpoint: 'https://localhost',
          XksProxyUriPath,
          XksProxyAuthenticationCredential: credentialOf(listening),
        }),
      );
    proxy.misbehave('no JSON');
    assert.equal((await refusal(create('first'))).name, 'XksProxyInvalidResponseException');
    proxy.misbehave('hang');
    assert.equal((await refusal(create('first'))).name, 'XksProxyUriUnreachableException');
    proxy.misbehave(undefined);
    assert.equal(
      (await refusal(create('first', '/elsewhere/kms/xks/v1'))).name,
      'XksProxyInvalidConfigurationException',
    );
    const { CustomKeyStoreId } = await create('first');
    assert.ok(proxy.requests.some(({ operation }) => operation === 'GetHealthStatus'));
    assert.equal((await refusal(create('second'))).name, 'XksProxyUriInUseException');
    await kms.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }));
    const created = await eventually(10_000, 'the connection', async () => {
      const { CustomKeyStores } = await kms.send(new DescribeCustomKeyStoresCommand({ CustomKeyStoreId }));
      return CustomKeyStores?.[0]?.ConnectionState === 'CONNECTED' ? true : undefined;
    });
    assert.ok(created);
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({ Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId, XksKeyId: 'key-1' }),
    );
    const { CiphertextBlob } = await kms.send(
      new EncryptCommand({ KeyId: KeyMetadata?.Arn, Plaintext: MESSAGE }),
    );
    const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob }));
    assert.deepEqual(Buffer.from(Plaintext as Uint8Array), MESSAGE);
  });
});
