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
import { isDeepStrictEqual } from 'node:util';
import * as cloudhsmv2 from '@aws-sdk/client-cloudhsm-v2';
import * as cloudtrail from '@aws-sdk/client-cloudtrail';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as iam from '@aws-sdk/client-iam';
import * as kms from '@aws-sdk/client-kms';
import * as sts from '@aws-sdk/client-sts';
import type { CloudTrailEvent } from '../../src/audit/event.ts';
import { services, signingName } from '../../src/aws/services.ts';
import { signRequest } from '../../src/aws/sigv4/sign.ts';
import { defaultSubnets } from '../../src/configuration/cloudhsm.ts';
import { putBackup } from '../../src/storage/backups.ts';
import { putCluster } from '../../src/storage/clusters.ts';
import type { ClusterRow } from '../../src/storage/schema.ts';
import { startClockedServer } from './clocked-server.ts';
import type { ClockedServer } from './clocked-server.ts';
import { ALLOW_ALL, policyDocument, trusting } from './iam-clients.ts';
import type { TestCredentials } from './iam-clients.ts';

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
/** Reading ones by their names; of STS all are, as CloudTrail has it. */
const READ_ONLY = /^(Get|List|Describe|Lookup|Filter|Simulate|AssumeRole|DecodeAuthorizationMessage)/;
/** Members that are shown to nobody. */
const WITHHELD = new Set(['GrantTokens', 'WebIdentityToken', 'TokenCode', 'EncodedMessage']);
/** Events that show no parameters, whatever was asked. */
const NO_PARAMETERS = new Set(['GetCallerIdentity', 'DecodeAuthorizationMessage', 'RetireGrant']);
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

const lowered = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

