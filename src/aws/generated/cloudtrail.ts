// Generated from src/aws/models/cloudtrail.json by scripts/generate-api.mjs (npm run generate). Do not edit.
import type { ServiceModel } from '../model.ts';

export interface AddTagsRequest {
  ResourceId: string;
  TagsList: Tag[];
}

export type AddTagsResponse = Record<string, never>;

export interface CreateTrailRequest {
  Name: string;
  S3BucketName: string;
  S3KeyPrefix?: string;
  SnsTopicName?: string;
  IncludeGlobalServiceEvents?: boolean;
  IsMultiRegionTrail?: boolean;
  EnableLogFileValidation?: boolean;
  CloudWatchLogsLogGroupArn?: string;
  CloudWatchLogsRoleArn?: string;
  KmsKeyId?: string;
  IsOrganizationTrail?: boolean;
  TagsList?: Tag[];
}

export interface CreateTrailResponse {
  Name?: string;
  S3BucketName?: string;
  S3KeyPrefix?: string;
  SnsTopicName?: string;
  SnsTopicARN?: string;
  IncludeGlobalServiceEvents?: boolean;
  IsMultiRegionTrail?: boolean;
  TrailARN?: string;
  LogFileValidationEnabled?: boolean;
  CloudWatchLogsLogGroupArn?: string;
  CloudWatchLogsRoleArn?: string;
  KmsKeyId?: string;
  IsOrganizationTrail?: boolean;
}

export interface DeleteTrailRequest {
  Name: string;
}

export type DeleteTrailResponse = Record<string, never>;

export interface DescribeTrailsRequest {
  trailNameList?: string[];
  includeShadowTrails?: boolean;
}

export interface DescribeTrailsResponse {
  trailList?: Trail[];
}

export interface Event {
  EventId?: string;
  EventName?: string;
  ReadOnly?: string;
  AccessKeyId?: string;
  EventTime?: Date;
  EventSource?: string;
  Username?: string;
  Resources?: Resource[];
  CloudTrailEvent?: string;
}

export type EventCategory =
  | 'insight';

export interface GetTrailRequest {
  Name: string;
}

export interface GetTrailResponse {
  Trail?: Trail;
}

export interface GetTrailStatusRequest {
  Name: string;
}

export interface GetTrailStatusResponse {
  IsLogging?: boolean;
  LatestDeliveryError?: string;
  LatestNotificationError?: string;
  LatestDeliveryTime?: Date;
  LatestNotificationTime?: Date;
  StartLoggingTime?: Date;
  StopLoggingTime?: Date;
  LatestCloudWatchLogsDeliveryError?: string;
  LatestCloudWatchLogsDeliveryTime?: Date;
  LatestDigestDeliveryTime?: Date;
  LatestDigestDeliveryError?: string;
  LatestDeliveryAttemptTime?: string;
  LatestNotificationAttemptTime?: string;
  LatestNotificationAttemptSucceeded?: string;
  LatestDeliveryAttemptSucceeded?: string;
  TimeLoggingStarted?: string;
  TimeLoggingStopped?: string;
}

export interface ListPublicKeysRequest {
  StartTime?: Date;
  EndTime?: Date;
  NextToken?: string;
}

export interface ListPublicKeysResponse {
  PublicKeyList?: PublicKey[];
  NextToken?: string;
}

export interface ListTagsRequest {
  ResourceIdList: string[];
  NextToken?: string;
}

export interface ListTagsResponse {
  ResourceTagList?: ResourceTag[];
  NextToken?: string;
}

export interface ListTrailsRequest {
  NextToken?: string;
}

export interface ListTrailsResponse {
  Trails?: TrailInfo[];
  NextToken?: string;
}

export interface LookupAttribute {
  AttributeKey: LookupAttributeKey;
  AttributeValue: string;
}

export type LookupAttributeKey =
  | 'EventId'
  | 'EventName'
  | 'ReadOnly'
  | 'Username'
  | 'ResourceType'
  | 'ResourceName'
  | 'EventSource'
  | 'AccessKeyId';

export interface LookupEventsRequest {
  LookupAttributes?: LookupAttribute[];
  StartTime?: Date;
  EndTime?: Date;
  EventCategory?: EventCategory;
  MaxResults?: number;
  NextToken?: string;
}

