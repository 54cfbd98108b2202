// Generated from src/aws/models/logs.json by scripts/generate-api.mjs (npm run generate). Do not edit.
import type { ServiceModel } from '../model.ts';

export type DataProtectionStatus =
  | 'ACTIVATED'
  | 'DELETED'
  | 'ARCHIVED'
  | 'DISABLED';

export interface DeleteRetentionPolicyRequest {
  logGroupName: string;
}

export interface DescribeLogGroupsRequest {
  accountIdentifiers?: string[];
  logGroupNamePrefix?: string;
  logGroupNamePattern?: string;
  nextToken?: string;
  limit?: number;
  includeLinkedAccounts?: boolean;
  logGroupClass?: LogGroupClass;
  logGroupIdentifiers?: string[];
}

export interface DescribeLogGroupsResponse {
  logGroups?: LogGroup[];
  nextToken?: string;
}

export interface DescribeLogStreamsRequest {
  logGroupName?: string;
  logGroupIdentifier?: string;
  logStreamNamePrefix?: string;
  orderBy?: OrderBy;
  descending?: boolean;
  nextToken?: string;
  limit?: number;
}

export interface DescribeLogStreamsResponse {
  logStreams?: LogStream[];
  nextToken?: string;
}

export interface FilterLogEventsRequest {
  logGroupName?: string;
  logGroupIdentifier?: string;
  logStreamNames?: string[];
  logStreamNamePrefix?: string;
  startTime?: number;
  endTime?: number;
  filterPattern?: string;
  nextToken?: string;
  limit?: number;
  interleaved?: boolean;
  unmask?: boolean;
}

export interface FilterLogEventsResponse {
  events?: FilteredLogEvent[];
  searchedLogStreams?: SearchedLogStream[];
  nextToken?: string;
}

export interface FilteredLogEvent {
  logStreamName?: string;
  timestamp?: number;
  message?: string;
  ingestionTime?: number;
  eventId?: string;
}

export interface GetLogEventsRequest {
  logGroupName?: string;
  logGroupIdentifier?: string;
  logStreamName: string;
  startTime?: number;
  endTime?: number;
  nextToken?: string;
  limit?: number;
  startFromHead?: boolean;
  unmask?: boolean;
}

export interface GetLogEventsResponse {
  events?: OutputLogEvent[];
  nextForwardToken?: string;
  nextBackwardToken?: string;
}

export type InheritedProperty =
  | 'ACCOUNT_DATA_PROTECTION';

export interface ListTagsForResourceRequest {
  resourceArn: string;
}

export interface ListTagsForResourceResponse {
  tags?: Record<string, string>;
}

export interface ListTagsLogGroupRequest {
  logGroupName: string;
}

export interface ListTagsLogGroupResponse {
  tags?: Record<string, string>;
}

export interface LogGroup {
  logGroupName?: string;
  creationTime?: number;
  retentionInDays?: number;
  metricFilterCount?: number;
  arn?: string;
  storedBytes?: number;
  kmsKeyId?: string;
  dataProtectionStatus?: DataProtectionStatus;
  inheritedProperties?: InheritedProperty[];
  logGroupClass?: LogGroupClass;
  logGroupArn?: string;
  deletionProtectionEnabled?: boolean;
  bearerTokenAuthenticationEnabled?: boolean;
}

export type LogGroupClass =
  | 'STANDARD'
  | 'INFREQUENT_ACCESS'
  | 'DELIVERY';

export interface LogStream {
  logStreamName?: string;
  creationTime?: number;
  firstEventTimestamp?: number;
  lastEventTimestamp?: number;
  lastIngestionTime?: number;
  uploadSequenceToken?: string;
  arn?: string;
  storedBytes?: number;
}

export type OrderBy =
  | 'LogStreamName'
  | 'LastEventTime';

export interface OutputLogEvent {
  timestamp?: number;
  message?: string;
  ingestionTime?: number;
}

