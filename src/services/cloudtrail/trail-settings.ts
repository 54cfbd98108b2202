/** What a trail may be called and told. AWS: "Naming requirements" (CloudTrail user guide), API_CreateTrail. */
import type { CreateTrailRequest, UpdateTrailRequest } from '../../aws/generated/cloudtrail.ts';
import type { AuditConfiguration } from '../../configuration/audit.ts';
import {
  invalidBucketName,
  invalidCombination,
  invalidPrefix,
  invalidTrailName,
  noOrganization,
  noSuchBucket,
  unsupported,
} from './errors.ts';

const NAME_RULES: readonly [broken: (name: string) => boolean, text: (name: string) => string][] = [
  [
    (name) => name.length < 3,
    (name) =>
      `Trail name too short. Minimum allowed length: 3 characters. Specified name length: ${name.length} characters.`,
  ],
  [
    (name) => name.length > 128,
    (name) =>
      `Trail name too long. Maximum allowed length: 128 characters. Specified name length: ${name.length} characters.`,
  ],
  [
    (name) => !/^[A-Za-z0-9._-]+$/.test(name),
    () =>
      'Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_).',
  ],
  [(name) => !/^[A-Za-z0-9]/.test(name), () => 'Trail name must starts with a letter or number.'],
  [(name) => !/[A-Za-z0-9]$/.test(name), () => 'Trail name must ends with a letter or number.'],
  [
    (name) => /[._-]{2}/.test(name),
    () => 'Trail name cannot contain consecutive periods, hyphens, or underscores.',
  ],
  [(name) => /^\d+\.\d+\.\d+\.\d+$/.test(name), () => 'Trail name must not be formatted as an IP address.'],
];

/** @throws ApiError InvalidTrailNameException */
export function requireTrailName(name: string): void {
  const broken = NAME_RULES.find(([isBroken]) => isBroken(name));
  if (broken !== undefined) throw invalidTrailName(broken[1](name));
}

const BUCKET_NAME = /^[a-z0-9](?:[a-z0-9.-]{1,61})[a-z0-9]$/;
const PREFIX_LENGTH = 200;

/**
 * Checks what was asked for against what this installation offers; buckets are those of the configuration file.
 * @throws ApiError
 */
export function requireSettings(
  input: Partial<CreateTrailRequest & UpdateTrailRequest>,
  settings: AuditConfiguration,
): void {
  const { S3BucketName: bucket, S3KeyPrefix: prefix } = input;
  if (bucket !== undefined && !BUCKET_NAME.test(bucket)) throw invalidBucketName();
  if (bucket !== undefined && !Object.hasOwn(settings.buckets, bucket)) throw noSuchBucket(bucket);
  if (prefix !== undefined) requirePrefix(prefix);
  if (input.IsOrganizationTrail === true) throw noOrganization();
  if (input.SnsTopicName) throw unsupported('Notification by Amazon SNS');
  if (input.CloudWatchLogsLogGroupArn || input.CloudWatchLogsRoleArn) {
    throw unsupported('Delivery of trails to CloudWatch Logs');
  }
  if (input.KmsKeyId) throw unsupported('Encryption of log files under a KMS key');
}

function requirePrefix(prefix: string): void {
  if (prefix.length > PREFIX_LENGTH) {
    throw invalidPrefix(`The S3 key prefix has at most ${PREFIX_LENGTH} characters.`);
  }
  // a prefix becomes folders of a bucket that is a directory
  if (
    !/^[A-Za-z0-9!_.*'()/-]*$/.test(prefix) ||
    prefix.split('/').some((part) => /^\.*$/.test(part) && prefix !== '')
  ) {
    throw invalidPrefix('The S3 key prefix contains characters or parts that are not allowed.');
  }
}

/** @throws ApiError InvalidParameterCombinationException */
export function requireCombination(trail: { multi_region: number; global_events: number }): void {
  if (trail.multi_region === 1 && trail.global_events === 0) {
    throw invalidCombination('Multi-Region trail must include global service events.');
  }
}
