/** What an event can be found by in the event history. AWS: API_LookupEvents, "Viewing CloudTrail events". */
import type { CloudTrailEvent, UserIdentity } from './event.ts';

/** Structurally storage/event-index.ts, HistoryEvent. */
export interface HistoryEntry {
  eventId: string;
  accountId: string;
  region: string;
  time: number;
  eventName: string;
  eventSource: string;
  readOnly: boolean;
  username: string | undefined;
  accessKeyId: string | undefined;
  resources: { type: string; name: string }[];
  record: string;
}

/** Services whose records list no resources, or not all: which of their parameters name one. */
const NAMED_BY_PARAMETERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'cloudtrail.amazonaws.com': { name: 'AWS::CloudTrail::Trail', s3BucketName: 'AWS::S3::Bucket' },
  'cloudhsm.amazonaws.com': { clusterId: 'AWS::CloudHSM::Cluster' },
  'iam.amazonaws.com': {
    userName: 'AWS::IAM::User',
    roleName: 'AWS::IAM::Role',
    groupName: 'AWS::IAM::Group',
    policyArn: 'AWS::IAM::Policy',
  },
  'sts.amazonaws.com': { roleArn: 'AWS::IAM::Role' },
};

/** @param record the event's JSON, as the journal has it */
export function historyEntry(record: string): HistoryEntry {
  const event = JSON.parse(record) as CloudTrailEvent;
  return {
    eventId: event.eventID,
    accountId: event.recipientAccountId,
    region: event.awsRegion,
    time: Date.parse(event.eventTime) / 1000,
    eventName: event.eventName,
    eventSource: event.eventSource,
    readOnly: event.readOnly,
    username: usernameOf(event.userIdentity),
    accessKeyId: event.userIdentity.accessKeyId,
    resources: resourcesOf(event),
    record,
  };
}

/** One event, or none when its text is damaged: verification names it. @param record as in historyEntry */
export function readableEntry(record: string): HistoryEntry[] {
  try {
    return [historyEntry(record)];
  } catch {
    return [];
  }
}

/** Name of an IAM user, session name of a role, `root`; service events have none. */
function usernameOf({ type, userName, arn, principalId }: UserIdentity): string | undefined {
  if (type === 'Root') return 'root';
  if (type === 'AssumedRole' || type === 'FederatedUser') return arn?.split('/').at(-1);
  return userName ?? (type === 'AWSAccount' ? principalId : undefined);
}

/** A key is there under its ARN and under its id. */
function resourcesOf(event: CloudTrailEvent): { type: string; name: string }[] {
  const listed = (event.resources ?? []).flatMap(({ type, ARN }) => {
    const keyId = /:key\/(.+)$/.exec(ARN)?.[1];
    return [{ type, name: ARN }, ...(keyId === undefined ? [] : [{ type, name: keyId }])];
  });
  const named = Object.entries(NAMED_BY_PARAMETERS[event.eventSource] ?? {}).flatMap(([member, type]) => {
    const name = event.requestParameters?.[member];
    const isListed = listed.some((resource) => resource.name === name);
    return typeof name === 'string' && name !== '' && !isListed ? [{ type, name }] : [];
  });
  return [...listed, ...named];
}
