/**
 * Services that have an AWS managed key: `alias/aws/<name>`, what the key protects, and as which service it is used
 * (kms:ViaService). AWS: "AWS managed keys", and each service's page on encryption at rest.
 */
export interface AwsService {
  /** As policies call it. */
  title: string;
  protects: string;
  /** Host name of kms:ViaService without Region and domain. */
  endpoint: string;
}

const service = (title: string, protects: string, endpoint: string): AwsService => ({
  title,
  protects,
  endpoint,
});

export const AWS_SERVICES: Readonly<Record<string, AwsService>> = {
  acm: service('ACM', 'ACM private keys', 'acm'),
  backup: service('AWS Backup', 'AWS Backup data', 'backup'),
  codecommit: service('CodeCommit', 'CodeCommit repositories', 'codecommit'),
  connect: service('Connect', 'Connect data', 'connect'),
  dms: service('DMS', 'DMS data', 'dms'),
  dynamodb: service('DynamoDB', 'DynamoDB tables', 'dynamodb'),
  ebs: service('EBS', 'EBS volumes', 'ec2'),
  elasticfilesystem: service('EFS', 'EFS filesystems', 'elasticfilesystem'),
  es: service('OpenSearch Service', 'OpenSearch Service domains', 'es'),
  fsx: service('FSx', 'FSx resources', 'fsx'),
  glue: service('Glue', 'Glue data', 'glue'),
  kafka: service('MSK', 'MSK data', 'kafka'),
  kinesis: service('Kinesis', 'Kinesis streams', 'kinesis'),
  kinesisvideo: service('Kinesis Video Streams', 'Kinesis Video Streams data', 'kinesisvideo'),
  lambda: service('Lambda', 'Lambda environment variables', 'lambda'),
  mq: service('Amazon MQ', 'Amazon MQ data', 'mq'),
  rds: service('RDS', 'RDS database volumes', 'rds'),
  redshift: service('Redshift', 'Redshift clusters', 'redshift'),
  s3: service('S3', 'S3 objects', 's3'),
  secretsmanager: service('AWS Secrets Manager', 'Secrets Manager data', 'secretsmanager'),
  sns: service('SNS', 'SNS data', 'sns'),
  sqs: service('SQS', 'SQS messages', 'sqs'),
  ssm: service('SSM', 'SSM parameters', 'ssm'),
  workspaces: service('WorkSpaces', 'WorkSpaces volumes', 'workspaces'),
  xray: service('X-Ray', 'X-Ray data', 'xray'),
};

const PREFIX = 'alias/aws/';

/** Names of all predefined aliases, sorted. */
export const PREDEFINED_ALIASES: readonly string[] = Object.keys(AWS_SERVICES)
  .map((name) => `${PREFIX}${name}`)
  .sort();

/** @returns undefined for names that are not predefined */
export function serviceOfAlias(aliasName: string): { name: string; service: AwsService } | undefined {
  if (!aliasName.startsWith(PREFIX)) return undefined;
  const name = aliasName.slice(PREFIX.length);
  const found = Object.hasOwn(AWS_SERVICES, name) ? AWS_SERVICES[name] : undefined;
  return found === undefined ? undefined : { name, service: found };
}
