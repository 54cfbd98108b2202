/**
 * The event of every operation of IAM, STS, CloudTrail, CloudWatch Logs and CloudHSM, and of KMS grants: called rightly through the
 * official SDKs, and asked for by a user who may do nothing. Each is compared with CloudTrail's shape; secrets are looked for in all
 * of the journal's bytes.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as cloudhsmv2 from '@aws-sdk/client-cloudhsm-v2';
import * as cloudtrail from '@aws-sdk/client-cloudtrail';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as iam from '@aws-sdk/client-iam';
import * as kms from '@aws-sdk/client-kms';
import * as sts from '@aws-sdk/client-sts';
import type { CloudTrailEvent } from '../../src/audit/event.ts';
import { services, signingName } from '../../src/aws/services.ts';
import { signRequest } from '../../src/aws/sigv4/sign.ts';
import { builtOperationNames } from '../../src/services/kms/operations/index.ts';
import { startClockedServer } from './clocked-server.ts';
import type { ClockedServer } from './clocked-server.ts';
import { COMPARED_IN, READ_ONLY, eventDifferences } from './event-shape.ts';
import { ALLOW_ALL, trusting } from './iam-clients.ts';
import type { TestCredentials } from './iam-clients.ts';
import { callCloudHsm, callGrants, callIam, callLogs, callTrails, keyOf } from './shaped-calls.ts';
import { startIssuer } from './token-issuer.ts';
import type { TokenIssuer } from './token-issuer.ts';

const SDKS = { cloudhsmv2, cloudtrail, logs, iam, kms, sts } as const;
type Service = keyof typeof SDKS;

const SOURCES: Readonly<Record<Service, string>> = {
  cloudhsmv2: 'cloudhsm.amazonaws.com',
  cloudtrail: 'cloudtrail.amazonaws.com',
  logs: 'logs.amazonaws.com',
  iam: 'iam.amazonaws.com',
  kms: 'kms.amazonaws.com',
  sts: 'sts.amazonaws.com',
};
const REGION = 'us-east-1';

/** One operation as it was called: what was sent, and which members the event shows of the answer (null: none). */
interface Called {
  service: Service;
  name: string;
  input: object;
  answer: readonly string[] | null;
  who: object;
}

type Answer = Record<string, never> & { $metadata: { requestId?: string } };

