// Generated from src/aws/models/cloudhsmv2.json by scripts/generate-api.mjs (npm run generate). Do not edit.
import type { ServiceModel } from '../model.ts';

export interface Backup {
  BackupId: string;
  BackupArn?: string;
  BackupState?: BackupState;
  ClusterId?: string;
  CreateTimestamp?: Date;
  CopyTimestamp?: Date;
  NeverExpires?: boolean;
  SourceRegion?: string;
  SourceBackup?: string;
  SourceCluster?: string;
  DeleteTimestamp?: Date;
  TagList?: Tag[];
  HsmType?: string;
  Mode?: ClusterMode;
}

export type BackupPolicy =
  | 'DEFAULT';

export interface BackupRetentionPolicy {
  Type?: BackupRetentionType;
  Value?: string;
}

export type BackupRetentionType =
  | 'DAYS';

export type BackupState =
  | 'CREATE_IN_PROGRESS'
  | 'READY'
  | 'DELETED'
  | 'PENDING_DELETION';

export interface Certificates {
  ClusterCsr?: string;
  HsmCertificate?: string;
  AwsHardwareCertificate?: string;
  ManufacturerHardwareCertificate?: string;
  ClusterCertificate?: string;
}

export interface Cluster {
  BackupPolicy?: BackupPolicy;
  BackupRetentionPolicy?: BackupRetentionPolicy;
  ClusterId?: string;
  CreateTimestamp?: Date;
  Hsms?: Hsm[];
  HsmType?: string;
  HsmTypeRollbackExpiration?: Date;
  PreCoPassword?: string;
  SecurityGroup?: string;
  SourceBackupId?: string;
  State?: ClusterState;
  StateMessage?: string;
  SubnetMapping?: Record<string, string>;
  VpcId?: string;
  NetworkType?: NetworkType;
  Certificates?: Certificates;
  TagList?: Tag[];
  Mode?: ClusterMode;
}

export type ClusterMode =
  | 'FIPS'
  | 'NON_FIPS';

export type ClusterState =
  | 'CREATE_IN_PROGRESS'
  | 'UNINITIALIZED'
  | 'INITIALIZE_IN_PROGRESS'
  | 'INITIALIZED'
  | 'ACTIVE'
  | 'UPDATE_IN_PROGRESS'
  | 'MODIFY_IN_PROGRESS'
  | 'ROLLBACK_IN_PROGRESS'
  | 'DELETE_IN_PROGRESS'
  | 'DELETED'
  | 'DEGRADED';

export interface CopyBackupToRegionRequest {
  DestinationRegion: string;
  BackupId: string;
  TagList?: Tag[];
}

export interface CopyBackupToRegionResponse {
  DestinationBackup?: DestinationBackup;
}

export interface CreateClusterRequest {
  BackupRetentionPolicy?: BackupRetentionPolicy;
  HsmType: string;
  SourceBackupId?: string;
  SubnetIds: string[];
  NetworkType?: NetworkType;
  TagList?: Tag[];
  Mode?: ClusterMode;
}

export interface CreateClusterResponse {
  Cluster?: Cluster;
}

export interface CreateHsmRequest {
  ClusterId: string;
  AvailabilityZone: string;
  IpAddress?: string;
}

export interface CreateHsmResponse {
  Hsm?: Hsm;
}

export interface DeleteBackupRequest {
  BackupId: string;
}

export interface DeleteBackupResponse {
  Backup?: Backup;
}

export interface DeleteClusterRequest {
  ClusterId: string;
}

export interface DeleteClusterResponse {
  Cluster?: Cluster;
}

export interface DeleteHsmRequest {
  ClusterId: string;
  HsmId?: string;
  EniId?: string;
  EniIp?: string;
}

export interface DeleteHsmResponse {
  HsmId?: string;
}

export interface DeleteResourcePolicyRequest {
  ResourceArn?: string;
}

export interface DeleteResourcePolicyResponse {
  ResourceArn?: string;
  Policy?: string;
}

export interface DescribeBackupsRequest {
  NextToken?: string;
  MaxResults?: number;
  Filters?: Record<string, string[]>;
  Shared?: boolean;
  SortAscending?: boolean;
}