export interface LookupEventsResponse {
  Events?: Event[];
  NextToken?: string;
}

export interface PublicKey {
  Value?: Buffer;
  ValidityStartTime?: Date;
  ValidityEndTime?: Date;
  Fingerprint?: string;
}

export interface RemoveTagsRequest {
  ResourceId: string;
  TagsList: Tag[];
}

export type RemoveTagsResponse = Record<string, never>;

export interface Resource {
  ResourceType?: string;
  ResourceName?: string;
}

export interface ResourceTag {
  ResourceId?: string;
  TagsList?: Tag[];
}

export interface StartLoggingRequest {
  Name: string;
}

export type StartLoggingResponse = Record<string, never>;

export interface StopLoggingRequest {
  Name: string;
}

export type StopLoggingResponse = Record<string, never>;

export interface Tag {
  Key: string;
  Value?: string;
}

export interface Trail {
  Name?: string;
  S3BucketName?: string;
  S3KeyPrefix?: string;
  SnsTopicName?: string;
  SnsTopicARN?: string;
  IncludeGlobalServiceEvents?: boolean;
  IsMultiRegionTrail?: boolean;
  HomeRegion?: string;
  TrailARN?: string;
  LogFileValidationEnabled?: boolean;
  CloudWatchLogsLogGroupArn?: string;
  CloudWatchLogsRoleArn?: string;
  KmsKeyId?: string;
  HasCustomEventSelectors?: boolean;
  HasInsightSelectors?: boolean;
  IsOrganizationTrail?: boolean;
}

export interface TrailInfo {
  TrailARN?: string;
  Name?: string;
  HomeRegion?: string;
}

export interface UpdateTrailRequest {
  Name: string;
  S3BucketName?: string;
  S3KeyPrefix?: string;
  SnsTopicName?: string;
  IncludeGlobalServiceEvents?: boolean;
  IsMultiRegionTrail?: boolean;
  EnableLogFileValidation?: boolean;
  CloudWatchLogsLogGroupArn?: string;
  CloudWatchLogsRoleArn?: string;
  KmsKeyId?: string;
  IsOrganizationTrail?: boolean;
}

export interface UpdateTrailResponse {
  Name?: string;
  S3BucketName?: string;
  S3KeyPrefix?: string;
  SnsTopicName?: string;
  SnsTopicARN?: string;
  IncludeGlobalServiceEvents?: boolean;
  IsMultiRegionTrail?: boolean;
  TrailARN?: string;
  LogFileValidationEnabled?: boolean;
  CloudWatchLogsLogGroupArn?: string;
  CloudWatchLogsRoleArn?: string;
  KmsKeyId?: string;
  IsOrganizationTrail?: boolean;
}

/** Operations with their input and output; undefined where the model has none. */
export interface CloudtrailOperations {
  LookupEvents: { input: LookupEventsRequest; output: LookupEventsResponse };
  CreateTrail: { input: CreateTrailRequest; output: CreateTrailResponse };
  DescribeTrails: { input: DescribeTrailsRequest; output: DescribeTrailsResponse };
  GetTrail: { input: GetTrailRequest; output: GetTrailResponse };
  GetTrailStatus: { input: GetTrailStatusRequest; output: GetTrailStatusResponse };
  ListTrails: { input: ListTrailsRequest; output: ListTrailsResponse };
  StartLogging: { input: StartLoggingRequest; output: StartLoggingResponse };
  StopLogging: { input: StopLoggingRequest; output: StopLoggingResponse };
  UpdateTrail: { input: UpdateTrailRequest; output: UpdateTrailResponse };
  DeleteTrail: { input: DeleteTrailRequest; output: DeleteTrailResponse };
  ListPublicKeys: { input: ListPublicKeysRequest; output: ListPublicKeysResponse };
  AddTags: { input: AddTagsRequest; output: AddTagsResponse };
  RemoveTags: { input: RemoveTagsRequest; output: RemoveTagsResponse };
  ListTags: { input: ListTagsRequest; output: ListTagsResponse };
}

