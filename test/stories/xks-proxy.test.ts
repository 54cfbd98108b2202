/**
 * The whole way of an external key: KMS, `claviger xks-proxy`, Claviger's own API, HSMs. One Claviger is both ends of it here: its external
 * key store is tied to keys of its own cluster.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { IAMClient } from '@aws-sdk/client-iam';
import {
  ConnectCustomKeyStoreCommand,
  CreateCustomKeyStoreCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeCustomKeyStoresCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  ReEncryptCommand,
  UpdateCustomKeyStoreCommand,
} from '@aws-sdk/client-kms';
import type {
  CreateKeyCommandInput,
  KMSClient,
  XksProxyAuthenticationCredentialType,
} from '@aws-sdk/client-kms';
import { stringify } from 'yaml';
import { failureMessages } from '../../src/keystores/external/proxy-failures.ts';
import { claviger as command } from '../operator/tool.ts';
import { freePort } from '../storage/postgres-server.ts';
import { createAuthority } from '../xks/certificates.ts';
import { HOST, service } from '../xks/store.ts';
import { eventually, startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';
import { userWith } from './iam-clients.ts';
import type { TestCredentials } from './iam-clients.ts';
import { refusal } from './refusal.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const WAIT_MS = 60_000;
/** The machine is busy with other tests. */
const PATIENT_MS = 4_000;
const NAME = 'cks.kms.us-east-1.amazonaws.com';
const MESSAGE = Buffer.from('what nobody but its owner shall read');

interface UseEvent {
  userIdentity: { userName: string };
  requestParameters: { xksKeyId: string; onBehalfOf: Record<string, string> };
  resources: { ARN: string }[];
}