export interface DescribeBackupsResponse {
  Backups?: Backup[];
  NextToken?: string;
}

export interface DescribeClustersRequest {
  Filters?: Record<string, string[]>;
  NextToken?: string;
  MaxResults?: number;
}

export interface DescribeClustersResponse {
  Clusters?: Cluster[];
  NextToken?: string;
}

export interface DestinationBackup {
  CreateTimestamp?: Date;
  SourceRegion?: string;
  SourceBackup?: string;
  SourceCluster?: string;
}

export interface GetResourcePolicyRequest {
  ResourceArn?: string;
}

export interface GetResourcePolicyResponse {
  Policy?: string;
}

export interface Hsm {
  AvailabilityZone?: string;
  ClusterId?: string;
  SubnetId?: string;
  EniId?: string;
  EniIp?: string;
  EniIpV6?: string;
  HsmId: string;
  HsmType?: string;
  State?: HsmState;
  StateMessage?: string;
}

export type HsmState =
  | 'CREATE_IN_PROGRESS'
  | 'ACTIVE'
  | 'DEGRADED'
  | 'DELETE_IN_PROGRESS'
  | 'DELETED';

export interface InitializeClusterRequest {
  ClusterId: string;
  SignedCert: string;
  TrustAnchor: string;
}

export interface InitializeClusterResponse {
  State?: ClusterState;
  StateMessage?: string;
}

export interface ListTagsRequest {
  ResourceId: string;
  NextToken?: string;
  MaxResults?: number;
}

export interface ListTagsResponse {
  TagList: Tag[];
  NextToken?: string;
}

export interface ModifyBackupAttributesRequest {
  BackupId: string;
  NeverExpires: boolean;
}

export interface ModifyBackupAttributesResponse {
  Backup?: Backup;
}

export interface ModifyClusterRequest {
  HsmType?: string;
  BackupRetentionPolicy?: BackupRetentionPolicy;
  ClusterId: string;
}

export interface ModifyClusterResponse {
  Cluster?: Cluster;
}

export type NetworkType =
  | 'IPV4'
  | 'DUALSTACK';

export interface PutResourcePolicyRequest {
  ResourceArn?: string;
  Policy?: string;
}

export interface PutResourcePolicyResponse {
  ResourceArn?: string;
  Policy?: string;
}

export interface RestoreBackupRequest {
  BackupId: string;
}

export interface RestoreBackupResponse {
  Backup?: Backup;
}

export interface Tag {
  Key: string;
  Value: string;
}

export interface TagResourceRequest {
  ResourceId: string;
  TagList: Tag[];
}

export type TagResourceResponse = Record<string, never>;

export interface UntagResourceRequest {
  ResourceId: string;
  TagKeyList: string[];
}

export type UntagResourceResponse = Record<string, never>;

/** Operations with their input and output; undefined where the model has none. */
export interface Cloudhsmv2Operations {
  CopyBackupToRegion: { input: CopyBackupToRegionRequest; output: CopyBackupToRegionResponse };
  CreateCluster: { input: CreateClusterRequest; output: CreateClusterResponse };
  CreateHsm: { input: CreateHsmRequest; output: CreateHsmResponse };
  DeleteBackup: { input: DeleteBackupRequest; output: DeleteBackupResponse };
  DeleteCluster: { input: DeleteClusterRequest; output: DeleteClusterResponse };
  DeleteHsm: { input: DeleteHsmRequest; output: DeleteHsmResponse };
  DeleteResourcePolicy: { input: DeleteResourcePolicyRequest; output: DeleteResourcePolicyResponse };
  DescribeBackups: { input: DescribeBackupsRequest; output: DescribeBackupsResponse };
  DescribeClusters: { input: DescribeClustersRequest; output: DescribeClustersResponse };
  GetResourcePolicy: { input: GetResourcePolicyRequest; output: GetResourcePolicyResponse };
  InitializeCluster: { input: InitializeClusterRequest; output: InitializeClusterResponse };
  ListTags: { input: ListTagsRequest; output: ListTagsResponse };
  ModifyBackupAttributes: { input: ModifyBackupAttributesRequest; output: ModifyBackupAttributesResponse };
  ModifyCluster: { input: ModifyClusterRequest; output: ModifyClusterResponse };
  PutResourcePolicy: { input: PutResourcePolicyRequest; output: PutResourcePolicyResponse };
  RestoreBackup: { input: RestoreBackupRequest; output: RestoreBackupResponse };
  TagResource: { input: TagResourceRequest; output: TagResourceResponse };
  UntagResource: { input: UntagResourceRequest; output: UntagResourceResponse };
}