export type CloudtrailErrorCode =
  | 'ChannelARNInvalidException'
  | 'ChannelNotFoundException'
  | 'CloudTrailARNInvalidException'
  | 'CloudTrailAccessNotEnabledException'
  | 'CloudTrailInvalidClientTokenIdException'
  | 'CloudWatchLogsDeliveryUnavailableException'
  | 'ConflictException'
  | 'EventDataStoreARNInvalidException'
  | 'EventDataStoreNotFoundException'
  | 'InactiveEventDataStoreException'
  | 'InsufficientDependencyServiceAccessPermissionException'
  | 'InsufficientEncryptionPolicyException'
  | 'InsufficientS3BucketPolicyException'
  | 'InsufficientSnsTopicPolicyException'
  | 'InvalidCloudWatchLogsLogGroupArnException'
  | 'InvalidCloudWatchLogsRoleArnException'
  | 'InvalidEventCategoryException'
  | 'InvalidEventSelectorsException'
  | 'InvalidHomeRegionException'
  | 'InvalidKmsKeyIdException'
  | 'InvalidLookupAttributesException'
  | 'InvalidMaxResultsException'
  | 'InvalidNextTokenException'
  | 'InvalidParameterCombinationException'
  | 'InvalidParameterException'
  | 'InvalidS3BucketNameException'
  | 'InvalidS3PrefixException'
  | 'InvalidSnsTopicNameException'
  | 'InvalidTagParameterException'
  | 'InvalidTimeRangeException'
  | 'InvalidTokenException'
  | 'InvalidTrailNameException'
  | 'KmsException'
  | 'KmsKeyDisabledException'
  | 'KmsKeyNotFoundException'
  | 'MaximumNumberOfTrailsExceededException'
  | 'NoManagementAccountSLRExistsException'
  | 'NotOrganizationMasterAccountException'
  | 'OperationNotPermittedException'
  | 'OrganizationNotInAllFeaturesModeException'
  | 'OrganizationsNotInUseException'
  | 'ResourceNotFoundException'
  | 'ResourceTypeNotSupportedException'
  | 'S3BucketDoesNotExistException'
  | 'TagsLimitExceededException'
  | 'ThrottlingException'
  | 'TrailAlreadyExistsException'
  | 'TrailNotFoundException'
  | 'TrailNotProvidedException'
  | 'UnsupportedOperationException';