describe('events of every operation', () => {
  let server: ClockedServer;
  let folder: string;
  let issuer: TokenIssuer;
  let identity: { admin: object; root: object; role: object };
  const clients: { destroy(): void }[] = [];
  const called = new Map<string, Called>();
  const denied = new Map<string, Pick<Called, 'service' | 'name'>>();
  const secrets: string[] = [];
  let events = new Map<string, CloudTrailEvent>();
  let journal = '';

  /** A client of one service. */
  const sender = (service: Service, credentials: TestCredentials) => {
    const Client = Object.entries(SDKS[service]).find(([name]) =>
      /^(?!__)\w+Client$/.test(name),
    )?.[1] as unknown as new (options: object) => { send(command: object): Promise<Answer>; destroy(): void };
    const client = new Client({ endpoint: server.endpoint, region: REGION, credentials, maxAttempts: 1 });
    clients.push(client);
    return (name: string, input: object): Promise<Answer> => {
      const commands = SDKS[service] as unknown as Record<string, new (input: object) => object>;
      const Command = commands[`${name}Command`];
      if (Command === undefined) return sendSigned(server.endpoint, service, name, input, credentials);
      return client.send(new Command(input));
    };
  };
  const everyService = (credentials: TestCredentials) =>
    Object.fromEntries(
      (Object.keys(SDKS) as Service[]).map((service) => [service, sender(service, credentials)]),
    ) as Record<Service, ReturnType<typeof sender>>;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'claviger-shapes-'));
    issuer = await startIssuer();
    server = await startClockedServer(
      undefined,
      JSON.stringify({
        ...{ requestQuotas: { enforced: false }, oidc: { allowHttpOnLoopback: true } },
        audit: { buckets: { shapes: { directory: folder } } },
      }),
    );
    const { accountId } = server;
    const setUp = everyService(server.root);
    const newUser = async (UserName: string): Promise<TestCredentials> => {
      await setUp.iam('CreateUser', { UserName });
      const { AccessKey } = (await setUp.iam('CreateAccessKey', {
        UserName,
      })) as unknown as iam.CreateAccessKeyResponse;
      const { AccessKeyId = '', SecretAccessKey = '' } = AccessKey ?? {};
      secrets.push(SecretAccessKey);
      return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey };
    };
    const admin = await newUser('admin');
    await setUp.iam('PutUserPolicy', { UserName: 'admin', PolicyName: 'all', PolicyDocument: ALLOW_ALL });
    const nobody = await newUser('nobody');
    const { User } = (await setUp.iam('GetUser', { UserName: 'admin' })) as unknown as iam.GetUserResponse;
    const adminArn = `arn:aws:iam::${accountId}:user/admin`;
    identity = {
      admin: {
        ...{ type: 'IAMUser', principalId: User?.UserId, arn: adminArn, accountId },
        ...{ accessKeyId: admin.accessKeyId, userName: 'admin' },
      },
      root: {
        ...{ type: 'Root', principalId: accountId, arn: `arn:aws:iam::${accountId}:root`, accountId },
        accessKeyId: server.root.accessKeyId,
      },
      role: {},
    };
    secrets.push(server.root.secretAccessKey);

    const as = everyService(admin);
    const call = async <T>(
      service: Service,
      name: string,
      input: object = {},
      answer: Called['answer'] = null,
      by = as,
      who: object = identity.admin,
    ): Promise<T> => {
      const result = await by[service](name, input).catch((error: unknown) => {
        throw new Error(`${service} ${name}: ${String(error)}`);
      });
      called.set(result.$metadata.requestId ?? '', { service, name, input, answer, who });
      return result as unknown as T;
    };

    /** A role for the subject of a token, taken on by him. */
    const callWebIdentity = async (): Promise<void> => {
      const audience = 'shop';
      const provider = { Url: issuer.url, ClientIDList: [audience] };
      await as.iam('CreateOpenIDConnectProvider', provider);
      const Federated = `arn:aws:iam::${accountId}:oidc-provider/${issuer.name}`;
      const AssumeRolePolicyDocument = trusting(
        { Federated },
        {
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: { StringEquals: { [`${issuer.name}:sub`]: 'pod' } },
        },
      );
      await as.iam('CreateRole', { RoleName: 'nobody-may', AssumeRolePolicyDocument });
      const WebIdentityToken = await issuer.token('pod', audience);
      secrets.push(WebIdentityToken);
      const { Credentials } = await call<sts.AssumeRoleWithWebIdentityResponse>(
        'sts',
        'AssumeRoleWithWebIdentity',
        { RoleArn: `arn:aws:iam::${accountId}:role/nobody-may`, RoleSessionName: 'pod', WebIdentityToken },
        ['assumedRoleUser', 'audience', 'credentials', 'provider', 'subjectFromWebIdentityToken'],
        as,
        {
          ...{ type: 'WebIdentityUser', principalId: `${Federated}:${audience}:pod`, userName: 'pod' },
          identityProvider: Federated,
        },
      );
      secrets.push(Credentials?.SecretAccessKey ?? '', Credentials?.SessionToken ?? '');
    };

    await callIam((name, input, answer) => call('iam', name, input, answer), accountId, secrets);
    await callTrails((name, input, answer) => call('cloudtrail', name, input, answer));
    const clusterId = await callCloudHsm(
      (name, input, answer) => call('cloudhsmv2', name, input, answer),
      server,
    );
    await callLogs((name, input, answer) => call('logs', name, input, answer), clusterId, server);
    await call('cloudhsmv2', 'DeleteCluster', { ClusterId: clusterId }, ['cluster']);
    const keyId = await keyOf((input) => as.kms('CreateKey', input));
    await callGrants((name, input, answer) => call('kms', name, input, answer), keyId, adminArn, secrets);

    await as.iam('CreateRole', { RoleName: 'shapes', AssumeRolePolicyDocument: trusting({ AWS: adminArn }) });
    await as.iam('PutRolePolicy', { RoleName: 'shapes', PolicyName: 'all', PolicyDocument: ALLOW_ALL });
    const roleArn = `arn:aws:iam::${accountId}:role/shapes`;
    const assumed = await call<sts.AssumeRoleResponse>(
      'sts',
      'AssumeRole',
      { RoleArn: roleArn, RoleSessionName: 'shape' },
      ['assumedRoleUser', 'credentials'],
    );
    const session = await call<sts.GetSessionTokenResponse>('sts', 'GetSessionToken', {}, ['credentials']);
    for (const { Credentials } of [assumed, session])
      secrets.push(Credentials?.SecretAccessKey ?? '', Credentials?.SessionToken ?? '');
    await call('sts', 'GetCallerIdentity');
    await call('sts', 'GetAccessKeyInfo', { AccessKeyId: admin.accessKeyId });
    await call('sts', 'GetCallerIdentity', {}, null, setUp, identity.root);
    const asRole = everyService(sessionCredentials(assumed));
    const { Role } = (await as.iam('GetRole', { RoleName: 'shapes' })) as unknown as iam.GetRoleResponse;
    const roleId = Role?.RoleId ?? '';
    identity.role = {
      ...{ type: 'AssumedRole', principalId: `${roleId}:shape`, accountId },
      arn: `arn:aws:sts::${accountId}:assumed-role/shapes/shape`,
      accessKeyId: assumed.Credentials?.AccessKeyId,
      sessionContext: {
        sessionIssuer: {
          ...{ type: 'Role', principalId: roleId, arn: roleArn, accountId },
          userName: 'shapes',
        },
        attributes: { creationDate: 'a time', mfaAuthenticated: 'false' },
      },
    };
    await call('sts', 'GetCallerIdentity', {}, null, asRole, identity.role);

    await callWebIdentity();

    const refused = everyService(nobody);
    const asSession = everyService(sessionCredentials(session));
    for (const [service, name] of operations()) {
      const input = smallestInput(service, name, accountId);
      if (name === 'AssumeRoleWithWebIdentity')
        input['WebIdentityToken'] = await issuer.token('mallory', 'shop');
      // what needs no permission is refused to a session
      const by = name === 'GetSessionToken' ? asSession : refused;
      const error = (await by[service](name, input).then(
        () => undefined,
        (failure: unknown) => failure,
      )) as { name: string; $metadata?: { requestId?: string } } | undefined;
      denied.set(error?.$metadata?.requestId ?? `${service} ${name}: ${error?.name}`, { service, name });
    }
    const key = await keyOf((input) => as.kms('CreateKey', input));
    await refused.kms('DescribeKey', { KeyId: key }).catch(() => undefined);
    const [message] = (await server.events())
      .filter(({ errorCode, eventName }) => errorCode === 'AccessDenied' && eventName === 'DescribeKey')
      .map(({ additionalEventData: data }) => data?.['encodedAuthorizationMessage']);
    await call('sts', 'DecodeAuthorizationMessage', { EncodedMessage: message });
    events = new Map((await server.events()).map((event) => [event.requestID ?? '', event]));
    const writer = join(server.dataDir, 'audit', 'server-1');
    journal = readdirSync(writer)
      .map((file) => readFileSync(join(writer, file), 'latin1'))
      .join('');
  });
  after(async () => {
    for (const client of clients) client.destroy();
    issuer?.close();
    await server?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('have the envelope, the caller, the parameters as sent and of the answer what is no secret', () => {
    const { accountId } = server;
    const wrong = [...called].flatMap(([requestId, { service, ...shaped }]) =>
      eventDifferences(events.get(requestId), {
        ...shaped,
        ...{ eventSource: SOURCES[service], region: REGION, accountId },
      }),
    );
    assert.deepEqual(wrong, []);
  });

  it('are there for all operations, here or in a story that says so', () => {
    const rightly = [...called.values()].map(({ service, name }) => `${service} ${name}`);
    const { 'cloudhsm-api.test.ts': withHsms, ...ofKms } = COMPARED_IN;
    const elsewhere = [
      ...withHsms.map((name) => `cloudhsmv2 ${name}`),
      ...Object.values(ofKms).flatMap((names) => names.map((name) => `kms ${name}`)),
    ];
    const all = [
      ...operations().map(([service, name]) => `${service} ${name}`),
      ...builtOperationNames.map((name) => `kms ${name}`),
    ];
    assert.deepEqual([...new Set([...rightly, ...elsewhere])].sort(), all.sort());
    assert.equal(all.filter((name) => name.startsWith('kms ')).length, 56);
    assert.equal(all.filter((name) => name.startsWith('cloudhsmv2 ')).length, 18);
  });

  it('that were denied have the code AccessDenied, no parameters, no answer and no resources', () => {
    const wrong: string[] = [];
    for (const [requestId, { service, name }] of denied) {
      const event = events.get(requestId);
      if (name === UNDENIABLE) continue;
      if (event === undefined) {
        wrong.push(`${name}: no event of ${requestId}`);
        continue;
      }
      const { errorCode, errorMessage, requestParameters, responseElements, resources, eventSource } = event;
      const shown = { errorCode, requestParameters, responseElements, resources, eventSource };
      const should = {
        ...{ errorCode: 'AccessDenied', requestParameters: null, responseElements: null },
        ...{ resources: undefined, eventSource: SOURCES[service] },
      };
      if (JSON.stringify(shown) !== JSON.stringify(should) || errorMessage === undefined)
        wrong.push(`${service} ${name}: ${JSON.stringify({ ...shown, errorMessage })}`);
      if (event.readOnly !== READ_ONLY.test(name)) wrong.push(`${name}: readOnly ${event.readOnly}`);
      const who = DENIED_TO[name] ?? 'nobody';
      if (event.userIdentity.userName !== who) wrong.push(`${name}: who`);
    }
    assert.deepEqual(wrong, []);
  });

  it('hold no secret key, no session token, no grant token: nor does any other file of the journal', () => {
    assert.ok(secrets.length >= 8 && secrets.every((secret) => secret.length >= 20));
    for (const secret of secrets) assert.ok(!journal.includes(secret), 'a secret is in the journal');
    assert.ok(journal.length > 100_000);
  });
});

