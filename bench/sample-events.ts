/** Events as a busy installation has them: many keys, callers and operations, a steady rate over some days. */
import { randomUUID } from 'node:crypto';
import { newEventId } from '../src/audit/event-id.ts';
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
export const accessKeyId = (number: number): string => `AKIA${String(number % USERS).padStart(16, '0')}`;

const SAMPLE: Whose = {
  ...{ accountId: ACCOUNT, region: REGION },
  keyArns: Array.from({ length: KEYS }, (_, number) => keyArn(number)),
};

/** The installation that events are of. */
export interface Whose {
  accountId: string;
  region: string;
  keyArns: readonly string[];
}

/** Events of an installation, by their number and time (milliseconds since 1970): each one's JSON. */
export function eventsOf({ accountId, region, keyArns }: Whose): (number: number, time: number) => string {
  const resources = keyArns.map((ARN) => [{ accountId, type: 'AWS::KMS::Key' as const, ARN }]);
  const identities = Array.from({ length: USERS }, (_, number) => ({
    ...{ type: 'IAMUser' as const, principalId: `AIDA${number}`, accountId, userName: userName(number) },
    arn: `arn:aws:iam::${accountId}:user/${userName(number)}`,
    accessKeyId: accessKeyId(number),
  }));
  return (number, time) => {
    const eventName = OPERATIONS[number % OPERATIONS.length] as string;
    return encodeCall({
      identity: identities[number % USERS] as (typeof identities)[number],
      time,
      eventSource: 'kms.amazonaws.com',
      eventName,
      region,
      sourceIp: '192.0.2.17',
      userAgent: 'aws-sdk-js/3.1164.0 ua/2.1 os/linux lang/js md/nodejs#20 api/kms#3.1164.0',
      requestParameters: {
        keyId: keyArns[number % keyArns.length],
        encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        encryptionContext: { tenant: String(number % 977) },
      },
      responseElements: null,
      requestId: randomUUID(),
      eventId: newEventId(Math.floor(time)),
      readOnly: eventName !== 'CreateKey',
      resources: resources[number % resources.length] ?? [],
      recipientAccountId: accountId,
    });
  };
}

/** An event of {@link ACCOUNT}. @param time milliseconds since 1970 */
export const sampleRecord = eventsOf(SAMPLE);
