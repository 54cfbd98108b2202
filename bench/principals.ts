/**
 * The two callers whose cost is compared: the root user with a key of the default policy, and a user with three IAM policies and
 * a key that has a policy of ten statements and a grant.
 */
import { callIam } from '../src/supervisor/query-client.ts';
import { call, createKey } from './claviger.ts';
import type { Installation } from './claviger.ts';

export const POLICY_NAMES = ['reading', 'use', 'no-deletion'] as const;

const policy = (...Statement: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement });
const roleArn = (accountId: string, name: string): string => `arn:aws:iam::${accountId}:role/${name}`;

/** Roles that the key policy and the grant name. */
export const ROLES = ['worker', ...Array.from({ length: 7 }, (_, i) => `role-${i}`)];

/** Ten statements: for the account, seven roles, and two denials with conditions. */
export function keyPolicyOfTen(accountId: string): string {
  return policy(
    { Effect: 'Allow', Principal: { AWS: accountId }, Action: 'kms:*', Resource: '*' },
    ...ROLES.slice(1).map((name) => ({
      Sid: name,
      Effect: 'Allow',
      Principal: { AWS: roleArn(accountId, name) },
      Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey*'],
      Resource: '*',
    })),
    {
      Effect: 'Deny',
      Principal: '*',
      Action: 'kms:*',
      Resource: '*',
      Condition: { StringNotEquals: { 'kms:CallerAccount': accountId } },
    },
    {
      Effect: 'Deny',
      Principal: '*',
      Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      Resource: '*',
      Condition: { NotIpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '127.0.0.0/8'] } },
    },
  );
}

/** As many as {@link POLICY_NAMES}, in the same order. */
export function identityPolicies(accountId: string): string[] {
  return [
    policy({ Effect: 'Allow', Action: ['kms:List*', 'kms:Describe*'], Resource: '*' }),
    policy({
      Effect: 'Allow',
      Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
      Resource: `arn:aws:kms:*:${accountId}:key/*`,
      Condition: { StringEquals: { 'kms:EncryptionContext:purpose': 'benchmark' } },
    }),
    policy({ Effect: 'Deny', Action: 'kms:ScheduleKeyDeletion', Resource: '*' }),
  ];
}

/** One who calls, and the key that it uses. */
export interface BenchPrincipal {
  credentials: Installation['credentials'];
  keyArn: string;
}

/** Makes both callers' keys, and the user with all that belongs to it. @param storeId the built-in store when undefined */
export async function createPrincipals(
  claviger: Installation,
  storeId?: string,
): Promise<{ root: BenchPrincipal; user: BenchPrincipal }> {
  const rootsKey = await createKey(claviger, storeId);
  const accountId = rootsKey.split(':')[4] ?? '';
  const iam = (action: string, parameters: Record<string, string>): Promise<string> =>
    callIam({ url: claviger.endpoint, region: claviger.region, ...claviger.credentials }, action, parameters);
  const trust = policy({ Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:AssumeRole' });
  for (const RoleName of ROLES) await iam('CreateRole', { RoleName, AssumeRolePolicyDocument: trust });
  await iam('CreateUser', { UserName: 'app' });
  for (const [i, PolicyDocument] of identityPolicies(accountId).entries())
    await iam('PutUserPolicy', { UserName: 'app', PolicyName: POLICY_NAMES[i] ?? '', PolicyDocument });
  const answer = await iam('CreateAccessKey', { UserName: 'app' });
  const member = (name: string): string => new RegExp(`<${name}>(.*?)</${name}>`).exec(answer)?.[1] ?? '';
  const { members } = await call(claviger, 'CreateKey', {
    Policy: keyPolicyOfTen(accountId),
    ...(storeId !== undefined && { CustomKeyStoreId: storeId, Origin: 'AWS_CLOUDHSM' }),
  });
  const { Arn } = (members as { KeyMetadata: { Arn: string } }).KeyMetadata;
  await call(claviger, 'CreateGrant', {
    KeyId: Arn,
    GranteePrincipal: roleArn(accountId, 'worker'),
    Operations: ['Decrypt'],
  });
  return {
    root: { credentials: claviger.credentials, keyArn: rootsKey },
    user: {
      credentials: { accessKeyId: member('AccessKeyId'), secretAccessKey: member('SecretAccessKey') },
      keyArn: Arn,
    },
  };
}
