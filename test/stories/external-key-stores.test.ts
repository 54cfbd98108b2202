/**
 * External key stores through the AWS SDK, with real proxies: their life, their keys, and every way in which a proxy can fail as
 * callers of the KMS API see it.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import {
  CancelKeyDeletionCommand,
  ConnectCustomKeyStoreCommand,
  CreateCustomKeyStoreCommand,
  CreateKeyCommand,
  DecryptCommand,
  DeleteCustomKeyStoreCommand,
  DescribeCustomKeyStoresCommand,
  DescribeKeyCommand,
  DisconnectCustomKeyStoreCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyPairCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateRandomCommand,
  ReEncryptCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  UpdateCustomKeyStoreCommand,
} from '@aws-sdk/client-kms';
import type {
  CreateCustomKeyStoreCommandInput,
  CustomKeyStoresListEntry,
  KMSClient,
  KeyMetadata,
  UpdateCustomKeyStoreCommandInput,
} from '@aws-sdk/client-kms';
import { freePort } from '../storage/postgres-server.ts';
import { refusal as proxyRefusal } from '../xks/misbehaviours.ts';
import { HOST, credentialOf, service, storeBehind } from '../xks/store.ts';
import { newCredential, startXksProxy } from '../xks/xks-proxy.ts';
import type { XksProxy } from '../xks/xks-proxy.ts';
import { eventually, startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';
import { refusal } from './refusal.ts';

const MESSAGE = Buffer.from('what nobody but its owner shall read');

describe('external key stores', () => {
  const dir = mkdtempSync(join(tmpdir(), 'claviger-'));
  let claviger: Claviger;
  let kms: KMSClient;
  let proxy: XksProxy;
  let other: XksProxy;
  let metricsPort: number;
  let storeId: string;

  const wanted = (
    more: Partial<CreateCustomKeyStoreCommandInput> = {},
  ): CreateCustomKeyStoreCommandInput => ({
    ...storeBehind(proxy),
    ...more,
  });
  const create = async (input: CreateCustomKeyStoreCommandInput): Promise<string> =>
    (await kms.send(new CreateCustomKeyStoreCommand(input))).CustomKeyStoreId ?? '';
  const update = (changes: Omit<UpdateCustomKeyStoreCommandInput, 'CustomKeyStoreId'>): Promise<unknown> =>
    kms.send(new UpdateCustomKeyStoreCommand({ CustomKeyStoreId: storeId, ...changes }));
  const describeStore = async (id = storeId): Promise<CustomKeyStoresListEntry> => {
    const { CustomKeyStores } = await kms.send(new DescribeCustomKeyStoresCommand({ CustomKeyStoreId: id }));
    return CustomKeyStores?.[0] as CustomKeyStoresListEntry;
  };
  const settled = (state: string, id = storeId): Promise<CustomKeyStoresListEntry> =>
    eventually(15_000, `the store ${state}`, async () => {
      const store = await describeStore(id);
      return store.ConnectionState === state ? store : undefined;
    });
  const connect = async (id = storeId): Promise<void> => {
    await kms.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId: id }));
    await settled('CONNECTED', id);
  };
  const disconnect = async (id = storeId): Promise<void> => {
    await kms.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: id }));
    await settled('DISCONNECTED', id);
  };
  const createKey = async (XksKeyId: string, id = storeId): Promise<KeyMetadata> => {
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({ Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId: id, XksKeyId }),
    );
    return KeyMetadata as KeyMetadata;
  };
  const encrypt = async (KeyId: string, EncryptionContext?: Record<string, string>): Promise<Uint8Array> =>
    (await kms.send(new EncryptCommand({ KeyId, Plaintext: MESSAGE, EncryptionContext })))
      .CiphertextBlob as Uint8Array;
  const decrypt = async (
    CiphertextBlob: Uint8Array,
    EncryptionContext?: Record<string, string>,
  ): Promise<Buffer> =>
    Buffer.from(
      (await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }))).Plaintext as Uint8Array,
    );

  before(async () => {
    const keys = { 'key-1': {}, 'key-2': {}, 'key-3': {}, 'key-4': {}, 'key-5': {} };
    proxy = await startXksProxy({ host: HOST, keys, region: 'us-east-1' });
    other = await startXksProxy({ host: 'other.example.test', keys: { 'key-1': {} } });
    const ca = join(dir, 'ca.pem');
    writeFileSync(ca, `${proxy.ca}\n${other.ca}`);
    metricsPort = await freePort();
    const configuration = `
requestQuotas: { enforced: false }
metrics: { listen: "127.0.0.1:${String(metricsPort)}" }
externalKeyStores:
  certificateAuthorities: [${ca}]
  healthSeconds: 1
  timeoutMilliseconds: 900 # the machine is busy with other tests
  vpcEndpointServices:
    ${service(1)}: { privateDnsName: ${HOST}, address: "127.0.0.1:${String(proxy.port)}" }
    ${service(2)}: { privateDnsName: other.example.test, address: "127.0.0.1:${String(other.port)}" }
    ${service(3)}: { privateDnsName: nobody.example.test, address: "127.0.0.1:${String(await freePort())}" }
    ${service(4)}: { privateDnsName: ${HOST}, address: "127.0.0.1:${String(proxy.port)}" }
`;
    claviger = await startClaviger({}, undefined, configuration);
    kms = claviger.client();
  });
  beforeEach(() => {
    proxy.misbehave(undefined);
    proxy.present('good');
  });
  after(async () => {
    await claviger.remove();
    await proxy.close();
    await other.close();
    rmSync(dir, { recursive: true });
  });

  describe('creating', () => {
    it('makes a store that is not connected, and shows no secret', async () => {
      storeId = await create(wanted());
      const store = await describeStore();
      assert.deepEqual(
        { ...store, CreationDate: undefined },
        {
          CustomKeyStoreId: storeId,
          CustomKeyStoreName: 'outside',
          CustomKeyStoreType: 'EXTERNAL_KEY_STORE',
          ConnectionState: 'DISCONNECTED',
          CreationDate: undefined,
          XksProxyConfiguration: {
            Connectivity: 'VPC_ENDPOINT_SERVICE',
            AccessKeyId: proxy.credential.accessKeyId,
            UriEndpoint: `https://${HOST}`,
            UriPath: '/kms/xks/v1',
            VpcEndpointServiceName: service(1),
          },
        },
      );
      assert.equal(proxy.requests.length, 0); // one behind a VPC endpoint service is tried when it is connected
    });

    it('answers an identical request with the same store, and another one by its name', async () => {
      assert.equal(await create(wanted()), storeId);
      const error = await refusal(create(wanted({ XksProxyAuthenticationCredential: credentialOf(other) })));
      assert.equal(error.name, 'CustomKeyStoreNameInUseException');
    });

    const cases: [what: string, more: Partial<CreateCustomKeyStoreCommandInput>, exception: string][] = [
      ['no credential', { XksProxyAuthenticationCredential: undefined }, 'ValidationException'],
      ['no connectivity', { XksProxyConnectivity: undefined }, 'ValidationException'],
      ['no path', { XksProxyUriPath: undefined }, 'ValidationException'],
      ['no VPC endpoint service', { XksProxyVpcEndpointServiceName: undefined }, 'ValidationException'],
      ['a password', { KeyStorePassword: 'kmsPassword1' }, 'ValidationException'],
      ['a cluster', { CloudHsmClusterId: 'cluster-1234567abcd' }, 'ValidationException'],
      ['XKS members of a cluster store', { CustomKeyStoreType: 'AWS_CLOUDHSM' }, 'ValidationException'],
      ['http', { XksProxyUriEndpoint: `http://${HOST}` }, 'ValidationException'],
      ['a port', { XksProxyUriEndpoint: `https://${HOST}:8443` }, 'ValidationException'],
      [
        'an address',
        { XksProxyUriEndpoint: 'https://169.254.169.254' },
        'XksProxyInvalidConfigurationException',
      ],
      ['version 2', { XksProxyUriPath: '/kms/xks/v2' }, 'XksProxyInvalidConfigurationException'],
      [
        'a service that nobody configured',
        { XksProxyVpcEndpointServiceName: service(9) },
        'XksProxyVpcEndpointServiceNotFoundException',
      ],
      [
        'the name of another service',
        { XksProxyVpcEndpointServiceName: service(2) },
        'XksProxyVpcEndpointServiceInvalidConfigurationException',
      ],
      ['the service of another store', {}, 'XksProxyVpcEndpointServiceInUseException'],
      [
        'the endpoint of another store, by another service',
        { XksProxyVpcEndpointServiceName: service(4) },
        'XksProxyUriEndpointInUseException',
      ],
      [
        'the endpoint of a VPC endpoint service as a public one',
        { XksProxyConnectivity: 'PUBLIC_ENDPOINT', XksProxyVpcEndpointServiceName: undefined },
        'XksProxyUriEndpointInUseException',
      ],
      ['a service of a public endpoint', { XksProxyConnectivity: 'PUBLIC_ENDPOINT' }, 'ValidationException'],
      [
        'a public endpoint whose name leads to a private address',
        {
          XksProxyConnectivity: 'PUBLIC_ENDPOINT',
          XksProxyUriEndpoint: 'https://localhost',
          XksProxyVpcEndpointServiceName: undefined,
        },
        'XksProxyUriUnreachableException',
      ],
    ];
    for (const [what, more, exception] of cases) {
      it(`refuses ${what}: ${exception}`, async () => {
        const error = await refusal(create(wanted({ CustomKeyStoreName: 'refused', ...more })));
        assert.equal(error.name, exception, error.message);
        const { CustomKeyStores } = await kms.send(new DescribeCustomKeyStoresCommand({}));
        assert.ok(CustomKeyStores?.every(({ CustomKeyStoreName }) => CustomKeyStoreName !== 'refused'));
      });
    }
  });

  describe('connecting', () => {
    const failures: [what: string, wrong: () => void, code: string][] = [
      ['a credential that the proxy does not know', () => proxy.credentials.splice(0), 'INVALID_CREDENTIALS'],
      [
        'a proxy that denies access',
        () => proxy.misbehave(proxyRefusal('AccessDeniedException')),
        'XKS_PROXY_ACCESS_DENIED',
      ],
      [
        'another path',
        () => proxy.misbehave(proxyRefusal('InvalidUriPathException')),
        'XKS_PROXY_INVALID_CONFIGURATION',
      ],
      ['an answer that is none', () => proxy.misbehave('no JSON'), 'XKS_PROXY_INVALID_RESPONSE'],
      ['a redirect', () => proxy.misbehave('redirect'), 'XKS_PROXY_INVALID_RESPONSE'],
      ['an expired certificate', () => proxy.present('expired'), 'XKS_PROXY_INVALID_TLS_CONFIGURATION'],
      [
        'the certificate of another',
        () => proxy.present('wrong name'),
        'XKS_PROXY_INVALID_TLS_CONFIGURATION',
      ],
      ['key managers that are all away', () => proxy.misbehave('all unavailable'), 'XKS_PROXY_NOT_REACHABLE'],
      ['a proxy that hangs', () => proxy.misbehave('hang'), 'XKS_PROXY_TIMED_OUT'],
    ];
    for (const [what, wrong, code] of failures) {
      it(`fails for ${what}: ${code}`, async () => {
        wrong();
        await kms.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId: storeId }));
        assert.equal((await settled('FAILED')).ConnectionErrorCode, code);
        if (proxy.credentials.length === 0) proxy.credentials.push(proxy.credential);
        await disconnect();
      });
    }

    it('fails where nobody listens: XKS_PROXY_NOT_REACHABLE', async () => {
      const id = await create(
        wanted({
          CustomKeyStoreName: 'nobody',
          XksProxyUriEndpoint: 'https://nobody.example.test',
          XksProxyVpcEndpointServiceName: service(3),
        }),
      );
      await kms.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId: id }));
      assert.equal((await settled('FAILED', id)).ConnectionErrorCode, 'XKS_PROXY_NOT_REACHABLE');
      await disconnect(id);
      await kms.send(new DeleteCustomKeyStoreCommand({ CustomKeyStoreId: id }));
    });

    it('asks a proxy that is well for its health, signed, and ends as CONNECTED', async () => {
      proxy.requests.splice(0);
      await connect();
      const [health] = proxy.requests;
      assert.equal(health?.operation, 'GetHealthStatus');
      assert.equal(health?.accessKeyId, proxy.credential.accessKeyId);
      assert.equal((await describeStore()).ConnectionErrorCode, undefined);
    });
  });

  describe('keys', () => {
    let key: KeyMetadata;
    let arn: string;

    it('are made from external keys that are fit for it', async () => {
      key = await createKey('key-1');
      arn = key.Arn ?? '';
      assert.equal(key.Origin, 'EXTERNAL_KEY_STORE');
      assert.equal(key.CustomKeyStoreId, storeId);
      assert.deepEqual(key.XksKeyConfiguration, { Id: 'key-1' });
      assert.equal(key.CloudHsmClusterId, undefined);
      assert.equal(key.CurrentKeyMaterialId, undefined);
      assert.equal(key.KeyState, 'Enabled');
      const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: arn }));
      assert.deepEqual(KeyMetadata, key);
    });

    it('are not made from others, and never twice from one', async () => {
      const refused = async (XksKeyId: string): Promise<string> => {
        const error = await refusal(createKey(XksKeyId));
        return `${error.name}: ${error.message}`;
      };
      assert.match(await refused('key-1'), /^XksKeyAlreadyInUseException: /);
      assert.match(
        await refused('no-such-key'),
        /^XksKeyNotFoundException: .*could not find the external key/,
      );
      const unfit = proxy.keys.get('key-2');
      assert.ok(unfit !== undefined);
      unfit.keySpec = 'RSA_2048';
      assert.equal(
        await refused('key-2'),
        'XksKeyInvalidConfigurationException: The key spec of the external key must be AES_256. The key spec of specified external key is RSA_2048.',
      );
      unfit.keySpec = 'AES_256';
      unfit.keyStatus = 'DISABLED';
      assert.equal(
        await refused('key-2'),
        'XksKeyInvalidConfigurationException: The status of the external key must be ENABLED. The status of specified external key is DISABLED.',
      );
      unfit.keyStatus = 'ENABLED';
      unfit.keyUsage = ['ENCRYPT'];
      assert.equal(
        await refused('key-2'),
        'XksKeyInvalidConfigurationException: The key usage of the external key must include ENCRYPT and DECRYPT. The key use of specified external key is ENCRYPT.',
      );
      unfit.keyUsage = ['ENCRYPT', 'DECRYPT'];
      proxy.misbehave(proxyRefusal('ThrottlingException'));
      assert.match(await refused('key-2'), /^CustomKeyStoreInvalidStateException: .*very high request rate/);
      proxy.misbehave(undefined);
      const both = await Promise.allSettled([createKey('key-2'), createKey('key-2')]);
      assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
      const lost = both.find((one) => one.status === 'rejected');
      assert.equal((lost?.reason as Error).name, 'XksKeyAlreadyInUseException');
    });

    it('belong to stores of their type', async () => {
      const { customKeyStoreId } = claviger.config();
      assert.equal((await refusal(createKey('key-3', customKeyStoreId))).name, 'ValidationException');
      const inCluster = new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: storeId });
      assert.equal((await refusal(kms.send(inCluster))).name, 'ValidationException');
      const without = new CreateKeyCommand({ Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId: storeId });
      assert.equal((await refusal(kms.send(without))).name, 'ValidationException');
    });

    it('encrypt twice: the proxy sees neither the message nor the encryption context', async () => {
      proxy.requests.splice(0);
      const blob = await encrypt(arn, { purpose: 'very particular' });
      const asked = proxy.requests.find(({ operation }) => operation === 'Encrypt');
      assert.ok(asked !== undefined);
      assert.equal(asked.externalKeyId, 'key-1');
      assert.equal(asked.requestMetadata.kmsKeyArn, arn);
      assert.equal(asked.requestMetadata.kmsOperation, 'Encrypt');
      assert.match(asked.requestMetadata.awsPrincipalArn ?? '', /^arn:aws:iam::\d{12}:root$/);
      assert.match(asked.requestMetadata.kmsRequestId ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      const seen = JSON.stringify(asked.body);
      const told = Object.values(asked.body)
        .filter((value) => typeof value === 'string')
        .map((value) => Buffer.from(value, 'base64').toString('latin1'))
        .join();
      assert.ok(!seen.includes('very particular') && !told.includes('very particular'));
      assert.ok(!told.includes(MESSAGE.toString()));
      assert.deepEqual(await decrypt(blob, { purpose: 'very particular' }), MESSAGE);
    });

    it('do what keys in an HSM cluster do', async () => {
      const { Plaintext, CiphertextBlob } = await kms.send(
        new GenerateDataKeyCommand({ KeyId: arn, KeySpec: 'AES_256' }),
      );
      assert.equal(Plaintext?.length, 32);
      assert.deepEqual(await decrypt(CiphertextBlob as Uint8Array), Buffer.from(Plaintext));
      const sealed = await kms.send(
        new GenerateDataKeyWithoutPlaintextCommand({ KeyId: arn, NumberOfBytes: 1024 }),
      );
      assert.equal((await decrypt(sealed.CiphertextBlob as Uint8Array)).length, 1024);
      const longest = Buffer.alloc(4096, 7);
      const { CiphertextBlob: long } = await kms.send(new EncryptCommand({ KeyId: arn, Plaintext: longest }));
      assert.deepEqual(await decrypt(long as Uint8Array), longest);
    });

    it('re-encrypt from and to keys of the other stores', async () => {
      const { customKeyStoreId } = claviger.config();
      const others = [
        await kms.send(new CreateKeyCommand({})),
        await kms.send(new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: customKeyStoreId })),
      ];
      for (const { KeyMetadata: there } of others) {
        const out = await kms.send(
          new ReEncryptCommand({ CiphertextBlob: await encrypt(arn), DestinationKeyId: there?.Arn }),
        );
        assert.deepEqual(await decrypt(out.CiphertextBlob as Uint8Array), MESSAGE);
        const back = await kms.send(
          new ReEncryptCommand({ CiphertextBlob: out.CiphertextBlob, DestinationKeyId: arn }),
        );
        assert.deepEqual(await decrypt(back.CiphertextBlob as Uint8Array), MESSAGE);
        assert.equal(back.DestinationKeyMaterialId, undefined);
      }
    });

    it('open ciphertexts from before a rotation of the external key', async () => {
      const blob = await encrypt(arn);
      const external = proxy.keys.get('key-1');
      external?.versions.push(Buffer.alloc(32, 9));
      assert.deepEqual(await decrypt(blob), MESSAGE);
      assert.deepEqual(await decrypt(await encrypt(arn)), MESSAGE);
    });

    it('do nothing that only other keys do', async () => {
      const calls = [
        () => kms.send(new GenerateDataKeyPairCommand({ KeyId: arn, KeyPairSpec: 'ECC_NIST_P256' })),
        () => kms.send(new RotateKeyOnDemandCommand({ KeyId: arn })),
        () => kms.send(new EnableKeyRotationCommand({ KeyId: arn })),
        () => kms.send(new GenerateRandomCommand({ NumberOfBytes: 8, CustomKeyStoreId: storeId })),
      ];
      for (const call of calls) assert.equal((await refusal(call())).name, 'UnsupportedOperationException');
    });

    const wrongs: [what: string, wrong: () => void, text: RegExp][] = [
      ['a proxy that hangs', () => proxy.misbehave('hang'), /did not respond in time/],
      ['a proxy that is too slow', () => proxy.misbehave('slow'), /did not respond in time/],
      ['a reset connection', () => proxy.misbehave('reset'), /cannot communicate with/],
      ['garbage', () => proxy.misbehave('no JSON'), /cannot interpret the response/],
      ['10 MiB', () => proxy.misbehave('10 MiB'), /cannot interpret the response/],
      ['a redirect', () => proxy.misbehave('redirect'), /cannot interpret the response/],
      ['another name', () => proxy.present('wrong name'), /cannot establish a TLS connection/],
      ['other plaintext', () => proxy.misbehave('other plaintext'), /submitted for decryption/],
      ['another key', () => proxy.misbehave({ otherKey: 'key-2' }), /ciphertext or additional authenticated/],
      ...(
        [
          ['AuthenticationFailedException', /could not authenticate AWS KMS/],
          ['AccessDeniedException', /denied access to the operation/],
          ['KeyNotFoundException', /could not find the external key/],
          ['InvalidStateException', /external key is not enabled/],
          ['InvalidKeyUsageException', /does not support the requested operation/],
          ['InvalidUriPathException', /invalid URI path/],
          ['ThrottlingException', /very high request rate/],
          ['InternalException', /cannot communicate with the external key manager/],
          ['UnsupportedOperationException', /does not support the requested cryptographic operation/],
          ['DependencyTimeoutException', /in the time allotted/],
        ] as const
      ).map(([name, text]): [string, () => void, RegExp] => [
        name,
        () => proxy.misbehave(proxyRefusal(name)),
        text,
      ]),
    ];
    for (const [what, wrong, text] of wrongs) {
      it(`are not usable with ${what}: KMSInvalidStateException`, async () => {
        const blob = await encrypt(arn);
        wrong();
        const error = await refusal(decrypt(blob));
        assert.equal(error.name, 'KMSInvalidStateException');
        assert.match(error.message, text);
        assert.doesNotMatch(error.message, /said by the proxy/);
        proxy.misbehave(undefined);
        proxy.present('good');
        assert.deepEqual(await decrypt(blob), MESSAGE);
        assert.equal((await describeStore()).ConnectionState, 'CONNECTED');
      });
    }

    it('say nothing of another encryption context than that it is wrong', async () => {
      const error = await refusal(decrypt(await encrypt(arn, { a: '1' }), { a: '2' }));
      assert.equal(error.name, 'KMSInvalidStateException');
      assert.match(error.message, /ciphertext or additional authenticated data is corrupted/);
    });

    it('of other stores go on while a proxy hangs', async () => {
      const { customKeyStoreId } = claviger.config();
      const { KeyMetadata: inCluster } = await kms.send(
        new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: customKeyStoreId }),
      );
      proxy.misbehave('hang');
      const hanging = Array.from({ length: 40 }, () => refusal(encrypt(arn)));
      let isHanging = true;
      const all = Promise.all(hanging).finally(() => (isHanging = false));
      const blobs = await Promise.all(Array.from({ length: 10 }, () => encrypt(inCluster?.Arn ?? '')));
      assert.ok(isHanging);
      assert.equal(blobs.length, 10);
      assert.ok((await all).every(({ name }) => name === 'KMSInvalidStateException'));
    });

    it('are unavailable while the store is disconnected, and as before afterwards', async () => {
      const blob = await encrypt(arn);
      await disconnect();
      const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: arn }));
      assert.equal(KeyMetadata?.KeyState, 'Unavailable');
      assert.equal((await refusal(decrypt(blob))).name, 'KMSInvalidStateException');
      assert.equal((await refusal(createKey('key-3'))).name, 'CustomKeyStoreInvalidStateException');
      await connect();
      assert.deepEqual(await decrypt(blob), MESSAGE);
    });

    it('outlive a restart', async () => {
      const blob = await encrypt(arn);
      await claviger.restart();
      kms = claviger.client();
      assert.deepEqual(await decrypt(blob), MESSAGE);
    });

    it('are deleted without a word to the proxy, and hold the store until then', async () => {
      const { KeyId } = await createKey('key-4');
      proxy.requests.splice(0);
      const held = await refusal(kms.send(new DeleteCustomKeyStoreCommand({ CustomKeyStoreId: storeId })));
      assert.equal(held.name, 'CustomKeyStoreInvalidStateException');
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
      assert.equal((await refusal(createKey('key-4'))).name, 'XksKeyAlreadyInUseException');
      await kms.send(new CancelKeyDeletionCommand({ KeyId }));
      assert.ok(proxy.requests.every(({ operation }) => operation === 'GetHealthStatus'));
    });

    it('are named with their external key in the audit trail, in which no secret is', async () => {
      await encrypt(arn);
      const { endpoint, region, accessKeyId, secretAccessKey } = claviger.config();
      const cloudtrail = new CloudTrailClient({
        ...{ endpoint, region },
        credentials: { accessKeyId, secretAccessKey },
      });
      const event = await eventually(10_000, 'the event', async () => {
        const { Events } = await cloudtrail.send(
          new LookupEventsCommand({
            LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'Encrypt' }],
          }),
        );
        return Events?.map(
          ({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent ?? '{}') as Record<string, unknown>,
        ).find(
          ({ additionalEventData: data }) => (data as { xksKeyId?: string } | null)?.xksKeyId === 'key-1',
        );
      });
      assert.deepEqual(event.additionalEventData, { customKeyStoreId: storeId, xksKeyId: 'key-1' });
      const secret = Buffer.from(proxy.credential.secretAccessKey);
      for (const file of readdirSync(claviger.dataDir, { recursive: true, encoding: 'utf8' })) {
        const path = join(claviger.dataDir, file);
        const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() ?? false; // HSMs replace objects meanwhile
        if (isFile) assert.ok(!readFileSync(path).includes(secret), file);
      }
    });
  });

  describe('what operators see', () => {
    it('is how the proxy does', async () => {
      const page = await eventually(10_000, 'the metrics', async () => {
        const text = await (await fetch(`http://127.0.0.1:${String(metricsPort)}/metrics`)).text();
        return text.includes('claviger_xks_key_managers{') ? text : undefined;
      });
      const labels = `custom_key_store_id="${storeId}"`;
      for (const line of [
        `claviger_xks_proxy_seconds_count{${labels},kms_operation="Encrypt",xks_operation="Encrypt"}`,
        `claviger_xks_key_managers{${labels},state="active"} 1`,
        `claviger_xks_proxy_certificate_until_seconds{${labels}}`,
        `claviger_xks_proxy_credential_age_seconds{${labels}}`,
      ])
        assert.ok(page.includes(line), line);
      proxy.misbehave('all unavailable');
      await eventually(10_000, 'the failure', async () => {
        const text = await (await fetch(`http://127.0.0.1:${String(metricsPort)}/metrics`)).text();
        const failed = `claviger_xks_proxy_errors_total{${labels},kms_operation="KmsHealthCheck",xks_operation="GetHealthStatus",failure="unhealthy"}`;
        return text.includes(failed) ? true : undefined;
      });
    });
  });

  describe('updating', () => {
    let blob: Uint8Array;
    let arn: string;

    it('takes a new credential while the store is connected', async () => {
      arn = (await createKey('key-5')).Arn ?? '';
      blob = await encrypt(arn);
      const next = newCredential();
      const untried = await refusal(
        update({ XksProxyAuthenticationCredential: credentialOf({ credential: next }) }),
      );
      assert.equal(untried.name, 'XksProxyIncorrectAuthenticationCredentialException');
      assert.deepEqual(await decrypt(blob), MESSAGE);
      proxy.credentials.push(next);
      await update({ XksProxyAuthenticationCredential: credentialOf({ credential: next }) });
      proxy.credentials.shift();
      assert.deepEqual(await decrypt(blob), MESSAGE);
      assert.equal((await describeStore()).XksProxyConfiguration?.AccessKeyId, next.accessKeyId);
    });

    it('changes nothing when the proxy is not well with what is new', async () => {
      const before = await describeStore();
      const path = await refusal(update({ XksProxyUriPath: '/elsewhere/kms/xks/v1' }));
      assert.equal(path.name, 'XksProxyInvalidConfigurationException');
      assert.deepEqual(await describeStore(), before);
      assert.deepEqual(await decrypt(blob), MESSAGE);
    });

    it('lets the proxy be moved only while the store is disconnected', async () => {
      const moved = {
        XksProxyUriEndpoint: 'https://other.example.test',
        XksProxyVpcEndpointServiceName: service(2),
        XksProxyAuthenticationCredential: credentialOf(other),
      };
      assert.equal((await refusal(update(moved))).name, 'CustomKeyStoreInvalidStateException');
      await update({ NewCustomKeyStoreName: 'renamed' });
      await disconnect();
      assert.equal(
        (await refusal(update({ XksProxyConnectivity: 'PUBLIC_ENDPOINT' }))).name,
        'ValidationException',
      );
      assert.equal((await refusal(update({ KeyStorePassword: 'kmsPassword1' }))).name, 'ValidationException');
      await update(moved);
      const { CustomKeyStoreName, XksProxyConfiguration } = await describeStore();
      assert.equal(CustomKeyStoreName, 'renamed');
      assert.equal(XksProxyConfiguration?.UriEndpoint, 'https://other.example.test');
      assert.equal(XksProxyConfiguration.VpcEndpointServiceName, service(2));
      await connect();
      assert.match((await refusal(decrypt(blob))).message, /could not find the external key/);
    });

    it('ends with a store that has keys and cannot be deleted', async () => {
      await disconnect();
      const held = await refusal(kms.send(new DeleteCustomKeyStoreCommand({ CustomKeyStoreId: storeId })));
      assert.equal(held.name, 'CustomKeyStoreHasCMKsException');
    });
  });
});
