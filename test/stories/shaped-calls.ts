/** One rightful call of every operation of IAM, CloudTrail, CloudHSM (without HSMs), CloudWatch Logs and KMS grants, for event-shapes.test.ts. */
import type * as cloudhsmv2 from '@aws-sdk/client-cloudhsm-v2';
import type * as cloudtrail from '@aws-sdk/client-cloudtrail';
import type * as iam from '@aws-sdk/client-iam';
import type * as kms from '@aws-sdk/client-kms';
import { defaultSubnets } from '../../src/configuration/cloudhsm.ts';
import { putBackup } from '../../src/storage/backups.ts';
import { putCluster } from '../../src/storage/clusters.ts';
import { insertLogStream } from '../../src/storage/hsm-logs.ts';
import type { ClusterRow } from '../../src/storage/schema.ts';
import type { ClockedServer } from './clocked-server.ts';
import { policyDocument, trusting } from './iam-clients.ts';

/** Calls an operation. @param answer members that its event shows of the answer; null: none */
export type Caller = (name: string, input?: object, answer?: readonly string[] | null) => Promise<unknown>;

const REGION = 'us-east-1';

export async function callIam(call: Caller, accountId: string, secrets: string[]): Promise<void> {
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

export async function callTrails(call: Caller): Promise<void> {
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
export async function callCloudHsm(call: Caller, { kms: ports, accountId }: ClockedServer): Promise<string> {
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
  const copy = { BackupId, DestinationRegion: 'us-west-2' };
  await call('CopyBackupToRegion', copy, ['destinationBackup']);
  await call('DeleteBackup', { BackupId }, ['backup']);
  await call('RestoreBackup', { BackupId }, ['backup']);
  return ClusterId;
}

export async function callLogs(call: Caller, clusterId: string, server: ClockedServer): Promise<void> {
  const { accountId } = server;
  const logGroupName = `/aws/cloudhsm/${clusterId}`;
  await call('DescribeLogGroups', { limit: 5 });
  await call('PutRetentionPolicy', { logGroupName, retentionInDays: 7 });
  await call('DeleteRetentionPolicy', { logGroupName });
  await call('DescribeLogStreams', { logGroupName });
  await call('FilterLogEvents', { logGroupName });
  const logStreamName = 'hsm-aaaaaaaaaaa';
  await insertLogStream(server.kms.db, {
    ...{ hsm_id: logStreamName, cluster_id: clusterId, generation: 0, next_sequence: 0, chain: null },
    ...{ next_position: 0, first_event_at: null, last_event_at: null, last_ingested_at: null },
    ...{ stored_bytes: 0, created_at: Date.now() },
  });
  await call('GetLogEvents', { logGroupName, logStreamName, startFromHead: true });
  await call('ListTagsLogGroup', { logGroupName });
  await call('ListTagsForResource', {
    resourceArn: `arn:aws:logs:${REGION}:${accountId}:log-group:${logGroupName}`,
  });
}

export async function keyOf(create: (input: object) => Promise<unknown>): Promise<string> {
  const { KeyMetadata } = (await create({})) as kms.CreateKeyCommandOutput;
  return KeyMetadata?.Arn ?? '';
}

export async function callGrants(call: Caller, KeyId: string, arn: string, secrets: string[]): Promise<void> {
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