function sessionCredentials({ Credentials }: { Credentials?: sts.Credentials | undefined }): TestCredentials {
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

/** A call that the SDK's version does not know, signed like any other. Of CloudHSM there are some. */
async function sendSigned(
  endpoint: string,
  service: Service,
  operation: string,
  input: object,
  credentials: TestCredentials,
): Promise<Answer> {
  const { targetPrefix } = services[service].metadata;
  const url = new URL(endpoint);
  const body = Buffer.from(JSON.stringify(input));
  const target = `${targetPrefix}.${operation}`;
  const { host: _host, ...headers } = signRequest({
    ...{ method: 'POST', host: url.host, path: '/', body, credentials, region: REGION, now: new Date() },
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
    service: signingName(service),
  });
  const response = await fetch(url, { method: 'POST', headers, body });
  const $metadata = { requestId: response.headers.get('x-amzn-requestid') ?? '' };
  const text = await response.text();
  if (!response.ok) throw Object.assign(new Error(text), { $metadata });
  return { ...(JSON.parse(text) as Record<string, never>), $metadata } as unknown as Answer;
}

/** Nobody can be denied to ask who he is. AWS: API_GetCallerIdentity. */
const UNDENIABLE = 'GetCallerIdentity';
/** Who was refused, where it was not the user who may do nothing. */
const DENIED_TO: Readonly<Record<string, string>> = {
  AssumeRoleWithWebIdentity: 'mallory',
  GetSessionToken: 'admin',
};

/** All of these services; those of KMS are in kms-denied-events.test.ts. */
function operations(): [Service, string][] {
  return (['iam', 'sts', 'cloudtrail', 'logs', 'cloudhsmv2'] as const).flatMap((service) =>
    servedOperations(service).map((name): [Service, string] => [service, name]),
  );
}

function servedOperations(service: Exclude<Service, 'kms'>): string[] {
  return Object.keys(services[service].operations);
}

/** The smallest input that the model takes. */
function smallestInput(service: Service, operation: string, accountId: string): Record<string, unknown> {
  const { shapes, operations } = services[service];
  const named: Record<string, unknown> = {
    PolicyArn: `arn:aws:iam::${accountId}:policy/shapes`,
    RoleArn: `arn:aws:iam::${accountId}:role/nobody-may`,
    PolicySourceArn: `arn:aws:iam::${accountId}:user/admin`,
    OpenIDConnectProviderArn: `arn:aws:iam::${accountId}:oidc-provider/example.com`,
    PolicyDocument: ALLOW_ALL,
    AssumeRolePolicyDocument: ALLOW_ALL,
    PermissionsBoundary: `arn:aws:iam::${accountId}:policy/shapes`,
    Url: 'https://example.com',
    AWSServiceName: 'cks.kms.amazonaws.com',
    VersionId: 'v1',
    HsmType: 'hsm2m.medium',
    SubnetIds: ['subnet-0000000000a'],
    ClusterId: 'cluster-aaaaaaaaaaa',
    BackupId: 'backup-aaaaaaaaaaa',
    ResourceId: `arn:aws:cloudtrail:${REGION}:${accountId}:trail/denied`,
    resourceArn: `arn:aws:logs:${REGION}:${accountId}:log-group:denied`,
    ResourceIdList: [`arn:aws:cloudtrail:${REGION}:${accountId}:trail/denied`],
    DestinationRegion: 'us-west-2',
    AvailabilityZone: `${REGION}a`,
    AccessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    EncodedMessage: 'denied',
    retentionInDays: 7,
  };
  if (service === 'cloudhsmv2') named['ResourceId'] = 'cluster-aaaaaaaaaaa';
  const valueOf = (member: string, shapeName: string): unknown => {
    if (named[member] !== undefined) return named[member];
    const shape = shapes[shapeName] as unknown as {
      type: string;
      enum?: string[];
      members?: Record<string, string>;
      required?: string[];
      member?: string;
    };
    if (shape.enum !== undefined) return shape.enum[0];
    if (shape.type === 'integer') return 1;
    if (shape.type === 'boolean') return true;
    if (shape.type === 'list') return [valueOf('', shape.member ?? '')];
    if (shape.type === 'structure')
      return Object.fromEntries(
        (shape.required ?? []).map((name) => [name, valueOf(name, shape.members?.[name] ?? '')]),
      );
    return 'denied';
  };
  const input = operations[operation]?.input;
  const required = input === undefined ? {} : (valueOf('', input) as Record<string, unknown>);
  // of the two names of a group one must be there, and the model requires none
  return service === 'logs' && operation !== 'DescribeLogGroups' && operation !== 'ListTagsForResource'
    ? { logGroupName: 'denied', ...required }
    : required;
}
