/** Events as a busy installation has them: many keys, callers and operations, a steady rate over some days. */
import { randomUUID } from 'node:crypto';
import { encodeCall } from '../src/audit/event.ts';

const OPERATIONS = [
  'Decrypt',
  'Encrypt',
  'GenerateDataKey',
  'DescribeKey',
  'ReEncrypt',
  'CreateKey',
] as const;
export const ACCOUNT = '111122223333';
export const REGION = 'us-east-1';
const KEYS = 2_000;
const USERS = 200;

export const keyArn = (number: number): string =>
  `arn:aws:kms:${REGION}:${ACCOUNT}:key/${String(number % KEYS).padStart(8, '0')}-0000-4000-8000-000000000000`;
export const userName = (number: number): string => `user-${number % USERS}`;

const resources = Array.from({ length: KEYS }, (_, number) => [
  { accountId: ACCOUNT, type: 'AWS::KMS::Key' as const, ARN: keyArn(number) },
]);
const identities = Array.from({ length: USERS }, (_, number) => ({
  type: 'IAMUser' as const,
  principalId: `AIDA${number}`,
  arn: `arn:aws:iam::${ACCOUNT}:user/${userName(number)}`,
  accountId: ACCOUNT,
  accessKeyId: `AKIA${String(number).padStart(16, '0')}`,
  userName: userName(number),
}));

/** @param time milliseconds since 1970. @returns an event's JSON */
export function sampleRecord(number: number, time: number): string {
  const eventName = OPERATIONS[number % OPERATIONS.length] as string;
  return encodeCall({
    identity: identities[number % USERS] as (typeof identities)[number],
    time,
    eventSource: 'kms.amazonaws.com',
    eventName,
    region: REGION,
    sourceIp: '192.0.2.17',
    userAgent: 'aws-sdk-js/3.1164.0 ua/2.1 os/linux lang/js md/nodejs#20 api/kms#3.1164.0',
    requestParameters: {
      keyId: keyArn(number),
      encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      encryptionContext: { tenant: String(number % 977) },
    },
    responseElements: null,
    requestId: randomUUID(),
    eventId: randomUUID(),
    readOnly: eventName !== 'CreateKey',
    resources: resources[number % KEYS] ?? [],
    recipientAccountId: ACCOUNT,
  });
}