describe('an XKS proxy in front of an HSM cluster', () => {
  const dir = mkdtempSync(join(tmpdir(), 'claviger-'));
  let claviger: Claviger;
  let kms: KMSClient;
  let proxy: ChildProcess;
  let log = '';
  let config: string;
  let hsmKeyId: string;
  let xksKeyId: string;
  let storeId: string;
  let keyId: string;
  const credentials: XksProxyAuthenticationCredentialType[] = [];

  const put = (name: string, content: string): string => {
    const path = join(dir, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const settings = () => {
    const { endpoint, region, accessKeyId, secretAccessKey } = claviger.config();
    return { endpoint, region, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 8 };
  };
  const createKey = async (input: CreateKeyCommandInput): Promise<string> =>
    (await kms.send(new CreateKeyCommand(input))).KeyMetadata?.KeyId ?? '';
  const generateKey = async (id: string): Promise<string> => {
    const { out, err } = await command(['xks-proxy', 'generate-key', '--config', config, '--key-id', id]);
    assert.equal(err, '');
    return out.trim();
  };
  const encrypt = async (EncryptionContext?: Record<string, string>): Promise<Uint8Array> =>
    (await kms.send(new EncryptCommand({ KeyId: keyId, Plaintext: MESSAGE, EncryptionContext })))
      .CiphertextBlob as Uint8Array;
  const decrypt = async (CiphertextBlob: Uint8Array, EncryptionContext?: Record<string, string>) =>
    Buffer.from(
      (await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }))).Plaintext as Uint8Array,
    );
  const lines = (): Record<string, unknown>[] =>
    log
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  /** The proxy's own user: it may use this one key, and ask how the HSMs are. */
  async function proxyUser(): Promise<TestCredentials> {
    const iam = new IAMClient(settings());
    const { accountId, region, clusterId } = claviger.config();
    const key = await userWith(
      iam,
      'xks-proxy',
      {
        Effect: 'Allow',
        Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKeyWithoutPlaintext'],
        Resource: `arn:aws:kms:${region}:${accountId}:key/${hsmKeyId}`,
      },
      {
        Effect: 'Allow',
        Action: 'claviger:DescribeHsmFigures',
        Resource: `arn:aws:cloudhsm:${region}:${accountId}:cluster/${clusterId}`,
      },
    );
    iam.destroy();
    return key;
  }

  before(async () => {
    const authority = await createAuthority();
    const [ca, port] = [put('ca.pem', authority.pem), await freePort()];
    const own = await authority.issue({ commonName: HOST, names: [HOST] });
    const shown = await authority.issue({ commonName: NAME });
    const configuration = stringify({
      requestQuotas: { enforced: false },
      externalKeyStores: {
        certificateAuthorities: [ca],
        clientCertificate: {
          certificate: put('kms.pem', shown.certificate),
          key: put('kms.key', shown.key),
        },
        timeoutMilliseconds: PATIENT_MS,
        vpcEndpointServices: { [service(1)]: { privateDnsName: HOST, address: `127.0.0.1:${port}` } },
      },
    });
    claviger = await startClaviger({}, undefined, configuration);
    kms = claviger.client();
    const { endpoint, region, clusterId, customKeyStoreId: CustomKeyStoreId } = claviger.config();
    hsmKeyId = await createKey({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId });

    for (const name of ['first', 'second']) {
      const made = await command(['xks-proxy', 'new-credential', '--json']);
      const credential = made.json<XksProxyAuthenticationCredentialType>();
      put(`${name}.secret`, credential.RawSecretAccessKey ?? '');
      credentials.push(credential);
    }
    const user = await proxyUser();
    config = put(
      'proxy.yaml',
      stringify({
        listen: `127.0.0.1:${port}`,
        tls: {
          certificate: put('proxy.pem', own.certificate),
          key: put('proxy.key', own.key),
          clientCa: ca,
          clientNames: [NAME],
        },
        claviger: {
          endpoints: [endpoint],
          region,
          accessKeyId: user.accessKeyId,
          secretFile: put('user.secret', user.secretAccessKey),
          clusterId,
          timeoutMilliseconds: PATIENT_MS - 500,
        },
        stores: [
          {
            path: '/tenant',
            region,
            credentials: ['first', 'second'].map((name, at) => ({
              accessKeyId: credentials[at]?.AccessKeyId,
              secretFile: join(dir, `${name}.secret`),
            })),
          },
        ],
      }),
    );
    xksKeyId = await generateKey(hsmKeyId);
    proxy = spawn(process.execPath, [MAIN, 'xks-proxy', 'serve', '--config', config], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [proxy.stdout, proxy.stderr])
      stream?.on('data', (chunk: Buffer) => (log += chunk.toString()));
    await eventually(WAIT_MS, 'the proxy listens', () => (log.includes('listens on') ? true : undefined));
  });
  after(async () => {
    kms?.destroy();
    proxy?.kill('SIGKILL');
    await claviger?.remove();
    rmSync(dir, { recursive: true });
  });

  it('is what an external key store connects to', async () => {
    const { CustomKeyStoreId = '' } = await kms.send(
      new CreateCustomKeyStoreCommand({
        CustomKeyStoreName: 'own cluster, from outside',
        CustomKeyStoreType: 'EXTERNAL_KEY_STORE',
        XksProxyConnectivity: 'VPC_ENDPOINT_SERVICE',
        XksProxyUriEndpoint: `https://${HOST}`,
        XksProxyUriPath: '/tenant/kms/xks/v1',
        XksProxyVpcEndpointServiceName: service(1),
        XksProxyAuthenticationCredential: credentials[0],
      }),
    );
    storeId = CustomKeyStoreId;
    await kms.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }));
    await eventually(WAIT_MS, 'the store is connected', async () => {
      const { CustomKeyStores } = await kms.send(new DescribeCustomKeyStoresCommand({ CustomKeyStoreId }));
      return CustomKeyStores?.[0]?.ConnectionState === 'CONNECTED' ? true : undefined;
    });
  });

  it('lends its keys to KMS keys, one each', async () => {
    const wanted = { Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId: storeId } as const;
    keyId = await createKey({ ...wanted, XksKeyId: xksKeyId });
    const again = await refusal(kms.send(new CreateKeyCommand({ ...wanted, XksKeyId: xksKeyId })));
    assert.equal(again.name, 'XksKeyAlreadyInUseException');
    const strange = `${xksKeyId.slice(0, -4)}AAAA`; // not wrapped under the key
    const none = await refusal(kms.send(new CreateKeyCommand({ ...wanted, XksKeyId: strange })));
    assert.equal(none.name, 'XksKeyNotFoundException');
  });

  it('serves every operation of KMS that uses the key', async () => {
    const context = { app: 'tour' };
    const blob = await encrypt(context);
    assert.deepEqual(await decrypt(blob, context), MESSAGE);
    assert.equal((await refusal(decrypt(blob, { app: 'other' }))).name, 'KMSInvalidStateException');
    const dataKey = await kms.send(new GenerateDataKeyCommand({ KeyId: keyId, KeySpec: 'AES_256' }));
    assert.deepEqual(
      await decrypt(dataKey.CiphertextBlob as Uint8Array),
      Buffer.from(dataKey.Plaintext as Uint8Array),
    );
    const there = await kms.send(
      new ReEncryptCommand({
        CiphertextBlob: blob,
        SourceEncryptionContext: context,
        DestinationKeyId: hsmKeyId,
      }),
    );
    const back = await kms.send(
      new ReEncryptCommand({ CiphertextBlob: there.CiphertextBlob, DestinationKeyId: keyId }),
    );
    assert.deepEqual(await decrypt(back.CiphertextBlob as Uint8Array), MESSAGE);
  });

  it('takes another credential without a failed call', async () => {
    const blob = await encrypt();
    await kms.send(
      new UpdateCustomKeyStoreCommand({
        CustomKeyStoreId: storeId,
        XksProxyAuthenticationCredential: credentials[1],
      }),
    );
    assert.deepEqual(await decrypt(blob), MESSAGE);
    assert.equal(lines().at(-1)?.accessKeyId, credentials[1]?.AccessKeyId);
  });

  it('refuses in the words of AWS while the key in the HSMs is disabled', async () => {
    const blob = await encrypt();
    await kms.send(new DisableKeyCommand({ KeyId: hsmKeyId }));
    for (const call of [() => encrypt(), () => decrypt(blob)]) {
      const { name, message } = await refusal(call());
      assert.deepEqual([name, message], ['KMSInvalidStateException', failureMessages['invalid-state']]);
    }
    await kms.send(new EnableKeyCommand({ KeyId: hsmKeyId }));
    assert.deepEqual(await decrypt(blob), MESSAGE);
  });

  it('lets its own user use no other key', async () => {
    const { customKeyStoreId: CustomKeyStoreId } = claviger.config();
    const other = await createKey({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId });
    const { code, err } = await command(['xks-proxy', 'generate-key', '--config', config, '--key-id', other]);
    assert.equal(code, 1);
    assert.match(err, /^claviger: AccessDeniedException: /);
  });

  it('goes on when an HSM dies', async () => {
    const blob = await encrypt();
    const [pid] = Object.values(claviger.config().pids.hsm);
    process.kill(Number(pid), 'SIGKILL');
    for (let times = 0; times < 5; times += 1) {
      assert.deepEqual(await decrypt(blob), MESSAGE);
      assert.deepEqual(await decrypt(await encrypt()), MESSAGE);
    }
  });

  it('tells HSMs that are away from a key that is disabled', async () => {
    const { server, hsm } = claviger.config().pids;
    process.kill(Number(server[0]), 'SIGSTOP'); // the supervisor, which would start them again
    for (const pid of Object.values(hsm)) process.kill(pid, 'SIGKILL');
    const { name, message } = await refusal(encrypt()).finally(() =>
      process.kill(Number(server[0]), 'SIGCONT'),
    );
    assert.deepEqual([name, message], ['KMSInvalidStateException', failureMessages.internal]);
    assert.match(String(lines().at(-1)?.reason), /^KeyUnavailableException: KMS cannot communicate/);
    await eventually(WAIT_MS, 'HSMs that serve again', () => encrypt().catch(() => undefined));
  });

  it('leaves a trail from the caller of KMS to the key in the HSMs', async () => {
    const trail = new CloudTrailClient(settings());
    const use = await eventually(WAIT_MS, 'the event is found', async () => {
      const { Events = [] } = await trail.send(
        new LookupEventsCommand({
          LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'DecryptWithExternalKey' }],
        }),
      );
      const events = Events.map(({ CloudTrailEvent = '' }) => JSON.parse(CloudTrailEvent) as UseEvent);
      return events.find(({ requestParameters }) => requestParameters.onBehalfOf.operation === 'Decrypt');
    });
    assert.equal(use.userIdentity.userName, 'xks-proxy');
    const { onBehalfOf } = use.requestParameters;
    assert.equal(use.requestParameters.xksKeyId, xksKeyId);
    assert.ok(use.resources.some(({ ARN }) => ARN.endsWith(hsmKeyId)));
    assert.ok(onBehalfOf.kmsKeyArn?.endsWith(keyId));
    const asked = lines().find(({ kmsRequestId }) => kmsRequestId === onBehalfOf.requestId);
    assert.deepEqual([asked?.operation, asked?.outcome], ['Decrypt', 'ok']);
    const { Events = [] } = await trail.send(
      new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'Decrypt' }],
      }),
    );
    trail.destroy();
    assert.ok(
      Events.some(({ CloudTrailEvent = '' }) => CloudTrailEvent.includes(`"${onBehalfOf.requestId}"`)),
    );
  });

  it('ends in order, and nothing was wrong but that', async () => {
    const ended = once(proxy, 'exit');
    proxy.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
    const all = lines();
    assert.ok(all.some(({ operation, outcome }) => operation === 'GetHealthStatus' && outcome === 'ok'));
    const reasons = all.filter(({ status }) => Number(status) >= 500).map(({ reason }) => String(reason));
    assert.ok(
      reasons.every((reason) => reason.startsWith('KeyUnavailableException')),
      reasons.join('\n'),
    );
    const message = await refusal(encrypt());
    assert.equal(message.message, failureMessages.unreachable);
  });
});
