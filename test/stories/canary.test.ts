/**
 * Secrets that must be nowhere: not in a file of the data folder, not in a log, not in an answer that is an error, not in what is
 * sent to collectors or delivered to trails. What the
 * operator keeps (`operator/`) and what clients are given (`client.json`) are the two places that are allowed to hold some.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { lstatSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { CloudTrailClient, CreateTrailCommand, StartLoggingCommand } from '@aws-sdk/client-cloudtrail';
import * as iamSdk from '@aws-sdk/client-iam';
import * as sdk from '@aws-sdk/client-kms';
import type { KMSClient } from '@aws-sdk/client-kms';
import * as stsSdk from '@aws-sdk/client-sts';
import { sql } from 'kysely';
import { createClavigerClient } from '../../console/src/aws/claviger-client.ts';
import { connectHsm } from '../../src/hsm-client/connect.ts';
import { eventually, startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';
import { makeCertificates, startCollector } from '../audit/collector.ts';
import type { Collector } from '../audit/collector.ts';
import { TEST_ENGINE } from '../storage/test-database.ts';
import { clientsOf, policyDocument } from './iam-clients.ts';
import { startIssuer } from './token-issuer.ts';
import type { TokenIssuer } from './token-issuer.ts';
import { wrap } from './wrapping.ts';

/** Where secrets may be, each of them the place where its owner looks for it. */
const ALLOWED = [/^operator\//, /^client\.json$/];
/** What is public lies readable in the operator's folder; the folder above it lets nobody in. */
const PUBLIC = /^operator\/(README\.txt|.*\.crt|.*\.pem|recovery-kit\/README.*)$/;

describe('secrets', () => {
  let claviger: Claviger;
  let kms: KMSClient;
  /** Of what goes out: collectors' files and a trail's bucket. */
  let outside: string;
  let issuer: TokenIssuer;
  const collectors: Collector[] = [];
  /** By name; searched for as raw bytes, base64 and hex. */
  const secrets = new Map<string, Buffer>();
  /** Everything that was answered to a call that failed. */
  const errors: string[] = [];

  const secret = (name: string, bytes: Uint8Array | string | undefined): Buffer => {
    const value = Buffer.from(bytes ?? '');
    assert.ok(value.length >= 8, `${name} is too short to be searched for`);
    secrets.set(name, value);
    return value;
  };
  const fails = async (call: Promise<unknown>): Promise<void> => {
    const error = await call.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof sdk.KMSServiceException);
    errors.push(JSON.stringify({ ...error, message: error.message, headers: error.$response?.headers }));
  };
  const storeState = (CustomKeyStoreId: string, wanted: string): Promise<string> =>
    eventually(15_000, `the key store ${wanted}`, async () => {
      const { CustomKeyStores } = await kms.send(
        new sdk.DescribeCustomKeyStoresCommand({ CustomKeyStoreId }),
      );
      const store = CustomKeyStores?.[0];
      return store?.ConnectionState === wanted ? store.TrustAnchorCertificate : undefined;
    });

  const useKey = async (kind: string, input: sdk.CreateKeyCommandInput): Promise<void> => {
    const { KeyMetadata } = await kms.send(new sdk.CreateKeyCommand(input));
    const KeyId = KeyMetadata?.KeyId ?? '';
    const Plaintext = secret(`plaintext (${kind})`, `canary ${randomBytes(16).toString('hex')}`);
    const { CiphertextBlob } = await kms.send(new sdk.EncryptCommand({ KeyId, Plaintext }));
    const opened = await kms.send(new sdk.DecryptCommand({ CiphertextBlob }));
    assert.deepEqual(Buffer.from(opened.Plaintext ?? []), Plaintext);
    const dataKey = await kms.send(new sdk.GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));
    secret(`data key (${kind})`, dataKey.Plaintext);
    const hidden = await kms.send(
      new sdk.GenerateDataKeyWithoutPlaintextCommand({ KeyId, KeySpec: 'AES_256' }),
    );
    const shown = await kms.send(new sdk.DecryptCommand({ CiphertextBlob: hidden.CiphertextBlob }));
    secret(`data key that was opened later (${kind})`, shown.Plaintext);
    const broken = Buffer.from(CiphertextBlob ?? []);
    broken[broken.length - 1] = (broken.at(-1) as number) ^ 1;
    await fails(kms.send(new sdk.DecryptCommand({ CiphertextBlob: broken })));
    await fails(kms.send(new sdk.DecryptCommand({ CiphertextBlob, EncryptionContext: { a: 'b' } })));
    await fails(
      kms.send(new sdk.EncryptCommand({ KeyId, Plaintext, EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' })),
    );
    await fails(kms.send(new sdk.EncryptCommand({ KeyId: 'alias/nobody', Plaintext })));
    const long = Buffer.concat([Plaintext, Buffer.alloc(4096)]);
    await fails(kms.send(new sdk.EncryptCommand({ KeyId, Plaintext: long })));
    await kms.send(new sdk.DisableKeyCommand({ KeyId }));
    await fails(kms.send(new sdk.EncryptCommand({ KeyId, Plaintext })));
  };

  /** Another KMS has something encrypted, rightly and not. */
  const useExternalKey = async (CustomKeyStoreId: string): Promise<void> => {
    const input = { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId } as const;
    const KeyId = (await kms.send(new sdk.CreateKeyCommand(input))).KeyMetadata?.KeyId ?? '';
    const { endpoint, region, accessKeyId, secretAccessKey } = claviger.config();
    const own = createClavigerClient(endpoint, { region, credentials: { accessKeyId, secretAccessKey } });
    const { XksKeyId } = await own.call('GenerateExternalKey', { KeyId });
    const inBase64 = (name: string): string =>
      secret(name, `canary ${randomBytes(16).toString('hex')}`).toString('base64');
    const use = {
      XksKeyId,
      AdditionalAuthenticatedData: inBase64('associated data of an external key'),
    };
    const Plaintext = inBase64('plaintext (external key)');
    const message = await own.call('EncryptWithExternalKey', { ...use, Plaintext });
    const opened = await own.call('DecryptWithExternalKey', { ...use, ...message });
    assert.equal(opened.Plaintext, Plaintext);
    const wrong = own.call('DecryptWithExternalKey', { XksKeyId, ...message });
    await assert.rejects(wrong, (error: Error) => errors.push(`${error.name} ${error.message}`) > 0);
    const nobodys = own.call('EncryptWithExternalKey', { ...use, XksKeyId: 'none', Plaintext });
    await assert.rejects(nobodys, (error: Error) => errors.push(`${error.name} ${error.message}`) > 0);
  };

  /** The officer sets a password, KMS is told, and a connect replaces it. */
  const reconnect = async (CustomKeyStoreId: string): Promise<void> => {
    const of = { CustomKeyStoreId };
    const KeyStorePassword = `canary${randomBytes(12).toString('hex')}`;
    secret('the password that KMS is told', KeyStorePassword);
    const officer = JSON.parse(readFileSync(join(claviger.dataDir, 'operator', 'officer.json'), 'utf8')) as {
      user: string;
      password: string;
    };
    secret("the crypto officer's password", officer.password);
    await fails(kms.send(new sdk.UpdateCustomKeyStoreCommand({ ...of, KeyStorePassword }))); // while connected
    await kms.send(new sdk.DisconnectCustomKeyStoreCommand(of));
    const trustAnchor = await storeState(CustomKeyStoreId, 'DISCONNECTED');
    const { clusterId, pids } = claviger.config();
    const wrong = secret('a wrong password', `wrong${randomBytes(12).toString('hex')}`).toString();
    for (const hsmId of Object.keys(pids.hsm)) {
      const lines = readFileSync(join(claviger.dataDir, 'logs', `${hsmId}.log`), 'utf8')
        .trim()
        .split('\n');
      const entries = lines.map((line) => JSON.parse(line) as { msg: string; host: string; port: number });
      const { host, port } = entries.filter(({ msg }) => msg === 'ready').at(-1) as (typeof entries)[number];
      const hsm = await connectHsm({ hsmId, clusterId, host, port, trustAnchor, timeoutMs: 5_000 });
      const refusal = await hsm.loginUser({ name: 'kmsuser', password: wrong, owner: 'thief' }).then(
        () => assert.fail('a wrong password was taken'),
        (error: Error) => error,
      );
      errors.push(`${refusal.message} ${JSON.stringify(refusal)}`);
      await hsm.loginOfficer(officer.user, officer.password);
      await hsm.setUserPassword('kmsuser', KeyStorePassword);
      hsm.close();
    }
    await kms.send(new sdk.UpdateCustomKeyStoreCommand({ ...of, KeyStorePassword }));
    await kms.send(new sdk.ConnectCustomKeyStoreCommand(of));
    await storeState(CustomKeyStoreId, 'CONNECTED');
    const another = {
      CustomKeyStoreName: 'x',
      CloudHsmClusterId: clusterId,
      TrustAnchorCertificate: trustAnchor,
    };
    await fails(kms.send(new sdk.CreateCustomKeyStoreCommand({ ...another, KeyStorePassword })));
    await fails(
      kms.send(
        new sdk.CreateCustomKeyStoreCommand({ ...another, KeyStorePassword: `${KeyStorePassword} !` }),
      ),
    );
  };

  /** Material comes in, rightly and under a token that is not its own. */
  const importMaterial = async (): Promise<void> => {
    const KeyId = (await kms.send(new sdk.CreateKeyCommand({ Origin: 'EXTERNAL' }))).KeyMetadata?.KeyId;
    const wrapping = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' } as const;
    const { PublicKey, ImportToken } = await kms.send(
      new sdk.GetParametersForImportCommand({ KeyId, ...wrapping }),
    );
    secret('an import token', ImportToken);
    const material = secret('imported material', randomBytes(32));
    const EncryptedKeyMaterial = wrap(PublicKey as Uint8Array, 'RSAES_OAEP_SHA_256', material);
    secret('wrapped material', EncryptedKeyMaterial);
    const ExpirationModel = 'KEY_MATERIAL_DOES_NOT_EXPIRE';
    const broken = secret('wrapped material that does not open', randomBytes(256));
    const input = { KeyId, ImportToken, ExpirationModel } as const;
    await fails(kms.send(new sdk.ImportKeyMaterialCommand({ ...input, EncryptedKeyMaterial: broken })));
    await kms.send(new sdk.ImportKeyMaterialCommand({ ...input, EncryptedKeyMaterial }));
  };

  /** Credentials are given out: keys of a user, and sessions of all kinds. */
  const giveCredentials = async (): Promise<void> => {
    const { endpoint, accountId, accessKeyId, secretAccessKey } = claviger.config();
    const root = clientsOf(endpoint, { accessKeyId, secretAccessKey });
    const UserName = 'canary';
    await root.iam.send(new iamSdk.CreateUserCommand({ UserName }));
    const { AccessKey } = await root.iam.send(new iamSdk.CreateAccessKeyCommand({ UserName }));
    secret("a user's secret key", AccessKey?.SecretAccessKey);
    const user = clientsOf(endpoint, {
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    });
    const audience = 'canaries';
    const provider = { Url: issuer.url, ClientIDList: [audience] };
    await root.iam.send(new iamSdk.CreateOpenIDConnectProviderCommand(provider));
    const Federated = `arn:aws:iam::${accountId}:oidc-provider/${issuer.name}`;
    const RoleName = 'canary';
    const byUser = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: `arn:aws:iam::${accountId}:user/canary` } }; // prettier-ignore
    const byToken = { Effect: 'Allow', Action: 'sts:AssumeRoleWithWebIdentity', Principal: { Federated } };
    const AssumeRolePolicyDocument = policyDocument(byUser, byToken);
    await root.iam.send(new iamSdk.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    const role = { RoleArn: `arn:aws:iam::${accountId}:role/${RoleName}`, RoleSessionName: 'canary' };
    const WebIdentityToken = secret('a web identity token', await issuer.token('bird', audience)).toString();
    const given = {
      'a session of a user': await user.sts.send(new stsSdk.GetSessionTokenCommand({})),
      'a session of a role': await user.sts.send(new stsSdk.AssumeRoleCommand(role)),
      'a session by a token': await user.sts.send(
        new stsSdk.AssumeRoleWithWebIdentityCommand({ ...role, WebIdentityToken }),
      ),
    };
    for (const [name, { Credentials }] of Object.entries(given)) {
      secret(`the secret key of ${name}`, Credentials?.SecretAccessKey);
      secret(`the token of ${name}`, Credentials?.SessionToken);
    }
    for (const clients of [root, user]) clients.destroy();
  };

  /** A trail begins to log into the bucket outside. */
  const startTrail = async (): Promise<void> => {
    const { endpoint, region, accessKeyId, secretAccessKey } = claviger.config();
    const credentials = { accessKeyId, secretAccessKey };
    const client = new CloudTrailClient({ endpoint, region, credentials });
    const Name = 'canary';
    const create = { Name, S3BucketName: 'canaries', EnableLogFileValidation: true };
    await client.send(new CreateTrailCommand(create));
    await client.send(new StartLoggingCommand({ Name }));
    client.destroy();
  };

  /** What left the machine so far, by name: log files and digests are unpacked. */
  const sentOut = (): Map<string, Buffer> =>
    new Map(
      filesOf(outside)
        .filter((path) => /^(bucket\/|received-)/.test(path) && !path.endsWith('.new')) // those get their names yet
        .map((path) => {
          const bytes = readFileSync(join(outside, path));
          return [path, path.endsWith('.gz') ? gunzipSync(bytes) : bytes];
        }),
    );

  /** Every file of the data folder, by its path in it. */
  const files = (): string[] => filesOf(claviger.dataDir);

  /** All tables of a database that lies elsewhere, each column as JSON, or in hex. */
  const allRows = async (): Promise<string> => {
    const db = await claviger.openStore();
    const lines: string[] = [];
    for (const { name } of await db.introspection.getTables()) {
      const { rows } = await sql`select * from ${sql.table(name)}`.execute(db);
      lines.push(name, ...rows.flatMap((row) => Object.values(row as object).map(textOf)));
    }
    await db.destroy();
    return lines.join('\n');
  };

  const forms = (value: Buffer): Buffer[] => {
    const hex = value.toString('hex');
    // base64 of a secret that begins in the middle of a longer text looks different at each of three offsets
    const shifted = [0, 1, 2].map((offset) => {
      const text = Buffer.concat([Buffer.alloc(offset), value])
        .toString('base64')
        .replace(/=+$/, '');
      return text.slice(offset === 0 ? 0 : offset + 1, -1);
    });
    return [value, ...[hex, hex.toUpperCase(), ...shifted].map((text) => Buffer.from(text))];
  };
  const holds = (haystack: Buffer, value: Buffer): boolean =>
    forms(value).some((form) => haystack.includes(form));

  before(async () => {
    outside = mkdtempSync(join(tmpdir(), 'claviger-canary-'));
    issuer = await startIssuer();
    const certificates = makeCertificates(outside);
    const received = (kind: string): string => join(outside, `received-${kind}`);
    for (const kind of ['https', 'syslog'] as const)
      collectors.push(await startCollector(kind, certificates, received(kind)));
    const [https, syslog] = collectors.map(({ port }) => `localhost:${port}`) as [string, string];
    const { ca } = certificates;
    const audit = {
      buckets: { canaries: { directory: join(outside, 'bucket') } },
      ...{ deliverySeconds: 1, digestSeconds: 2 },
      sinks: {
        https: { type: 'https', address: `https://${https}/`, ca },
        syslog: { type: 'syslog', address: syslog, ca },
      },
    };
    const file = join(outside, 'claviger.yaml');
    const oidc = { allowHttpOnLoopback: true };
    writeFileSync(file, JSON.stringify({ audit, oidc, requestQuotas: { enforced: false } }));
    claviger = await startClaviger({ CLAVIGER_CONFIG: file });
    kms = claviger.client();
    await startTrail();
    const { customKeyStoreId, secretAccessKey } = claviger.config();
    secret('the secret of the access key', secretAccessKey);
    secret('the same, decoded', Buffer.from(secretAccessKey, 'base64'));
    await useKey('built-in', {});
    await useKey('HSM', { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: customKeyStoreId });
    await useExternalKey(customKeyStoreId);
    await reconnect(customKeyStoreId);
    const random = await kms.send(new sdk.GenerateRandomCommand({ NumberOfBytes: 32 }));
    secret('random bytes', random.Plaintext);
    await useKey('built-in, later', {});
    await importMaterial();
    await giveCredentials();
    const { $metadata } = await kms.send(new sdk.ListKeysCommand({}));
    await eventually(60_000, 'the last event has gone out everywhere', () => {
      const sent = sentOut();
      const holding = [...sent.values()].filter((bytes) => bytes.includes($metadata.requestId ?? '-'));
      const digested = [...sent.keys()].some((path) => path.includes('_CloudTrail-Digest_'));
      return digested && holding.length === 3 ? true : undefined; // both collectors and a log file
    });
    await claviger.kill(); // as after a crash: whatever is half done lies about
  });
  after(async () => {
    await claviger?.remove();
    issuer?.close();
    for (const collector of collectors) await collector.kill();
    rmSync(outside, { recursive: true });
  });

  it('are found by this search where they may be', () => {
    const found = (path: string, name: string): boolean =>
      holds(readFileSync(join(claviger.dataDir, path)), secrets.get(name) as Buffer);
    assert.ok(found('client.json', 'the secret of the access key'));
    assert.ok(found('operator/officer.json', "the crypto officer's password"));
    const value = secrets.get('random bytes') as Buffer;
    for (const [before, encoding] of [
      ['', 'base64'],
      ['a', 'base64'],
      ['ab', 'base64'],
      ['', 'hex'],
      ['', 'latin1'],
    ] as const) {
      const text = Buffer.concat([Buffer.from(before), value, Buffer.from('after')]).toString(encoding);
      assert.ok(
        holds(Buffer.from(text, encoding === 'latin1' ? 'latin1' : 'utf8'), value),
        `${before} ${encoding}`,
      );
    }
  });

  it('are in no other file of the data folder, logs, database and journal included', async (t) => {
    const searched = files().filter((path) => !ALLOWED.some((allowed) => allowed.test(path)));
    for (const wanted of [
      ...(TEST_ENGINE === 'sqlite' ? [/^server\/claviger\.db$/, /^server\/claviger\.db-wal$/] : []),
      /^server\/audit\/.*\.log$/,
      /^server\/events\.db$/,
      /^server\/escrow\//,
      /^logs\/server\.log$/,
      /^hsm\/[^/]+\/log\//,
      /^hsm\/[^/]+\/tokens\/.*\.object$/,
      /^crypto\/domain-keys$/,
    ]) {
      assert.ok(
        searched.some((path) => wanted.test(path)),
        `no file like ${String(wanted)}`,
      );
    }
    let bytes = 0;
    for (const path of searched) {
      const content = readFileSync(join(claviger.dataDir, path));
      bytes += content.length;
      for (const [name, value] of secrets) assert.ok(!holds(content, value), `${path} holds ${name}`);
    }
    t.diagnostic(`${secrets.size} secrets searched for in ${searched.length} files, ${bytes} bytes`);
    if (TEST_ENGINE === 'sqlite') return;
    const rows = await allRows();
    assert.match(rows, /kms_keys/);
    for (const [name, value] of secrets) assert.ok(!holds(Buffer.from(rows), value), `a row holds ${name}`);
  });

  it('are in nothing that was sent to collectors or delivered to a trail', () => {
    const sent = sentOut();
    for (const wanted of [/^received-https$/, /^received-syslog$/, /_CloudTrail_/, /_CloudTrail-Digest_/])
      assert.ok(
        [...sent.keys()].some((path) => wanted.test(path)),
        String(wanted),
      );
    const log = Buffer.concat([...sent.values()]).toString('latin1');
    for (const name of [
      'ImportKeyMaterial',
      'CreateAccessKey',
      'AssumeRoleWithWebIdentity',
      'GetSessionToken',
    ])
      assert.ok(log.includes(`"${name}"`), name);
    for (const [path, content] of sent)
      for (const [name, value] of secrets) assert.ok(!holds(content, value), `${path} holds ${name}`);
  });

  it('are in no error that was answered', () => {
    assert.ok(errors.length >= 20);
    const text = Buffer.from(errors.join('\n'));
    for (const [name, value] of secrets) assert.ok(!holds(text, value), `an error holds ${name}`);
  });

  it('lie in files that only their owner can read', () => {
    assert.equal(lstatSync(claviger.dataDir).mode & 0o077, 0);
    for (const path of files()) {
      const { mode } = lstatSync(join(claviger.dataDir, path));
      assert.equal(mode & 0o022, 0, `${path} can be written by others`);
      if (!PUBLIC.test(path)) assert.equal(mode & 0o077, 0, `${path} has mode ${(mode & 0o777).toString(8)}`);
    }
    for (const folder of ['operator', 'server', 'crypto', 'logs', 'hsm']) {
      assert.equal(lstatSync(join(claviger.dataDir, folder)).mode & 0o077, 0, folder);
    }
  });
});

function textOf(column: unknown): string {
  return Buffer.isBuffer(column) ? column.toString('hex') : JSON.stringify(column);
}

/** Every file below a folder, by its path in it. */
function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