export interface PutRetentionPolicyRequest {
  logGroupName: string;
  retentionInDays: number;
}

export interface SearchedLogStream {
  logStreamName?: string;
  searchedCompletely?: boolean;
}

/** Operations with their input and output; undefined where the model has none. */
export interface LogsOperations {
  DescribeLogGroups: { input: DescribeLogGroupsRequest; output: DescribeLogGroupsResponse };
  DescribeLogStreams: { input: DescribeLogStreamsRequest; output: DescribeLogStreamsResponse };
  GetLogEvents: { input: GetLogEventsRequest; output: GetLogEventsResponse };
  FilterLogEvents: { input: FilterLogEventsRequest; output: FilterLogEventsResponse };
  PutRetentionPolicy: { input: PutRetentionPolicyRequest; output: undefined };
  DeleteRetentionPolicy: { input: DeleteRetentionPolicyRequest; output: undefined };
  ListTagsForResource: { input: ListTagsForResourceRequest; output: ListTagsForResourceResponse };
  ListTagsLogGroup: { input: ListTagsLogGroupRequest; output: ListTagsLogGroupResponse };
}

export type LogsErrorCode =
  | 'InvalidParameterException'
  | 'OperationAbortedException'
  | 'ResourceNotFoundException'
  | 'ServiceUnavailableException';