describe('events of every operation', () => {
  let server: ClockedServer;
  let folder: string;
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
    server = await startClockedServer(
      undefined,
      `requestQuotas: { enforced: false }\naudit: { buckets: { shapes: { directory: ${folder} } } }\n`,
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
    const asRole = everyService({
      accessKeyId: assumed.Credentials?.AccessKeyId ?? '',
      secretAccessKey: assumed.Credentials?.SecretAccessKey ?? '',
      sessionToken: assumed.Credentials?.SessionToken ?? '',
    });
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

    const refused = everyService(nobody);
    for (const [service, name] of operations()) {
      const input = smallestInput(service, name, accountId);
      const error = (await refused[service](name, input).then(
        () => undefined,
        (failure: unknown) => failure,
      )) as { name: string; $metadata?: { requestId?: string } } | undefined;
      denied.set(error?.$metadata?.requestId ?? `${service} ${name}: ${error?.name}`, { service, name });
    }
    events = new Map((await server.events()).map((event) => [event.requestID ?? '', event]));
    const writer = join(server.dataDir, 'audit', 'server-1');
    journal = readdirSync(writer)
      .map((file) => readFileSync(join(writer, file), 'latin1'))
      .join('');
  });
  after(async () => {
    for (const client of clients) client.destroy();
    await server?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('have the envelope, the caller, the parameters as sent and of the answer what is no secret', () => {
    const wrong: string[] = [];
    for (const [requestId, { service, name, input, answer, who }] of called) {
      const event = events.get(requestId);
      if (event === undefined) {
        wrong.push(`${name}: no event`);
        continue;
      }
      const sent = Object.keys(input).filter((member) => !WITHHELD.has(member));
      const parameters = NO_PARAMETERS.has(name) || sent.length === 0 ? null : sent.map(lowered).sort();
      const expected = {
        ...{ eventVersion: '1.11', eventSource: SOURCES[service], eventName: name, awsRegion: REGION },
        ...{ sourceIPAddress: '127.0.0.1', error: undefined, parameters, answer: answer ?? null },
        ...{ readOnly: READ_ONLY.test(name), eventType: 'AwsApiCall', managementEvent: true },
        ...{ eventCategory: 'Management', recipientAccountId: server.accountId, who },
      };
      const shown = shownOf(event);
      for (const member of Object.keys(expected) as (keyof typeof expected)[]) {
        if (isDeepStrictEqual(shown[member], expected[member])) continue;
        const [is, should] = [shown[member], expected[member]].map((value) => JSON.stringify(value));
        wrong.push(`${service} ${name}: ${member} is ${is} and not ${should}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  it('are there for all operations that need no HSM', () => {
    const rightly = new Set([...called.values()].map(({ service, name }) => `${service} ${name}`));
    const missing = operations()
      .map(([service, name]) => `${service} ${name}`)
      .filter((name) => !rightly.has(name));
    assert.deepEqual(missing, ELSEWHERE);
  });

  it('that were denied have the code AccessDenied, no parameters, no answer and no resources', () => {
    const wrong: string[] = [];
    for (const [requestId, { service, name }] of denied) {
      const event = events.get(requestId);
      if (event === undefined) {
        if (!WITHOUT_PERMISSION.has(name)) wrong.push(`${name}: no event of ${requestId}`);
        continue;
      }
      if (WITHOUT_PERMISSION.has(name)) continue;
      const { errorCode, errorMessage, requestParameters, responseElements, resources, eventSource } = event;
      const shown = { errorCode, requestParameters, responseElements, resources, eventSource };
      const should = {
        ...{ errorCode: 'AccessDenied', requestParameters: null, responseElements: null },
        ...{ resources: undefined, eventSource: SOURCES[service] },
      };
      if (JSON.stringify(shown) !== JSON.stringify(should) || errorMessage === undefined)
        wrong.push(`${service} ${name}: ${JSON.stringify({ ...shown, errorMessage })}`);
      if (event.readOnly !== READ_ONLY.test(name)) wrong.push(`${name}: readOnly ${event.readOnly}`);
      if ((event.userIdentity as { userName?: string }).userName !== 'nobody') wrong.push(`${name}: who`);
    }
    assert.deepEqual(wrong, []);
  });

  it('hold no secret key, no session token, no grant token: nor does any other file of the journal', () => {
    assert.ok(secrets.length >= 8 && secrets.every((secret) => secret.length >= 20));
    for (const secret of secrets) assert.ok(!journal.includes(secret), 'a secret is in the journal');
    assert.ok(journal.length > 100_000);
  });
});

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

function shownOf(event: CloudTrailEvent) {
  const members = (value: object | null): string[] | null =>
    value === null ? null : Object.keys(value).sort();
  const identity = JSON.parse(JSON.stringify(event.userIdentity)) as {
    sessionContext?: { attributes: { creationDate: string } };
  };
  if (identity.sessionContext !== undefined) identity.sessionContext.attributes.creationDate = 'a time';
  return {
    ...event,
    error: event.errorCode,
    parameters: members(event.requestParameters),
    answer: members(event.responseElements),
    who: identity,
  };
}

type Caller = (name: string, input?: object, answer?: readonly string[] | null) => Promise<unknown>;

/** What is called rightly in other stories: those of HSMs, of web identities, and of messages about refusals. */
const ELSEWHERE: readonly string[] = [
  'sts AssumeRoleWithWebIdentity',
  'sts DecodeAuthorizationMessage',
  'logs GetLogEvents',
  'cloudhsmv2 CopyBackupToRegion',
  'cloudhsmv2 CreateHsm',
  'cloudhsmv2 DeleteHsm',
  'cloudhsmv2 InitializeCluster',
];

/** Operations that need no permission (GetCallerIdentity, GetSessionToken) or have their own signature. */
const WITHOUT_PERMISSION = new Set(['GetCallerIdentity', 'GetSessionToken', 'AssumeRoleWithWebIdentity']);

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

async function callIam(call: Caller, accountId: string, secrets: string[]): Promise<void> {
  const [UserName, GroupName, RoleName, PolicyName] = ['shape', 'shape-group', 'shape-role', 'shape-policy'];
  const [user, group, role] = [{ UserName }, { GroupName }, { RoleName }];
  const PolicyDocument = policyDocument({ Effect: 'Allow', Action: 'kms:List*', Resource: '*' });
  const trust = trusting({ AWS: `arn:aws:iam::${accountId}:root` });
  const Tags = [{ Key: 'team', Value: 'x' }];
  await call('CreateUser', { ...user, Tags }, ['user']);
  await call('GetUser', user);
  await call('ListUsers', { MaxItems: 5 });
  await call('UpdateUser', { ...user, NewPath: '/' });
  await call('TagUser', { ...user, Tags });
  await call('ListUserTags', user);
  await call('UntagUser', { ...user, TagKeys: ['team'] });
  const { AccessKey } = (await call('CreateAccessKey', user, ['accessKey'])) as iam.CreateAccessKeyResponse;
  secrets.push(AccessKey?.SecretAccessKey ?? '');
  const key = { AccessKeyId: AccessKey?.AccessKeyId };
  await call('ListAccessKeys', user);
  await call('GetAccessKeyLastUsed', key);
  await call('UpdateAccessKey', { ...user, ...key, Status: 'Inactive' });
  await call('DeleteAccessKey', { ...user, ...key });
  await call('CreateGroup', group, ['group']);
  await call('GetGroup', group);
  await call('ListGroups');
  await call('AddUserToGroup', { ...user, ...group });
  await call('ListGroupsForUser', user);
  await call('RemoveUserFromGroup', { ...user, ...group });
  await call('CreateRole', { ...role, AssumeRolePolicyDocument: trust }, ['role']);
  await call('GetRole', role);
  await call('ListRoles');
  await call('UpdateRole', { ...role, Description: 'of shapes' });
  await call('UpdateAssumeRolePolicy', { ...role, PolicyDocument: trust });
  await call('TagRole', { ...role, Tags });
  await call('ListRoleTags', role);
  await call('UntagRole', { ...role, TagKeys: ['team'] });
  await call('ListInstanceProfilesForRole', role);
  const { Policy } = (await call('CreatePolicy', { PolicyName, PolicyDocument }, [
    'policy',
  ])) as iam.CreatePolicyResponse;
  const policy = { PolicyArn: Policy?.Arn };
  await call('GetPolicy', policy);
  await call('ListPolicies', { Scope: 'Local' });
  await call('CreatePolicyVersion', { ...policy, PolicyDocument }, ['policyVersion']);
  await call('GetPolicyVersion', { ...policy, VersionId: 'v2' });
  await call('ListPolicyVersions', policy);
  await call('SetDefaultPolicyVersion', { ...policy, VersionId: 'v2' });
  await call('DeletePolicyVersion', { ...policy, VersionId: 'v1' });
  for (const [kind, entity] of Object.entries({ User: user, Group: group, Role: role })) {
    await call(`Attach${kind}Policy`, { ...entity, ...policy });
    await call(`ListAttached${kind}Policies`, entity);
    await call(`Detach${kind}Policy`, { ...entity, ...policy });
    await call(`Put${kind}Policy`, { ...entity, PolicyName, PolicyDocument });
    await call(`Get${kind}Policy`, { ...entity, PolicyName });
    await call(`List${kind}Policies`, entity);
    await call(`Delete${kind}Policy`, { ...entity, PolicyName });
    if (kind === 'Group') continue;
    await call(`Put${kind}PermissionsBoundary`, { ...entity, PermissionsBoundary: Policy?.Arn });
    await call(`Delete${kind}PermissionsBoundary`, entity);
  }
  await call('ListEntitiesForPolicy', policy);
  await call('GetAccountSummary');
  await call('SimulateCustomPolicy', { PolicyInputList: [PolicyDocument], ActionNames: ['kms:ListKeys'] });
  await call('SimulatePrincipalPolicy', {
    PolicySourceArn: `arn:aws:iam::${accountId}:user/admin`,
    ActionNames: ['kms:ListKeys'],
  });
  const { OpenIDConnectProviderArn } = (await call(
    'CreateOpenIDConnectProvider',
    { Url: 'https://login.example.com', ClientIDList: ['app'], ThumbprintList: ['a'.repeat(40)] },
    ['openIDConnectProviderArn'],
  )) as iam.CreateOpenIDConnectProviderResponse;
  await call('GetOpenIDConnectProvider', { OpenIDConnectProviderArn });
  await call('ListOpenIDConnectProviders');
  await call('CreateServiceLinkedRole', { AWSServiceName: 'cks.kms.amazonaws.com' }, ['role']);
  await call('DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn });
  await call('DeletePolicy', policy);
  await call('DeleteGroup', group);
  await call('DeleteRole', role);
  await call('DeleteUser', user);
}

async function callTrails(call: Caller): Promise<void> {
  const Name = 'shapes';
  const shown = ['name', 's3BucketName', 'trailARN', 'includeGlobalServiceEvents', 'isMultiRegionTrail'];
  const answer = [...shown, 'isOrganizationTrail', 'logFileValidationEnabled'].sort();
  const { TrailARN } = (await call(
    'CreateTrail',
    { Name, S3BucketName: 'shapes' },
    answer,
  )) as cloudtrail.CreateTrailResponse;
  await call('DescribeTrails', { trailNameList: [Name] });
  await call('GetTrail', { Name });
  await call('GetTrailStatus', { Name });
  await call('ListTrails');
  await call('AddTags', { ResourceId: TrailARN, TagsList: [{ Key: 'a', Value: 'b' }] });
  await call('ListTags', { ResourceIdList: [TrailARN] });
  await call('RemoveTags', { ResourceId: TrailARN, TagsList: [{ Key: 'a' }] });
  await call('UpdateTrail', { Name, EnableLogFileValidation: true }, answer);
  await call('StartLogging', { Name });
  await call('StopLogging', { Name });
  await call('DeleteTrail', { Name });
  await call('ListPublicKeys');
  await call('LookupEvents', { MaxResults: 5 });
}

/** @returns the id of a cluster that it leaves behind; it has no HSM, and is set to the state of one that has */
async function callCloudHsm(call: Caller, { kms: ports, accountId }: ClockedServer): Promise<string> {
  const [subnet] = defaultSubnets(REGION);
  const { Cluster } = (await call(
    'CreateCluster',
    { HsmType: 'hsm2m.medium', SubnetIds: [subnet?.id ?? ''], Mode: 'FIPS' },
    ['cluster'],
  )) as cloudhsmv2.CreateClusterResponse;
  const ResourceId = Cluster?.ClusterId;
  await call('DescribeClusters', { MaxResults: 5 });
  await call('DescribeBackups', { MaxResults: 5 });
  await call('TagResource', { ResourceId, TagList: [{ Key: 'a', Value: 'b' }] });
  await call('ListTags', { ResourceId });
  await call('UntagResource', { ResourceId, TagKeyList: ['a'] });
  const ClusterId = ResourceId ?? '';
  const { mac: _mac, ...row } = ports.clusters.find(ClusterId) as ClusterRow;
  await putCluster(ports.db, ports.mac, { ...row, state: 'UNINITIALIZED' });
  await ports.clusters.refresh(ClusterId);
  await call('ModifyCluster', { ClusterId, BackupRetentionPolicy: { Type: 'DAYS', Value: '10' } }, [
    'cluster',
  ]);
  const BackupId = 'backup-aaaaaaaaaaa';
  await putBackup(ports.db, ports.mac, {
    ...{ backup_id: BackupId, account_id: accountId, region: REGION, cluster_id: ClusterId },
    ...{ state: 'READY', created_at: Date.now(), copied_at: null, never_expires: 0, delete_at: null },
    ...{ source_region: null, source_backup: null, source_cluster: null, hsm_type: 'hsm2m.medium' },
    ...{ mode: 'FIPS', recovery_hsm_id: null, trust_anchor: '', cluster_certificate: '', image_sha256: '' },
  });
  const ResourceArn = `arn:aws:cloudhsm:${REGION}:${accountId}:backup/${BackupId}`;
  const Policy = policyDocument({
    ...{ Effect: 'Allow', Principal: { AWS: '111122223333' }, Resource: ResourceArn },
    Action: ['cloudhsm:DescribeBackups', 'cloudhsm:CopyBackupToRegion'],
  });
  await call('PutResourcePolicy', { ResourceArn, Policy }, ['policy', 'resourceArn']);
  await call('GetResourcePolicy', { ResourceArn });
  await call('DeleteResourcePolicy', { ResourceArn }, ['policy', 'resourceArn']);
  await call('ModifyBackupAttributes', { BackupId, NeverExpires: true }, ['backup']);
  await call('DeleteBackup', { BackupId }, ['backup']);
  await call('RestoreBackup', { BackupId }, ['backup']);
  return ClusterId;
}

async function callLogs(call: Caller, clusterId: string, { accountId }: ClockedServer): Promise<void> {
  const logGroupName = `/aws/cloudhsm/${clusterId}`;
  await call('DescribeLogGroups', { limit: 5 });
  await call('PutRetentionPolicy', { logGroupName, retentionInDays: 7 });
  await call('DeleteRetentionPolicy', { logGroupName });
  await call('DescribeLogStreams', { logGroupName });
  await call('FilterLogEvents', { logGroupName });
  await call('ListTagsLogGroup', { logGroupName });
  await call('ListTagsForResource', {
    resourceArn: `arn:aws:logs:${REGION}:${accountId}:log-group:${logGroupName}`,
  });
}

async function keyOf(create: (input: object) => Promise<unknown>): Promise<string> {
  const { KeyMetadata } = (await create({})) as kms.CreateKeyCommandOutput;
  return KeyMetadata?.Arn ?? '';
}

async function callGrants(call: Caller, KeyId: string, arn: string, secrets: string[]): Promise<void> {
  const grant = async (): Promise<string> => {
    const input = { KeyId, GranteePrincipal: arn, RetiringPrincipal: arn, Operations: ['Decrypt'] };
    const made = (await call('CreateGrant', input, ['grantId', 'keyId'])) as kms.CreateGrantResponse;
    secrets.push(made.GrantToken ?? '');
    await call('DescribeKey', { KeyId, GrantTokens: [made.GrantToken] });
    return made.GrantId ?? '';
  };
  const [first, second] = [await grant(), await grant()];
  await call('ListGrants', { KeyId, Limit: 5 });
  await call('ListRetirableGrants', { RetiringPrincipal: arn });
  await call('RevokeGrant', { KeyId, GrantId: first }, ['keyId']);
  await call('RetireGrant', { KeyId, GrantId: second }, ['keyId']);
  await call('GetKeyLastUsage', { KeyId });
}