export const cloudtrail: ServiceModel = {
  metadata: { apiVersion: '2013-11-01', endpointPrefix: 'cloudtrail', protocol: 'json', jsonVersion: '1.1', serviceId: 'CloudTrail', signatureVersion: 'v4', targetPrefix: 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101' },
  operations: {
    LookupEvents: { input: 'LookupEventsRequest', output: 'LookupEventsResponse', errors: ['InvalidLookupAttributesException', 'InvalidTimeRangeException', 'InvalidMaxResultsException', 'InvalidNextTokenException', 'InvalidEventCategoryException', 'UnsupportedOperationException', 'OperationNotPermittedException'] },
    CreateTrail: { input: 'CreateTrailRequest', output: 'CreateTrailResponse', errors: ['MaximumNumberOfTrailsExceededException', 'TrailAlreadyExistsException', 'S3BucketDoesNotExistException', 'InsufficientS3BucketPolicyException', 'InsufficientSnsTopicPolicyException', 'InsufficientEncryptionPolicyException', 'InvalidS3BucketNameException', 'InvalidS3PrefixException', 'InvalidSnsTopicNameException', 'InvalidKmsKeyIdException', 'InvalidTrailNameException', 'TrailNotProvidedException', 'TagsLimitExceededException', 'InvalidParameterCombinationException', 'InvalidParameterException', 'KmsKeyNotFoundException', 'KmsKeyDisabledException', 'KmsException', 'InvalidCloudWatchLogsLogGroupArnException', 'InvalidCloudWatchLogsRoleArnException', 'CloudWatchLogsDeliveryUnavailableException', 'InvalidTagParameterException', 'UnsupportedOperationException', 'OperationNotPermittedException', 'CloudTrailAccessNotEnabledException', 'InsufficientDependencyServiceAccessPermissionException', 'NotOrganizationMasterAccountException', 'OrganizationsNotInUseException', 'OrganizationNotInAllFeaturesModeException', 'NoManagementAccountSLRExistsException', 'CloudTrailInvalidClientTokenIdException', 'ConflictException', 'ThrottlingException'] },
    DescribeTrails: { input: 'DescribeTrailsRequest', output: 'DescribeTrailsResponse', errors: ['UnsupportedOperationException', 'OperationNotPermittedException', 'InvalidTrailNameException', 'CloudTrailARNInvalidException', 'NoManagementAccountSLRExistsException'] },
    GetTrail: { input: 'GetTrailRequest', output: 'GetTrailResponse', errors: ['CloudTrailARNInvalidException', 'TrailNotFoundException', 'InvalidTrailNameException', 'UnsupportedOperationException', 'OperationNotPermittedException'] },
    GetTrailStatus: { input: 'GetTrailStatusRequest', output: 'GetTrailStatusResponse', errors: ['CloudTrailARNInvalidException', 'TrailNotFoundException', 'InvalidTrailNameException', 'UnsupportedOperationException', 'OperationNotPermittedException'] },
    ListTrails: { input: 'ListTrailsRequest', output: 'ListTrailsResponse', errors: ['UnsupportedOperationException', 'OperationNotPermittedException'] },
    StartLogging: { input: 'StartLoggingRequest', output: 'StartLoggingResponse', errors: ['CloudTrailARNInvalidException', 'ConflictException', 'ThrottlingException', 'TrailNotFoundException', 'InvalidTrailNameException', 'InvalidHomeRegionException', 'UnsupportedOperationException', 'OperationNotPermittedException', 'NotOrganizationMasterAccountException', 'NoManagementAccountSLRExistsException', 'InsufficientDependencyServiceAccessPermissionException'] },
    StopLogging: { input: 'StopLoggingRequest', output: 'StopLoggingResponse', errors: ['TrailNotFoundException', 'InvalidTrailNameException', 'CloudTrailARNInvalidException', 'ConflictException', 'ThrottlingException', 'InvalidHomeRegionException', 'UnsupportedOperationException', 'OperationNotPermittedException', 'NotOrganizationMasterAccountException', 'NoManagementAccountSLRExistsException', 'InsufficientDependencyServiceAccessPermissionException'] },
    UpdateTrail: { input: 'UpdateTrailRequest', output: 'UpdateTrailResponse', errors: ['S3BucketDoesNotExistException', 'InsufficientS3BucketPolicyException', 'InsufficientSnsTopicPolicyException', 'InsufficientEncryptionPolicyException', 'TrailNotFoundException', 'InvalidS3BucketNameException', 'InvalidS3PrefixException', 'InvalidSnsTopicNameException', 'InvalidKmsKeyIdException', 'InvalidTrailNameException', 'TrailNotProvidedException', 'InvalidEventSelectorsException', 'CloudTrailARNInvalidException', 'ConflictException', 'ThrottlingException', 'InvalidParameterCombinationException', 'InvalidHomeRegionException', 'KmsKeyNotFoundException', 'KmsKeyDisabledException', 'KmsException', 'InvalidCloudWatchLogsLogGroupArnException', 'InvalidCloudWatchLogsRoleArnException', 'CloudWatchLogsDeliveryUnavailableException', 'UnsupportedOperationException', 'OperationNotPermittedException', 'CloudTrailAccessNotEnabledException', 'InsufficientDependencyServiceAccessPermissionException', 'OrganizationsNotInUseException', 'NotOrganizationMasterAccountException', 'OrganizationNotInAllFeaturesModeException', 'NoManagementAccountSLRExistsException', 'CloudTrailInvalidClientTokenIdException', 'InvalidParameterException'] },
    DeleteTrail: { input: 'DeleteTrailRequest', output: 'DeleteTrailResponse', errors: ['TrailNotFoundException', 'InvalidTrailNameException', 'CloudTrailARNInvalidException', 'ConflictException', 'ThrottlingException', 'InvalidHomeRegionException', 'UnsupportedOperationException', 'OperationNotPermittedException', 'NotOrganizationMasterAccountException', 'NoManagementAccountSLRExistsException', 'InsufficientDependencyServiceAccessPermissionException'] },
    ListPublicKeys: { input: 'ListPublicKeysRequest', output: 'ListPublicKeysResponse', errors: ['InvalidTimeRangeException', 'UnsupportedOperationException', 'OperationNotPermittedException', 'InvalidTokenException'] },
    AddTags: { input: 'AddTagsRequest', output: 'AddTagsResponse', errors: ['ResourceNotFoundException', 'CloudTrailARNInvalidException', 'EventDataStoreARNInvalidException', 'ChannelARNInvalidException', 'ResourceTypeNotSupportedException', 'TagsLimitExceededException', 'InvalidTrailNameException', 'InvalidTagParameterException', 'InactiveEventDataStoreException', 'EventDataStoreNotFoundException', 'ChannelNotFoundException', 'UnsupportedOperationException', 'OperationNotPermittedException', 'NotOrganizationMasterAccountException', 'NoManagementAccountSLRExistsException', 'ConflictException'] },
    RemoveTags: { input: 'RemoveTagsRequest', output: 'RemoveTagsResponse', errors: ['ResourceNotFoundException', 'CloudTrailARNInvalidException', 'EventDataStoreARNInvalidException', 'ChannelARNInvalidException', 'ResourceTypeNotSupportedException', 'InvalidTrailNameException', 'InvalidTagParameterException', 'InactiveEventDataStoreException', 'EventDataStoreNotFoundException', 'ChannelNotFoundException', 'UnsupportedOperationException', 'OperationNotPermittedException', 'NotOrganizationMasterAccountException', 'NoManagementAccountSLRExistsException', 'ConflictException'] },
    ListTags: { input: 'ListTagsRequest', output: 'ListTagsResponse', errors: ['ResourceNotFoundException', 'CloudTrailARNInvalidException', 'EventDataStoreARNInvalidException', 'ChannelARNInvalidException', 'ResourceTypeNotSupportedException', 'InvalidTrailNameException', 'InactiveEventDataStoreException', 'EventDataStoreNotFoundException', 'UnsupportedOperationException', 'OperationNotPermittedException', 'InvalidTokenException', 'NoManagementAccountSLRExistsException'] },
  },
  errors: {
    ChannelARNInvalidException: {},
    ChannelNotFoundException: {},
    CloudTrailARNInvalidException: {},
    CloudTrailAccessNotEnabledException: {},
    CloudTrailInvalidClientTokenIdException: {},
    CloudWatchLogsDeliveryUnavailableException: {},
    ConflictException: {},
    EventDataStoreARNInvalidException: {},
    EventDataStoreNotFoundException: {},
    InactiveEventDataStoreException: {},
    InsufficientDependencyServiceAccessPermissionException: {},
    InsufficientEncryptionPolicyException: {},
    InsufficientS3BucketPolicyException: {},
    InsufficientSnsTopicPolicyException: {},
    InvalidCloudWatchLogsLogGroupArnException: {},
    InvalidCloudWatchLogsRoleArnException: {},
    InvalidEventCategoryException: {},
    InvalidEventSelectorsException: {},
    InvalidHomeRegionException: {},
    InvalidKmsKeyIdException: {},
    InvalidLookupAttributesException: {},
    InvalidMaxResultsException: {},
    InvalidNextTokenException: {},
    InvalidParameterCombinationException: {},
    InvalidParameterException: {},
    InvalidS3BucketNameException: {},
    InvalidS3PrefixException: {},
    InvalidSnsTopicNameException: {},
    InvalidTagParameterException: {},
    InvalidTimeRangeException: {},
    InvalidTokenException: {},
    InvalidTrailNameException: {},
    KmsException: {},
    KmsKeyDisabledException: {},
    KmsKeyNotFoundException: {},
    MaximumNumberOfTrailsExceededException: {},
    NoManagementAccountSLRExistsException: {},
    NotOrganizationMasterAccountException: {},
    OperationNotPermittedException: {},
    OrganizationNotInAllFeaturesModeException: {},
    OrganizationsNotInUseException: {},
    ResourceNotFoundException: {},
    ResourceTypeNotSupportedException: {},
    S3BucketDoesNotExistException: {},
    TagsLimitExceededException: {},
    ThrottlingException: {},
    TrailAlreadyExistsException: {},
    TrailNotFoundException: {},
    TrailNotProvidedException: {},
    UnsupportedOperationException: {},
  },
  shapes: {
    AddTagsRequest: { type: 'structure', members: { ResourceId: 'String', TagsList: 'TagsList' }, required: ['ResourceId', 'TagsList'] },
    AddTagsResponse: { type: 'structure', members: {} },
    Boolean: { type: 'boolean' },
    ByteBuffer: { type: 'blob' },
    CreateTrailRequest: { type: 'structure', members: { Name: 'String', S3BucketName: 'String', S3KeyPrefix: 'String', SnsTopicName: 'String', IncludeGlobalServiceEvents: 'Boolean', IsMultiRegionTrail: 'Boolean', EnableLogFileValidation: 'Boolean', CloudWatchLogsLogGroupArn: 'String', CloudWatchLogsRoleArn: 'String', KmsKeyId: 'String', IsOrganizationTrail: 'Boolean', TagsList: 'TagsList' }, required: ['Name', 'S3BucketName'] },
    CreateTrailResponse: { type: 'structure', members: { Name: 'String', S3BucketName: 'String', S3KeyPrefix: 'String', SnsTopicName: 'String', SnsTopicARN: 'String', IncludeGlobalServiceEvents: 'Boolean', IsMultiRegionTrail: 'Boolean', TrailARN: 'String', LogFileValidationEnabled: 'Boolean', CloudWatchLogsLogGroupArn: 'String', CloudWatchLogsRoleArn: 'String', KmsKeyId: 'String', IsOrganizationTrail: 'Boolean' } },
    Date: { type: 'timestamp' },
    DeleteTrailRequest: { type: 'structure', members: { Name: 'String' }, required: ['Name'] },
    DeleteTrailResponse: { type: 'structure', members: {} },
    DescribeTrailsRequest: { type: 'structure', members: { trailNameList: 'TrailNameList', includeShadowTrails: 'Boolean' } },
    DescribeTrailsResponse: { type: 'structure', members: { trailList: 'TrailList' } },
    Event: { type: 'structure', members: { EventId: 'String', EventName: 'String', ReadOnly: 'String', AccessKeyId: 'String', EventTime: 'Date', EventSource: 'String', Username: 'String', Resources: 'ResourceList', CloudTrailEvent: 'String' } },
    EventCategory: { type: 'string', enum: ['insight'] },
    EventsList: { type: 'list', member: 'Event' },
    GetTrailRequest: { type: 'structure', members: { Name: 'String' }, required: ['Name'] },
    GetTrailResponse: { type: 'structure', members: { Trail: 'Trail' } },
    GetTrailStatusRequest: { type: 'structure', members: { Name: 'String' }, required: ['Name'] },
    GetTrailStatusResponse: { type: 'structure', members: { IsLogging: 'Boolean', LatestDeliveryError: 'String', LatestNotificationError: 'String', LatestDeliveryTime: 'Date', LatestNotificationTime: 'Date', StartLoggingTime: 'Date', StopLoggingTime: 'Date', LatestCloudWatchLogsDeliveryError: 'String', LatestCloudWatchLogsDeliveryTime: 'Date', LatestDigestDeliveryTime: 'Date', LatestDigestDeliveryError: 'String', LatestDeliveryAttemptTime: 'String', LatestNotificationAttemptTime: 'String', LatestNotificationAttemptSucceeded: 'String', LatestDeliveryAttemptSucceeded: 'String', TimeLoggingStarted: 'String', TimeLoggingStopped: 'String' } },
    ListPublicKeysRequest: { type: 'structure', members: { StartTime: 'Date', EndTime: 'Date', NextToken: 'String' } },
    ListPublicKeysResponse: { type: 'structure', members: { PublicKeyList: 'PublicKeyList', NextToken: 'String' } },
    ListTagsRequest: { type: 'structure', members: { ResourceIdList: 'ResourceIdList', NextToken: 'String' }, required: ['ResourceIdList'] },
    ListTagsResponse: { type: 'structure', members: { ResourceTagList: 'ResourceTagList', NextToken: 'String' } },
    ListTrailsRequest: { type: 'structure', members: { NextToken: 'String' } },
    ListTrailsResponse: { type: 'structure', members: { Trails: 'Trails', NextToken: 'String' } },
    LookupAttribute: { type: 'structure', members: { AttributeKey: 'LookupAttributeKey', AttributeValue: 'LookupAttributeValue' }, required: ['AttributeKey', 'AttributeValue'] },
    LookupAttributeKey: { type: 'string', enum: ['EventId', 'EventName', 'ReadOnly', 'Username', 'ResourceType', 'ResourceName', 'EventSource', 'AccessKeyId'] },
    LookupAttributeValue: { type: 'string', min: 1, max: 2000 },
    LookupAttributesList: { type: 'list', member: 'LookupAttribute' },
    LookupEventsRequest: { type: 'structure', members: { LookupAttributes: 'LookupAttributesList', StartTime: 'Date', EndTime: 'Date', EventCategory: 'EventCategory', MaxResults: 'MaxResults', NextToken: 'NextToken' } },
    LookupEventsResponse: { type: 'structure', members: { Events: 'EventsList', NextToken: 'NextToken' } },
    MaxResults: { type: 'integer', min: 1, max: 50 },
    NextToken: { type: 'string' },
    PublicKey: { type: 'structure', members: { Value: 'ByteBuffer', ValidityStartTime: 'Date', ValidityEndTime: 'Date', Fingerprint: 'String' } },
    PublicKeyList: { type: 'list', member: 'PublicKey' },
    RemoveTagsRequest: { type: 'structure', members: { ResourceId: 'String', TagsList: 'TagsList' }, required: ['ResourceId', 'TagsList'] },
    RemoveTagsResponse: { type: 'structure', members: {} },
    Resource: { type: 'structure', members: { ResourceType: 'String', ResourceName: 'String' } },
    ResourceIdList: { type: 'list', member: 'String' },
    ResourceList: { type: 'list', member: 'Resource' },
    ResourceTag: { type: 'structure', members: { ResourceId: 'String', TagsList: 'TagsList' } },
    ResourceTagList: { type: 'list', member: 'ResourceTag' },
    StartLoggingRequest: { type: 'structure', members: { Name: 'String' }, required: ['Name'] },
    StartLoggingResponse: { type: 'structure', members: {} },
    StopLoggingRequest: { type: 'structure', members: { Name: 'String' }, required: ['Name'] },
    StopLoggingResponse: { type: 'structure', members: {} },
    String: { type: 'string' },
    Tag: { type: 'structure', members: { Key: 'TagKey', Value: 'TagValue' }, required: ['Key'] },
    TagKey: { type: 'string', min: 1, max: 128 },
    TagValue: { type: 'string', min: 1, max: 256 },
    TagsList: { type: 'list', member: 'Tag', max: 200 },
    Trail: { type: 'structure', members: { Name: 'String', S3BucketName: 'String', S3KeyPrefix: 'String', SnsTopicName: 'String', SnsTopicARN: 'String', IncludeGlobalServiceEvents: 'Boolean', IsMultiRegionTrail: 'Boolean', HomeRegion: 'String', TrailARN: 'String', LogFileValidationEnabled: 'Boolean', CloudWatchLogsLogGroupArn: 'String', CloudWatchLogsRoleArn: 'String', KmsKeyId: 'String', HasCustomEventSelectors: 'Boolean', HasInsightSelectors: 'Boolean', IsOrganizationTrail: 'Boolean' } },
    TrailInfo: { type: 'structure', members: { TrailARN: 'String', Name: 'String', HomeRegion: 'String' } },
    TrailList: { type: 'list', member: 'Trail' },
    TrailNameList: { type: 'list', member: 'String' },
    Trails: { type: 'list', member: 'TrailInfo' },
    UpdateTrailRequest: { type: 'structure', members: { Name: 'String', S3BucketName: 'String', S3KeyPrefix: 'String', SnsTopicName: 'String', IncludeGlobalServiceEvents: 'Boolean', IsMultiRegionTrail: 'Boolean', EnableLogFileValidation: 'Boolean', CloudWatchLogsLogGroupArn: 'String', CloudWatchLogsRoleArn: 'String', KmsKeyId: 'String', IsOrganizationTrail: 'Boolean' }, required: ['Name'] },
    UpdateTrailResponse: { type: 'structure', members: { Name: 'String', S3BucketName: 'String', S3KeyPrefix: 'String', SnsTopicName: 'String', SnsTopicARN: 'String', IncludeGlobalServiceEvents: 'Boolean', IsMultiRegionTrail: 'Boolean', TrailARN: 'String', LogFileValidationEnabled: 'Boolean', CloudWatchLogsLogGroupArn: 'String', CloudWatchLogsRoleArn: 'String', KmsKeyId: 'String', IsOrganizationTrail: 'Boolean' } },
  },
};