export const logs: ServiceModel = {
  metadata: { apiVersion: '2014-03-28', endpointPrefix: 'logs', protocol: 'json', jsonVersion: '1.1', serviceId: 'CloudWatch Logs', signatureVersion: 'v4', targetPrefix: 'Logs_20140328' },
  operations: {
    DescribeLogGroups: { input: 'DescribeLogGroupsRequest', output: 'DescribeLogGroupsResponse', errors: ['InvalidParameterException', 'ServiceUnavailableException'] },
    DescribeLogStreams: { input: 'DescribeLogStreamsRequest', output: 'DescribeLogStreamsResponse', errors: ['InvalidParameterException', 'ResourceNotFoundException', 'ServiceUnavailableException'] },
    GetLogEvents: { input: 'GetLogEventsRequest', output: 'GetLogEventsResponse', errors: ['InvalidParameterException', 'ResourceNotFoundException', 'ServiceUnavailableException'] },
    FilterLogEvents: { input: 'FilterLogEventsRequest', output: 'FilterLogEventsResponse', errors: ['InvalidParameterException', 'ResourceNotFoundException', 'ServiceUnavailableException'] },
    PutRetentionPolicy: { input: 'PutRetentionPolicyRequest', errors: ['InvalidParameterException', 'ResourceNotFoundException', 'OperationAbortedException', 'ServiceUnavailableException'] },
    DeleteRetentionPolicy: { input: 'DeleteRetentionPolicyRequest', errors: ['InvalidParameterException', 'ResourceNotFoundException', 'OperationAbortedException', 'ServiceUnavailableException'] },
    ListTagsForResource: { input: 'ListTagsForResourceRequest', output: 'ListTagsForResourceResponse', errors: ['InvalidParameterException', 'ResourceNotFoundException', 'ServiceUnavailableException'] },
    ListTagsLogGroup: { input: 'ListTagsLogGroupRequest', output: 'ListTagsLogGroupResponse', errors: ['ResourceNotFoundException', 'ServiceUnavailableException'] },
  },
  errors: {
    InvalidParameterException: {},
    OperationAbortedException: {},
    ResourceNotFoundException: {},
    ServiceUnavailableException: { fault: true },
  },
  shapes: {
    AccountId: { type: 'string', min: 12, max: 12, pattern: '^\\d{12}$' },
    AccountIds: { type: 'list', member: 'AccountId', min: 0, max: 20 },
    AmazonResourceName: { type: 'string', min: 1, max: 1011, pattern: '[\\w+=/:,.@-]*' },
    Arn: { type: 'string' },
    BearerTokenAuthenticationEnabled: { type: 'boolean' },
    DataProtectionStatus: { type: 'string', enum: ['ACTIVATED', 'DELETED', 'ARCHIVED', 'DISABLED'] },
    Days: { type: 'integer' },
    DeleteRetentionPolicyRequest: { type: 'structure', members: { logGroupName: 'LogGroupName' }, required: ['logGroupName'] },
    DeletionProtectionEnabled: { type: 'boolean' },
    Descending: { type: 'boolean' },
    DescribeLimit: { type: 'integer', min: 1, max: 50 },
    DescribeLogGroupsLogGroupIdentifiers: { type: 'list', member: 'LogGroupIdentifier', min: 1, max: 50 },
    DescribeLogGroupsRequest: { type: 'structure', members: { accountIdentifiers: 'AccountIds', logGroupNamePrefix: 'LogGroupName', logGroupNamePattern: 'LogGroupNamePattern', nextToken: 'NextToken', limit: 'DescribeLimit', includeLinkedAccounts: 'IncludeLinkedAccounts', logGroupClass: 'LogGroupClass', logGroupIdentifiers: 'DescribeLogGroupsLogGroupIdentifiers' } },
    DescribeLogGroupsResponse: { type: 'structure', members: { logGroups: 'LogGroups', nextToken: 'NextToken' } },
    DescribeLogStreamsRequest: { type: 'structure', members: { logGroupName: 'LogGroupName', logGroupIdentifier: 'LogGroupIdentifier', logStreamNamePrefix: 'LogStreamName', orderBy: 'OrderBy', descending: 'Descending', nextToken: 'NextToken', limit: 'DescribeLimit' } },
    DescribeLogStreamsResponse: { type: 'structure', members: { logStreams: 'LogStreams', nextToken: 'NextToken' } },
    EventId: { type: 'string' },
    EventMessage: { type: 'string', min: 1 },
    EventsLimit: { type: 'integer', min: 1, max: 10000 },
    FilterCount: { type: 'integer' },
    FilterLogEventsRequest: { type: 'structure', members: { logGroupName: 'LogGroupName', logGroupIdentifier: 'LogGroupIdentifier', logStreamNames: 'InputLogStreamNames', logStreamNamePrefix: 'LogStreamName', startTime: 'Timestamp', endTime: 'Timestamp', filterPattern: 'FilterPattern', nextToken: 'NextToken', limit: 'EventsLimit', interleaved: 'Interleaved', unmask: 'Unmask' } },
    FilterLogEventsResponse: { type: 'structure', members: { events: 'FilteredLogEvents', searchedLogStreams: 'SearchedLogStreams', nextToken: 'NextToken' } },
    FilterPattern: { type: 'string', min: 0, max: 1024 },
    FilteredLogEvent: { type: 'structure', members: { logStreamName: 'LogStreamName', timestamp: 'Timestamp', message: 'EventMessage', ingestionTime: 'Timestamp', eventId: 'EventId' } },
    FilteredLogEvents: { type: 'list', member: 'FilteredLogEvent' },
    GetLogEventsRequest: { type: 'structure', members: { logGroupName: 'LogGroupName', logGroupIdentifier: 'LogGroupIdentifier', logStreamName: 'LogStreamName', startTime: 'Timestamp', endTime: 'Timestamp', nextToken: 'NextToken', limit: 'EventsLimit', startFromHead: 'StartFromHead', unmask: 'Unmask' }, required: ['logStreamName'] },
    GetLogEventsResponse: { type: 'structure', members: { events: 'OutputLogEvents', nextForwardToken: 'NextToken', nextBackwardToken: 'NextToken' } },
    IncludeLinkedAccounts: { type: 'boolean' },
    InheritedProperties: { type: 'list', member: 'InheritedProperty' },
    InheritedProperty: { type: 'string', enum: ['ACCOUNT_DATA_PROTECTION'] },
    InputLogStreamNames: { type: 'list', member: 'LogStreamName', min: 1, max: 100 },
    Interleaved: { type: 'boolean' },
    KmsKeyId: { type: 'string', max: 256 },
    ListTagsForResourceRequest: { type: 'structure', members: { resourceArn: 'AmazonResourceName' }, required: ['resourceArn'] },
    ListTagsForResourceResponse: { type: 'structure', members: { tags: 'Tags' } },
    ListTagsLogGroupRequest: { type: 'structure', members: { logGroupName: 'LogGroupName' }, required: ['logGroupName'] },
    ListTagsLogGroupResponse: { type: 'structure', members: { tags: 'Tags' } },
    LogGroup: { type: 'structure', members: { logGroupName: 'LogGroupName', creationTime: 'Timestamp', retentionInDays: 'Days', metricFilterCount: 'FilterCount', arn: 'Arn', storedBytes: 'StoredBytes', kmsKeyId: 'KmsKeyId', dataProtectionStatus: 'DataProtectionStatus', inheritedProperties: 'InheritedProperties', logGroupClass: 'LogGroupClass', logGroupArn: 'Arn', deletionProtectionEnabled: 'DeletionProtectionEnabled', bearerTokenAuthenticationEnabled: 'BearerTokenAuthenticationEnabled' } },
    LogGroupClass: { type: 'string', enum: ['STANDARD', 'INFREQUENT_ACCESS', 'DELIVERY'] },
    LogGroupIdentifier: { type: 'string', min: 1, max: 2048, pattern: '[\\w#+=/:,.@-]*' },
    LogGroupName: { type: 'string', min: 1, max: 512, pattern: '[\\.\\-_/#A-Za-z0-9]+' },
    LogGroupNamePattern: { type: 'string', min: 0, max: 512, pattern: '[\\.\\-_/#A-Za-z0-9]*' },
    LogGroups: { type: 'list', member: 'LogGroup' },
    LogStream: { type: 'structure', members: { logStreamName: 'LogStreamName', creationTime: 'Timestamp', firstEventTimestamp: 'Timestamp', lastEventTimestamp: 'Timestamp', lastIngestionTime: 'Timestamp', uploadSequenceToken: 'SequenceToken', arn: 'Arn', storedBytes: 'StoredBytes' } },
    LogStreamName: { type: 'string', min: 1, max: 512, pattern: '[^:*]*' },
    LogStreamSearchedCompletely: { type: 'boolean' },
    LogStreams: { type: 'list', member: 'LogStream' },
    NextToken: { type: 'string', min: 1 },
    OrderBy: { type: 'string', enum: ['LogStreamName', 'LastEventTime'] },
    OutputLogEvent: { type: 'structure', members: { timestamp: 'Timestamp', message: 'EventMessage', ingestionTime: 'Timestamp' } },
    OutputLogEvents: { type: 'list', member: 'OutputLogEvent' },
    PutRetentionPolicyRequest: { type: 'structure', members: { logGroupName: 'LogGroupName', retentionInDays: 'Days' }, required: ['logGroupName', 'retentionInDays'] },
    SearchedLogStream: { type: 'structure', members: { logStreamName: 'LogStreamName', searchedCompletely: 'LogStreamSearchedCompletely' } },
    SearchedLogStreams: { type: 'list', member: 'SearchedLogStream' },
    SequenceToken: { type: 'string', min: 1 },
    StartFromHead: { type: 'boolean' },
    StoredBytes: { type: 'long', min: 0 },
    TagKey: { type: 'string', min: 1, max: 128, pattern: '^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+)$' },
    TagValue: { type: 'string', max: 256, pattern: '^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$' },
    Tags: { type: 'map', key: 'TagKey', value: 'TagValue', min: 1, max: 50 },
    Timestamp: { type: 'long', min: 0 },
    Unmask: { type: 'boolean' },
  },
};