export type Cloudhsmv2ErrorCode =
  | 'CloudHsmAccessDeniedException'
  | 'CloudHsmInternalFailureException'
  | 'CloudHsmInvalidRequestException'
  | 'CloudHsmResourceLimitExceededException'
  | 'CloudHsmResourceNotFoundException'
  | 'CloudHsmServiceException'
  | 'CloudHsmTagException';

export const cloudhsmv2: ServiceModel = {
  metadata: { apiVersion: '2017-04-28', endpointPrefix: 'cloudhsmv2', protocol: 'json', jsonVersion: '1.1', serviceId: 'CloudHSM V2', signatureVersion: 'v4', signingName: 'cloudhsm', targetPrefix: 'BaldrApiService' },
  operations: {
    CopyBackupToRegion: { input: 'CopyBackupToRegionRequest', output: 'CopyBackupToRegionResponse', errors: ['CloudHsmAccessDeniedException', 'CloudHsmInternalFailureException', 'CloudHsmInvalidRequestException', 'CloudHsmResourceNotFoundException', 'CloudHsmServiceException', 'CloudHsmTagException'] },
    CreateCluster: { input: 'CreateClusterRequest', output: 'CreateClusterResponse', errors: ['CloudHsmAccessDeniedException', 'CloudHsmInternalFailureException', 'CloudHsmInvalidRequestException', 'CloudHsmResourceNotFoundException', 'CloudHsmServiceException', 'CloudHsmTagException'] },
    CreateHsm: { input: 'CreateHsmRequest', output: 'CreateHsmResponse', errors: ['CloudHsmInternalFailureException', 'CloudHsmServiceException', 'CloudHsmInvalidRequestException', 'CloudHsmResourceNotFoundException', 'CloudHsmAccessDeniedException'] },
    DeleteBackup: { input: 'DeleteBackupRequest', output: 'DeleteBackupResponse', errors: ['CloudHsmAccessDeniedException', 'CloudHsmInternalFailureException', 'CloudHsmInvalidRequestException', 'CloudHsmResourceNotFoundException', 'CloudHsmServiceException'] },
    DeleteCluster: { input: 'DeleteClusterRequest', output: 'DeleteClusterResponse', errors: ['CloudHsmAccessDeniedException', 'CloudHsmInternalFailureException', 'CloudHsmInvalidRequestException', 'CloudHsmResourceNotFoundException', 'CloudHsmServiceException', 'CloudHsmTagException'] },
    DeleteHsm: { input: 'DeleteHsmRequest', output: 'DeleteHsmResponse', errors: ['CloudHsmInternalFailureException', 'CloudHsmServiceException', 'CloudHsmResourceNotFoundException', 'CloudHsmInvalidRequestException', 'CloudHsmAccessDeniedException'] },
    DeleteResourcePolicy: { input: 'DeleteResourcePolicyRequest', output: 'DeleteResourcePolicyResponse', errors: ['CloudHsmInternalFailureException', 'CloudHsmServiceException', 'CloudHsmInvalidRequestException', 'CloudHsmResourceNotFoundException', 'CloudHsmAccessDeniedException'] },
    DescribeBackups: { input: 'DescribeBackupsRequest', output: 'DescribeBackupsResponse', errors: ['CloudHsmAccessDeniedException', 'CloudHsmInternalFailureException', 'CloudHsmInvalidRequestException', 'CloudHsmResourceNotFoundException', 'CloudHsmServiceException', 'CloudHsmTagException'] },
    DescribeClusters: { input: 'DescribeClustersRequest', output: 'DescribeClustersResponse', errors: ['CloudHsmAccessDeniedException', 'CloudHsmInternalFailureException', 'CloudHsmInvalidRequestException', 'CloudHsmServiceException', 'CloudHsmTagException'] },
    GetResourcePolicy: { input: 'GetResourcePolicyRequest', output: 'GetResourcePolicyResponse', errors: ['CloudHsmInternalFailureException', 'CloudHsmServiceException', 'CloudHsmInvalidRequestException', 'CloudHsmResourceNotFoundException', 'CloudHsmAccessDeniedException'] },
    InitializeCluster: { input: 'InitializeClusterRequest', output: 'InitializeClusterResponse', errors: ['CloudHsmAccessDeniedException', 'CloudHsmInternalFailureException', 'CloudHsmInvalidRequestException', 'CloudHsmResourceNotFoundException', 'CloudHsmServiceException'] },
    ListTags: { input: 'ListTagsRequest', output: 'ListTagsResponse', errors: ['CloudHsmAccessDeniedException', 'CloudHsmInternalFailureException', 'CloudHsmInvalidRequestException', 'CloudHsmResourceNotFoundException', 'CloudHsmServiceException', 'CloudHsmTagException'] },
    ModifyBackupAttributes: { input: 'ModifyBackupAttributesRequest', output: 'ModifyBackupAttributesResponse', errors: ['CloudHsmAccessDeniedException', 'CloudHsmInternalFailureException', 'CloudHsmInvalidRequestException', 'CloudHsmResourceNotFoundException', 'CloudHsmServiceException'] },
    ModifyCluster: { input: 'ModifyClusterRequest', output: 'ModifyClusterResponse', errors: ['CloudHsmAccessDeniedException', 'CloudHsmInternalFailureException', 'CloudHsmInvalidRequestException', 'CloudHsmResourceNotFoundException', 'CloudHsmServiceException'] },
    PutResourcePolicy: { input: 'PutResourcePolicyRequest', output: 'PutResourcePolicyResponse', errors: ['CloudHsmInternalFailureException', 'CloudHsmServiceException', 'CloudHsmInvalidRequestException', 'CloudHsmResourceNotFoundException', 'CloudHsmAccessDeniedException'] },
    RestoreBackup: { input: 'RestoreBackupRequest', output: 'RestoreBackupResponse', errors: ['CloudHsmAccessDeniedException', 'CloudHsmInternalFailureException', 'CloudHsmInvalidRequestException', 'CloudHsmResourceNotFoundException', 'CloudHsmServiceException'] },
    TagResource: { input: 'TagResourceRequest', output: 'TagResourceResponse', errors: ['CloudHsmAccessDeniedException', 'CloudHsmInternalFailureException', 'CloudHsmInvalidRequestException', 'CloudHsmResourceLimitExceededException', 'CloudHsmResourceNotFoundException', 'CloudHsmServiceException', 'CloudHsmTagException'] },
    UntagResource: { input: 'UntagResourceRequest', output: 'UntagResourceResponse', errors: ['CloudHsmAccessDeniedException', 'CloudHsmInternalFailureException', 'CloudHsmInvalidRequestException', 'CloudHsmResourceNotFoundException', 'CloudHsmServiceException', 'CloudHsmTagException'] },
  },
  errors: {
    CloudHsmAccessDeniedException: { message: 'Message' },
    CloudHsmInternalFailureException: { fault: true, message: 'Message' },
    CloudHsmInvalidRequestException: { message: 'Message' },
    CloudHsmResourceLimitExceededException: { message: 'Message' },
    CloudHsmResourceNotFoundException: { message: 'Message' },
    CloudHsmServiceException: { message: 'Message' },
    CloudHsmTagException: { message: 'Message' },
  },
  shapes: {
    Backup: { type: 'structure', members: { BackupId: 'BackupId', BackupArn: 'BackupArn', BackupState: 'BackupState', ClusterId: 'ClusterId', CreateTimestamp: 'Timestamp', CopyTimestamp: 'Timestamp', NeverExpires: 'Boolean', SourceRegion: 'Region', SourceBackup: 'BackupId', SourceCluster: 'ClusterId', DeleteTimestamp: 'Timestamp', TagList: 'TagList', HsmType: 'HsmType', Mode: 'ClusterMode' }, required: ['BackupId'] },
    BackupArn: { type: 'string', pattern: '^(arn:aws(-(us-gov))?:cloudhsm:([a-z]{2}(-(gov|isob|iso))?-(east|west|north|south|central){1,2}-[0-9]{1}):[0-9]{12}:backup/)?backup-[2-7a-zA-Z]{11,16}' },
    BackupId: { type: 'string', pattern: 'backup-[2-7a-zA-Z]{11,16}' },
    BackupPolicy: { type: 'string', enum: ['DEFAULT'] },
    BackupRetentionPolicy: { type: 'structure', members: { Type: 'BackupRetentionType', Value: 'BackupRetentionValue' } },
    BackupRetentionType: { type: 'string', enum: ['DAYS'] },
    BackupRetentionValue: { type: 'string', min: 1, max: 3, pattern: '[0-9]+' },
    BackupState: { type: 'string', enum: ['CREATE_IN_PROGRESS', 'READY', 'DELETED', 'PENDING_DELETION'] },
    Backups: { type: 'list', member: 'Backup' },
    BackupsMaxSize: { type: 'integer', min: 1, max: 50 },
    Boolean: { type: 'boolean' },
    Cert: { type: 'string', max: 20000, pattern: '[a-zA-Z0-9+-/=\\s]*' },
    Certificates: { type: 'structure', members: { ClusterCsr: 'Cert', HsmCertificate: 'Cert', AwsHardwareCertificate: 'Cert', ManufacturerHardwareCertificate: 'Cert', ClusterCertificate: 'Cert' } },
    CloudHsmArn: { type: 'string', pattern: 'arn:aws(-(us-gov))?:cloudhsm:([a-z]{2}(-(gov|isob|iso))?-(east|west|north|south|central){1,2}-[0-9]{1}):[0-9]{12}:(backup/backup|cluster/cluster|hsm/hsm)-[2-7a-zA-Z]{11,16}' },
    Cluster: { type: 'structure', members: { BackupPolicy: 'BackupPolicy', BackupRetentionPolicy: 'BackupRetentionPolicy', ClusterId: 'ClusterId', CreateTimestamp: 'Timestamp', Hsms: 'Hsms', HsmType: 'HsmType', HsmTypeRollbackExpiration: 'Timestamp', PreCoPassword: 'PreCoPassword', SecurityGroup: 'SecurityGroup', SourceBackupId: 'BackupId', State: 'ClusterState', StateMessage: 'StateMessage', SubnetMapping: 'ExternalSubnetMapping', VpcId: 'VpcId', NetworkType: 'NetworkType', Certificates: 'Certificates', TagList: 'TagList', Mode: 'ClusterMode' } },
    ClusterId: { type: 'string', pattern: 'cluster-[2-7a-zA-Z]{11,16}' },
    ClusterMode: { type: 'string', enum: ['FIPS', 'NON_FIPS'] },
    ClusterState: { type: 'string', enum: ['CREATE_IN_PROGRESS', 'UNINITIALIZED', 'INITIALIZE_IN_PROGRESS', 'INITIALIZED', 'ACTIVE', 'UPDATE_IN_PROGRESS', 'MODIFY_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS', 'DELETE_IN_PROGRESS', 'DELETED', 'DEGRADED'] },
    Clusters: { type: 'list', member: 'Cluster' },
    ClustersMaxSize: { type: 'integer', min: 1, max: 25 },
    CopyBackupToRegionRequest: { type: 'structure', members: { DestinationRegion: 'Region', BackupId: 'BackupId', TagList: 'TagList' }, required: ['DestinationRegion', 'BackupId'] },
    CopyBackupToRegionResponse: { type: 'structure', members: { DestinationBackup: 'DestinationBackup' } },
    CreateClusterRequest: { type: 'structure', members: { BackupRetentionPolicy: 'BackupRetentionPolicy', HsmType: 'HsmType', SourceBackupId: 'BackupArn', SubnetIds: 'SubnetIds', NetworkType: 'NetworkType', TagList: 'TagList', Mode: 'ClusterMode' }, required: ['HsmType', 'SubnetIds'] },
    CreateClusterResponse: { type: 'structure', members: { Cluster: 'Cluster' } },
    CreateHsmRequest: { type: 'structure', members: { ClusterId: 'ClusterId', AvailabilityZone: 'ExternalAz', IpAddress: 'IpAddress' }, required: ['ClusterId', 'AvailabilityZone'] },
    CreateHsmResponse: { type: 'structure', members: { Hsm: 'Hsm' } },
    DeleteBackupRequest: { type: 'structure', members: { BackupId: 'BackupId' }, required: ['BackupId'] },
    DeleteBackupResponse: { type: 'structure', members: { Backup: 'Backup' } },
    DeleteClusterRequest: { type: 'structure', members: { ClusterId: 'ClusterId' }, required: ['ClusterId'] },
    DeleteClusterResponse: { type: 'structure', members: { Cluster: 'Cluster' } },
    DeleteHsmRequest: { type: 'structure', members: { ClusterId: 'ClusterId', HsmId: 'HsmId', EniId: 'EniId', EniIp: 'IpAddress' }, required: ['ClusterId'] },
    DeleteHsmResponse: { type: 'structure', members: { HsmId: 'HsmId' } },
    DeleteResourcePolicyRequest: { type: 'structure', members: { ResourceArn: 'CloudHsmArn' } },
    DeleteResourcePolicyResponse: { type: 'structure', members: { ResourceArn: 'CloudHsmArn', Policy: 'ResourcePolicy' } },
    DescribeBackupsRequest: { type: 'structure', members: { NextToken: 'NextToken', MaxResults: 'BackupsMaxSize', Filters: 'Filters', Shared: 'Boolean', SortAscending: 'Boolean' } },
    DescribeBackupsResponse: { type: 'structure', members: { Backups: 'Backups', NextToken: 'NextToken' } },
    DescribeClustersRequest: { type: 'structure', members: { Filters: 'Filters', NextToken: 'NextToken', MaxResults: 'ClustersMaxSize' } },
    DescribeClustersResponse: { type: 'structure', members: { Clusters: 'Clusters', NextToken: 'NextToken' } },
    DestinationBackup: { type: 'structure', members: { CreateTimestamp: 'Timestamp', SourceRegion: 'Region', SourceBackup: 'BackupId', SourceCluster: 'ClusterId' } },
    EniId: { type: 'string', pattern: 'eni-[0-9a-fA-F]{8,17}' },
    ExternalAz: { type: 'string', pattern: '[a-z]{2}(-(gov))?-(east|west|north|south|central){1,2}-\\d[a-z]' },
    ExternalSubnetMapping: { type: 'map', key: 'ExternalAz', value: 'SubnetId' },
    Field: { type: 'string', pattern: '[a-zA-Z0-9_-]+' },
    Filters: { type: 'map', key: 'Field', value: 'Strings', max: 30 },
    GetResourcePolicyRequest: { type: 'structure', members: { ResourceArn: 'CloudHsmArn' } },
    GetResourcePolicyResponse: { type: 'structure', members: { Policy: 'ResourcePolicy' } },
    Hsm: { type: 'structure', members: { AvailabilityZone: 'ExternalAz', ClusterId: 'ClusterId', SubnetId: 'SubnetId', EniId: 'EniId', EniIp: 'IpAddress', EniIpV6: 'IpV6Address', HsmId: 'HsmId', HsmType: 'HsmType', State: 'HsmState', StateMessage: 'String' }, required: ['HsmId'] },
    HsmId: { type: 'string', pattern: 'hsm-[2-7a-zA-Z]{11,16}' },
    HsmState: { type: 'string', enum: ['CREATE_IN_PROGRESS', 'ACTIVE', 'DEGRADED', 'DELETE_IN_PROGRESS', 'DELETED'] },
    HsmType: { type: 'string', max: 32, pattern: '((p|)hsm[0-9][a-z.]*\\.[a-zA-Z]+)' },
    Hsms: { type: 'list', member: 'Hsm' },
    InitializeClusterRequest: { type: 'structure', members: { ClusterId: 'ClusterId', SignedCert: 'Cert', TrustAnchor: 'Cert' }, required: ['ClusterId', 'SignedCert', 'TrustAnchor'] },
    InitializeClusterResponse: { type: 'structure', members: { State: 'ClusterState', StateMessage: 'StateMessage' } },
    IpAddress: { type: 'string', pattern: '\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}' },
    IpV6Address: { type: 'string', max: 100 },
    ListTagsRequest: { type: 'structure', members: { ResourceId: 'ResourceId', NextToken: 'NextToken', MaxResults: 'MaxSize' }, required: ['ResourceId'] },
    ListTagsResponse: { type: 'structure', members: { TagList: 'TagList', NextToken: 'NextToken' }, required: ['TagList'] },
    MaxSize: { type: 'integer', min: 1, max: 100 },
    ModifyBackupAttributesRequest: { type: 'structure', members: { BackupId: 'BackupId', NeverExpires: 'Boolean' }, required: ['BackupId', 'NeverExpires'] },
    ModifyBackupAttributesResponse: { type: 'structure', members: { Backup: 'Backup' } },
    ModifyClusterRequest: { type: 'structure', members: { HsmType: 'HsmType', BackupRetentionPolicy: 'BackupRetentionPolicy', ClusterId: 'ClusterId' }, required: ['ClusterId'] },
    ModifyClusterResponse: { type: 'structure', members: { Cluster: 'Cluster' } },
    NetworkType: { type: 'string', enum: ['IPV4', 'DUALSTACK'] },
    NextToken: { type: 'string', max: 256, pattern: '.*' },
    PreCoPassword: { type: 'string', min: 7, max: 32 },
    PutResourcePolicyRequest: { type: 'structure', members: { ResourceArn: 'CloudHsmArn', Policy: 'ResourcePolicy' } },
    PutResourcePolicyResponse: { type: 'structure', members: { ResourceArn: 'CloudHsmArn', Policy: 'ResourcePolicy' } },
    Region: { type: 'string', pattern: '[a-z]{2}(-(gov))?-(east|west|north|south|central){1,2}-\\d' },
    ResourceId: { type: 'string', pattern: '(?:cluster|backup)-[2-7a-zA-Z]{11,16}' },
    ResourcePolicy: { type: 'string', min: 1, max: 20000 },
    RestoreBackupRequest: { type: 'structure', members: { BackupId: 'BackupId' }, required: ['BackupId'] },
    RestoreBackupResponse: { type: 'structure', members: { Backup: 'Backup' } },
    SecurityGroup: { type: 'string', pattern: 'sg-[0-9a-fA-F]{8,17}' },
    StateMessage: { type: 'string', max: 300, pattern: '.*' },
    String: { type: 'string' },
    Strings: { type: 'list', member: 'String' },
    SubnetId: { type: 'string', pattern: 'subnet-[0-9a-fA-F]{8,17}' },
    SubnetIds: { type: 'list', member: 'SubnetId', min: 1, max: 10 },
    Tag: { type: 'structure', members: { Key: 'TagKey', Value: 'TagValue' }, required: ['Key', 'Value'] },
    TagKey: { type: 'string', min: 1, max: 128, pattern: '^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$' },
    TagKeyList: { type: 'list', member: 'TagKey', min: 1, max: 50 },
    TagList: { type: 'list', member: 'Tag', min: 1, max: 50 },
    TagResourceRequest: { type: 'structure', members: { ResourceId: 'ResourceId', TagList: 'TagList' }, required: ['ResourceId', 'TagList'] },
    TagResourceResponse: { type: 'structure', members: {} },
    TagValue: { type: 'string', min: 0, max: 256, pattern: '^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$' },
    Timestamp: { type: 'timestamp' },
    UntagResourceRequest: { type: 'structure', members: { ResourceId: 'ResourceId', TagKeyList: 'TagKeyList' }, required: ['ResourceId', 'TagKeyList'] },
    UntagResourceResponse: { type: 'structure', members: {} },
    VpcId: { type: 'string', pattern: 'vpc-[0-9a-fA-F]' },
    errorMessage: { type: 'string' },
  },
};
