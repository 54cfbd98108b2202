/**
 * Managed policies that every account finds there, those that have to do with key management. Names and contents: AWS
 * managed policy reference; KMS developer guide, "AWS managed policies for AWS KMS".
 */
import { iamArn } from './entities.ts';
import type { ManagedPolicy } from './entities.ts';

/** Where account ids stand in ARNs, AWS managed policies have this. */
const AWS = 'aws';

interface Written {
  name: string;
  path: string;
  id: string;
  description: string;
  statements: readonly Record<string, unknown>[];
}

const WRITTEN: readonly Written[] = [
  {
    name: 'AdministratorAccess',
    path: '/',
    id: 'ANPAIWMBCKSKIEE64ZLYK',
    description: 'Provides full access to AWS services and resources.',
    statements: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
  },
  {
    name: 'IAMFullAccess',
    path: '/',
    id: 'ANPAI7XKCFMBPM3QQRRVQ',
    description: 'Provides full access to IAM.',
    statements: [{ Effect: 'Allow', Action: ['iam:*'], Resource: '*' }],
  },
  {
    name: 'IAMReadOnlyAccess',
    path: '/',
    id: 'ANPAJKSO7NDY4T57MWDSQ',
    description: 'Provides read only access to IAM.',
    statements: [{ Effect: 'Allow', Action: ['iam:Get*', 'iam:List*', 'iam:Simulate*'], Resource: '*' }],
  },
  {
    name: 'AWSKeyManagementServicePowerUser',
    path: '/',
    id: 'ANPAJNPP7PPPPMJRV2SA4',
    description: 'Provides access to AWS Key Management Service (KMS).',
    statements: [
      {
        Effect: 'Allow',
        Action: [
          'kms:CreateAlias',
          'kms:CreateKey',
          'kms:DeleteAlias',
          'kms:Describe*',
          'kms:GenerateRandom',
          'kms:Get*',
          'kms:List*',
          'kms:TagResource',
          'kms:UntagResource',
          'iam:ListGroups',
          'iam:ListRoles',
          'iam:ListUsers',
        ],
        Resource: '*',
      },
    ],
  },
  {
    name: 'AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy',
    path: '/aws-service-role/',
    id: 'ANPAIWM5PYWFM6JJ2HNQY',
    description: 'Enables access to AWS services and resources required for AWS KMS custom key stores',
    statements: [
      {
        Effect: 'Allow',
        Action: [
          'cloudhsm:Describe*',
          'ec2:CreateNetworkInterface',
          'ec2:AuthorizeSecurityGroupIngress',
          'ec2:CreateSecurityGroup',
          'ec2:DescribeSecurityGroups',
          'ec2:RevokeSecurityGroupEgress',
          'ec2:DeleteSecurityGroup',
        ],
        Resource: '*',
      },
    ],
  },
  {
    name: 'AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy',
    path: '/aws-service-role/',
    id: 'ANPAZKAPJZG4OKLHXH5DV',
    description: 'Enables access to AWS services and resources required for AWS KMS multi-Region keys',
    statements: [{ Effect: 'Allow', Action: ['kms:SynchronizeMultiRegionKey'], Resource: '*' }],
  },
];

const PUBLISHED = Date.UTC(2015, 1, 6, 18, 40, 0);

export const awsManagedPolicies: readonly ManagedPolicy[] = WRITTEN.map((written) => ({
  kind: 'policy',
  id: written.id,
  accountId: AWS,
  name: written.name,
  path: written.path,
  createdAt: PUBLISHED,
  updatedAt: PUBLISHED,
  tags: {},
  description: written.description,
  defaultVersionId: 'v1',
  versions: [
    {
      versionId: 'v1',
      document: JSON.stringify({ Version: '2012-10-17', Statement: written.statements }, null, 4),
      createdAt: PUBLISHED,
    },
  ],
  nextVersion: 2,
}));

export function isAwsManaged(policy: ManagedPolicy): boolean {
  return policy.accountId === AWS;
}

/** The service-linked roles of AWS KMS, by service. AWS: "Using service-linked roles for AWS KMS". */
export const SERVICE_ROLES: Readonly<Record<string, { roleName: string; policyArn: string }>> = {
  'cks.kms.amazonaws.com': {
    roleName: 'AWSServiceRoleForKeyManagementServiceCustomKeyStores',
    policyArn: serviceRolePolicy('AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy'),
  },
  'mrk.kms.amazonaws.com': {
    roleName: 'AWSServiceRoleForKeyManagementServiceMultiRegionKeys',
    policyArn: serviceRolePolicy('AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy'),
  },
};

function serviceRolePolicy(name: string): string {
  return iamArn(AWS, 'policy', '/aws-service-role/', name);
}
