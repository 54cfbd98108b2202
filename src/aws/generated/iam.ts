// Generated from src/aws/models/iam.json by scripts/generate-api.mjs (npm run generate). Do not edit.
import type { ServiceModel } from '../model.ts';

export interface AccessKey {
  UserName: string;
  AccessKeyId: string;
  Status: StatusType;
  SecretAccessKey: string;
  CreateDate?: Date;
}

export interface AccessKeyLastUsed {
  LastUsedDate?: Date;
  ServiceName: string;
  Region: string;
}

export interface AccessKeyMetadata {
  UserName?: string;
  AccessKeyId?: string;
  Status?: StatusType;
  CreateDate?: Date;
}

export interface AddUserToGroupRequest {
  GroupName: string;
  UserName: string;
}

export interface AttachGroupPolicyRequest {
  GroupName: string;
  PolicyArn: string;
}

export interface AttachRolePolicyRequest {
  RoleName: string;
  PolicyArn: string;
}

export interface AttachUserPolicyRequest {
  UserName: string;
  PolicyArn: string;
}

export interface AttachedPermissionsBoundary {
  PermissionsBoundaryType?: PermissionsBoundaryAttachmentType;
  PermissionsBoundaryArn?: string;
}

export interface AttachedPolicy {
  PolicyName?: string;
  PolicyArn?: string;
}

export interface ContextEntry {
  ContextKeyName?: string;
  ContextKeyValues?: string[];
  ContextKeyType?: ContextKeyTypeEnum;
}

export type ContextKeyTypeEnum =
  | 'string'
  | 'stringList'
  | 'numeric'
  | 'numericList'
  | 'boolean'
  | 'booleanList'
  | 'ip'
  | 'ipList'
  | 'binary'
  | 'binaryList'
  | 'date'
  | 'dateList';

export interface CreateAccessKeyRequest {
  UserName?: string;
}

export interface CreateAccessKeyResponse {
  AccessKey: AccessKey;
}

export interface CreateGroupRequest {
  Path?: string;
  GroupName: string;
}

export interface CreateGroupResponse {
  Group: Group;
}

export interface CreateOpenIDConnectProviderRequest {
  Url: string;
  ClientIDList?: string[];
  ThumbprintList?: string[];
  Tags?: Tag[];
}

export interface CreateOpenIDConnectProviderResponse {
  OpenIDConnectProviderArn?: string;
  Tags?: Tag[];
}

export interface CreatePolicyRequest {
  PolicyName: string;
  Path?: string;
  PolicyDocument: string;
  Description?: string;
  Tags?: Tag[];
}

export interface CreatePolicyResponse {
  Policy?: Policy;
}

export interface CreatePolicyVersionRequest {
  PolicyArn: string;
  PolicyDocument: string;
  SetAsDefault?: boolean;
}

export interface CreatePolicyVersionResponse {
  PolicyVersion?: PolicyVersion;
}

export interface CreateRoleRequest {
  Path?: string;
  RoleName: string;
  AssumeRolePolicyDocument: string;
  Description?: string;
  MaxSessionDuration?: number;
  PermissionsBoundary?: string;
  Tags?: Tag[];
}

export interface CreateRoleResponse {
  Role: Role;
}

export interface CreateServiceLinkedRoleRequest {
  AWSServiceName: string;
  Description?: string;
  CustomSuffix?: string;
}

export interface CreateServiceLinkedRoleResponse {
  Role?: Role;
}

export interface CreateUserRequest {
  Path?: string;
  UserName: string;
  PermissionsBoundary?: string;
  Tags?: Tag[];
}

export interface CreateUserResponse {
  User?: User;
}

export interface DeleteAccessKeyRequest {
  UserName?: string;
  AccessKeyId: string;
}

export interface DeleteGroupPolicyRequest {
  GroupName: string;
  PolicyName: string;
}

export interface DeleteGroupRequest {
  GroupName: string;
}

export interface DeleteOpenIDConnectProviderRequest {
  OpenIDConnectProviderArn: string;
}

export interface DeletePolicyRequest {
  PolicyArn: string;
}

export interface DeletePolicyVersionRequest {
  PolicyArn: string;
  VersionId: string;
}

export interface DeleteRolePermissionsBoundaryRequest {
  RoleName: string;
}

export interface DeleteRolePolicyRequest {
  RoleName: string;
  PolicyName: string;
}

export interface DeleteRoleRequest {
  RoleName: string;
}

export interface DeleteUserPermissionsBoundaryRequest {
  UserName: string;
}

export interface DeleteUserPolicyRequest {
  UserName: string;
  PolicyName: string;
}

export interface DeleteUserRequest {
  UserName: string;
}

export interface DetachGroupPolicyRequest {
  GroupName: string;
  PolicyArn: string;
}

export interface DetachRolePolicyRequest {
  RoleName: string;
  PolicyArn: string;
}

export interface DetachUserPolicyRequest {
  UserName: string;
  PolicyArn: string;
}

export type EntityType =
  | 'User'
  | 'Role'
  | 'Group'
  | 'LocalManagedPolicy'
  | 'AWSManagedPolicy';

export interface EvaluationResult {
  EvalActionName: string;
  EvalResourceName?: string;
  EvalDecision: PolicyEvaluationDecisionType;
  MatchedStatements?: Statement[];
  MissingContextValues?: string[];
  OrganizationsDecisionDetail?: OrganizationsDecisionDetail;
  PermissionsBoundaryDecisionDetail?: PermissionsBoundaryDecisionDetail;
  EvalDecisionDetails?: Record<string, PolicyEvaluationDecisionType>;
  ResourceSpecificResults?: ResourceSpecificResult[];
}

export interface GetAccessKeyLastUsedRequest {
  AccessKeyId: string;
}

export interface GetAccessKeyLastUsedResponse {
  UserName?: string;
  AccessKeyLastUsed?: AccessKeyLastUsed;
}

export interface GetAccountSummaryResponse {
  SummaryMap?: Record<string, number>;
}

export interface GetGroupPolicyRequest {
  GroupName: string;
  PolicyName: string;
}

export interface GetGroupPolicyResponse {
  GroupName: string;
  PolicyName: string;
  PolicyDocument: string;
}

export interface GetGroupRequest {
  GroupName: string;
  Marker?: string;
  MaxItems?: number;
}

export interface GetGroupResponse {
  Group: Group;
  Users: User[];
  IsTruncated?: boolean;
  Marker?: string;
}

export interface GetOpenIDConnectProviderRequest {
  OpenIDConnectProviderArn: string;
}

export interface GetOpenIDConnectProviderResponse {
  Url?: string;
  ClientIDList?: string[];
  ThumbprintList?: string[];
  CreateDate?: Date;
  Tags?: Tag[];
}

export interface GetPolicyRequest {
  PolicyArn: string;
}

export interface GetPolicyResponse {
  Policy?: Policy;
}

export interface GetPolicyVersionRequest {
  PolicyArn: string;
  VersionId: string;
}

export interface GetPolicyVersionResponse {
  PolicyVersion?: PolicyVersion;
}

export interface GetRolePolicyRequest {
  RoleName: string;
  PolicyName: string;
}

export interface GetRolePolicyResponse {
  RoleName: string;
  PolicyName: string;
  PolicyDocument: string;
}

export interface GetRoleRequest {
  RoleName: string;
}

export interface GetRoleResponse {
  Role: Role;
}

export interface GetUserPolicyRequest {
  UserName: string;
  PolicyName: string;
}

export interface GetUserPolicyResponse {
  UserName: string;
  PolicyName: string;
  PolicyDocument: string;
}

export interface GetUserRequest {
  UserName?: string;
}

export interface GetUserResponse {
  User: User;
}

export interface Group {
  Path: string;
  GroupName: string;
  GroupId: string;
  Arn: string;
  CreateDate: Date;
}

export interface InstanceProfile {
  Path: string;
  InstanceProfileName: string;
  InstanceProfileId: string;
  Arn: string;
  CreateDate: Date;
  Roles: Role[];
  Tags?: Tag[];
}

export interface ListAccessKeysRequest {
  UserName?: string;
  Marker?: string;
  MaxItems?: number;
}

export interface ListAccessKeysResponse {
  AccessKeyMetadata: AccessKeyMetadata[];
  IsTruncated?: boolean;
  Marker?: string;
}

export interface ListAttachedGroupPoliciesRequest {
  GroupName: string;
  PathPrefix?: string;
  Marker?: string;
  MaxItems?: number;
}

export interface ListAttachedGroupPoliciesResponse {
  AttachedPolicies?: AttachedPolicy[];
  IsTruncated?: boolean;
  Marker?: string;
}

export interface ListAttachedRolePoliciesRequest {
  RoleName: string;
  PathPrefix?: string;
  Marker?: string;
  MaxItems?: number;
}

export interface ListAttachedRolePoliciesResponse {
  AttachedPolicies?: AttachedPolicy[];
  IsTruncated?: boolean;
  Marker?: string;
}

export interface ListAttachedUserPoliciesRequest {
  UserName: string;
  PathPrefix?: string;
  Marker?: string;
  MaxItems?: number;
}

export interface ListAttachedUserPoliciesResponse {
  AttachedPolicies?: AttachedPolicy[];
  IsTruncated?: boolean;
  Marker?: string;
}

export interface ListEntitiesForPolicyRequest {
  PolicyArn: string;
  EntityFilter?: EntityType;
  PathPrefix?: string;
  PolicyUsageFilter?: PolicyUsageType;
  Marker?: string;
  MaxItems?: number;
}

export interface ListEntitiesForPolicyResponse {
  PolicyGroups?: PolicyGroup[];
  PolicyUsers?: PolicyUser[];
  PolicyRoles?: PolicyRole[];
  IsTruncated?: boolean;
  Marker?: string;
}

export interface ListGroupPoliciesRequest {
  GroupName: string;
  Marker?: string;
  MaxItems?: number;
}

export interface ListGroupPoliciesResponse {
  PolicyNames: string[];
  IsTruncated?: boolean;
  Marker?: string;
}

export interface ListGroupsForUserRequest {
  UserName: string;
  Marker?: string;
  MaxItems?: number;
}

export interface ListGroupsForUserResponse {
  Groups: Group[];
  IsTruncated?: boolean;
  Marker?: string;
}

export interface ListGroupsRequest {
  PathPrefix?: string;
  Marker?: string;
  MaxItems?: number;
}

export interface ListGroupsResponse {
  Groups: Group[];
  IsTruncated?: boolean;
  Marker?: string;
}

export interface ListInstanceProfilesForRoleRequest {
  RoleName: string;
  Marker?: string;
  MaxItems?: number;
}

export interface ListInstanceProfilesForRoleResponse {
  InstanceProfiles: InstanceProfile[];
  IsTruncated?: boolean;
  Marker?: string;
}

export type ListOpenIDConnectProvidersRequest = Record<string, never>;

export interface ListOpenIDConnectProvidersResponse {
  OpenIDConnectProviderList?: OpenIDConnectProviderListEntry[];
}

export interface ListPoliciesRequest {
  Scope?: PolicyScopeType;
  OnlyAttached?: boolean;
  PathPrefix?: string;
  PolicyUsageFilter?: PolicyUsageType;
  Marker?: string;
  MaxItems?: number;
}

export interface ListPoliciesResponse {
  Policies?: Policy[];
  IsTruncated?: boolean;
  Marker?: string;
}

export interface ListPolicyVersionsRequest {
  PolicyArn: string;
  Marker?: string;
  MaxItems?: number;
}

export interface ListPolicyVersionsResponse {
  Versions?: PolicyVersion[];
  IsTruncated?: boolean;
  Marker?: string;
}

export interface ListRolePoliciesRequest {
  RoleName: string;
  Marker?: string;
  MaxItems?: number;
}

export interface ListRolePoliciesResponse {
  PolicyNames: string[];
  IsTruncated?: boolean;
  Marker?: string;
}

export interface ListRoleTagsRequest {
  RoleName: string;
  Marker?: string;
  MaxItems?: number;
}

export interface ListRoleTagsResponse {
  Tags: Tag[];
  IsTruncated?: boolean;
  Marker?: string;
}

export interface ListRolesRequest {
  PathPrefix?: string;
  Marker?: string;
  MaxItems?: number;
}

export interface ListRolesResponse {
  Roles: Role[];
  IsTruncated?: boolean;
  Marker?: string;
}

export interface ListUserPoliciesRequest {
  UserName: string;
  Marker?: string;
  MaxItems?: number;
}

export interface ListUserPoliciesResponse {
  PolicyNames: string[];
  IsTruncated?: boolean;
  Marker?: string;
}

export interface ListUserTagsRequest {
  UserName: string;
  Marker?: string;
  MaxItems?: number;
}

export interface ListUserTagsResponse {
  Tags: Tag[];
  IsTruncated?: boolean;
  Marker?: string;
}

export interface ListUsersRequest {
  PathPrefix?: string;
  Marker?: string;
  MaxItems?: number;
}

export interface ListUsersResponse {
  Users: User[];
  IsTruncated?: boolean;
  Marker?: string;
}

export interface OpenIDConnectProviderListEntry {
  Arn?: string;
}

export interface OrganizationsDecisionDetail {
  AllowedByOrganizations?: boolean;
}

export type PermissionsBoundaryAttachmentType =
  | 'PermissionsBoundaryPolicy';

export interface PermissionsBoundaryDecisionDetail {
  AllowedByPermissionsBoundary?: boolean;
}

export interface Policy {
  PolicyName?: string;
  PolicyId?: string;
  Arn?: string;
  Path?: string;
  DefaultVersionId?: string;
  AttachmentCount?: number;
  PermissionsBoundaryUsageCount?: number;
  IsAttachable?: boolean;
  Description?: string;
  CreateDate?: Date;
  UpdateDate?: Date;
  Tags?: Tag[];
}

export type PolicyEvaluationDecisionType =
  | 'allowed'
  | 'explicitDeny'
  | 'implicitDeny';

export interface PolicyGroup {
  GroupName?: string;
  GroupId?: string;
}

export interface PolicyRole {
  RoleName?: string;
  RoleId?: string;
}

export type PolicySourceType =
  | 'user'
  | 'group'
  | 'role'
  | 'aws-managed'
  | 'user-managed'
  | 'resource'
  | 'none';

export type PolicyUsageType =
  | 'PermissionsPolicy'
  | 'PermissionsBoundary';

export interface PolicyUser {
  UserName?: string;
  UserId?: string;
}

export interface PolicyVersion {
  Document?: string;
  VersionId?: string;
  IsDefaultVersion?: boolean;
  CreateDate?: Date;
}

export interface Position {
  Line?: number;
  Column?: number;
}

export interface PutGroupPolicyRequest {
  GroupName: string;
  PolicyName: string;
  PolicyDocument: string;
}

export interface PutRolePermissionsBoundaryRequest {
  RoleName: string;
  PermissionsBoundary: string;
}

export interface PutRolePolicyRequest {
  RoleName: string;
  PolicyName: string;
  PolicyDocument: string;
}

export interface PutUserPermissionsBoundaryRequest {
  UserName: string;
  PermissionsBoundary: string;
}

export interface PutUserPolicyRequest {
  UserName: string;
  PolicyName: string;
  PolicyDocument: string;
}

export interface RemoveUserFromGroupRequest {
  GroupName: string;
  UserName: string;
}

export interface ResourceSpecificResult {
  EvalResourceName: string;
  EvalResourceDecision: PolicyEvaluationDecisionType;
  MatchedStatements?: Statement[];
  MissingContextValues?: string[];
  EvalDecisionDetails?: Record<string, PolicyEvaluationDecisionType>;
  PermissionsBoundaryDecisionDetail?: PermissionsBoundaryDecisionDetail;
}

export interface Role {
  Path: string;
  RoleName: string;
  RoleId: string;
  Arn: string;
  CreateDate: Date;
  AssumeRolePolicyDocument?: string;
  Description?: string;
  MaxSessionDuration?: number;
  PermissionsBoundary?: AttachedPermissionsBoundary;
  Tags?: Tag[];
  RoleLastUsed?: RoleLastUsed;
}

export interface RoleLastUsed {
  LastUsedDate?: Date;
  Region?: string;
}

export interface SetDefaultPolicyVersionRequest {
  PolicyArn: string;
  VersionId: string;
}

export interface SimulateCustomPolicyRequest {
  PolicyInputList: string[];
  PermissionsBoundaryPolicyInputList?: string[];
  ActionNames: string[];
  ResourceArns?: string[];
  ResourcePolicy?: string;
  ResourceOwner?: string;
  CallerArn?: string;
  ContextEntries?: ContextEntry[];
  ResourceHandlingOption?: string;
  MaxItems?: number;
  Marker?: string;
}

export interface SimulatePolicyResponse {
  EvaluationResults?: EvaluationResult[];
  IsTruncated?: boolean;
  Marker?: string;
}

export interface SimulatePrincipalPolicyRequest {
  PolicySourceArn: string;
  PolicyInputList?: string[];
  PermissionsBoundaryPolicyInputList?: string[];
  ActionNames: string[];
  ResourceArns?: string[];
  ResourcePolicy?: string;
  ResourceOwner?: string;
  CallerArn?: string;
  ContextEntries?: ContextEntry[];
  ResourceHandlingOption?: string;
  MaxItems?: number;
  Marker?: string;
}

export interface Statement {
  SourcePolicyId?: string;
  SourcePolicyType?: PolicySourceType;
  StartPosition?: Position;
  EndPosition?: Position;
}

export interface Tag {
  Key: string;
  Value: string;
}

export interface TagRoleRequest {
  RoleName: string;
  Tags: Tag[];
}

export interface TagUserRequest {
  UserName: string;
  Tags: Tag[];
}

export interface UntagRoleRequest {
  RoleName: string;
  TagKeys: string[];
}

export interface UntagUserRequest {
  UserName: string;
  TagKeys: string[];
}

export interface UpdateAccessKeyRequest {
  UserName?: string;
  AccessKeyId: string;
  Status: StatusType;
}

export interface UpdateAssumeRolePolicyRequest {
  RoleName: string;
  PolicyDocument: string;
}

export interface UpdateRoleRequest {
  RoleName: string;
  Description?: string;
  MaxSessionDuration?: number;
}

export type UpdateRoleResponse = Record<string, never>;

export interface UpdateUserRequest {
  UserName: string;
  NewPath?: string;
  NewUserName?: string;
}

export interface User {
  Path: string;
  UserName: string;
  UserId: string;
  Arn: string;
  CreateDate: Date;
  PasswordLastUsed?: Date;
  PermissionsBoundary?: AttachedPermissionsBoundary;
  Tags?: Tag[];
}

export type PolicyScopeType =
  | 'All'
  | 'AWS'
  | 'Local';

export type StatusType =
  | 'Active'
  | 'Inactive'
  | 'Expired';

export type SummaryKeyType =
  | 'Users'
  | 'UsersQuota'
  | 'Groups'
  | 'GroupsQuota'
  | 'ServerCertificates'
  | 'ServerCertificatesQuota'
  | 'UserPolicySizeQuota'
  | 'GroupPolicySizeQuota'
  | 'GroupsPerUserQuota'
  | 'SigningCertificatesPerUserQuota'
  | 'AccessKeysPerUserQuota'
  | 'MFADevices'
  | 'MFADevicesInUse'
  | 'AccountMFAEnabled'
  | 'AccountAccessKeysPresent'
  | 'AccountPasswordPresent'
  | 'AccountSigningCertificatesPresent'
  | 'AttachedPoliciesPerGroupQuota'
  | 'AttachedPoliciesPerRoleQuota'
  | 'AttachedPoliciesPerUserQuota'
  | 'Policies'
  | 'PoliciesQuota'
  | 'PolicySizeQuota'
  | 'PolicyVersionsInUse'
  | 'PolicyVersionsInUseQuota'
  | 'VersionsPerPolicyQuota'
  | 'GlobalEndpointTokenVersion'
  | 'AssumeRolePolicySizeQuota'
  | 'InstanceProfiles'
  | 'InstanceProfilesQuota'
  | 'Providers'
  | 'RolePolicySizeQuota'
  | 'Roles'
  | 'RolesQuota';

/** Operations with their input and output; undefined where the model has none. */
export interface IamOperations {
  CreateUser: { input: CreateUserRequest; output: CreateUserResponse };
  GetUser: { input: GetUserRequest; output: GetUserResponse };
  ListUsers: { input: ListUsersRequest; output: ListUsersResponse };
  DeleteUser: { input: DeleteUserRequest; output: undefined };
  UpdateUser: { input: UpdateUserRequest; output: undefined };
  TagUser: { input: TagUserRequest; output: undefined };
  UntagUser: { input: UntagUserRequest; output: undefined };
  ListUserTags: { input: ListUserTagsRequest; output: ListUserTagsResponse };
  CreateAccessKey: { input: CreateAccessKeyRequest; output: CreateAccessKeyResponse };
  ListAccessKeys: { input: ListAccessKeysRequest; output: ListAccessKeysResponse };
  UpdateAccessKey: { input: UpdateAccessKeyRequest; output: undefined };
  DeleteAccessKey: { input: DeleteAccessKeyRequest; output: undefined };
  GetAccessKeyLastUsed: { input: GetAccessKeyLastUsedRequest; output: GetAccessKeyLastUsedResponse };
  PutUserPolicy: { input: PutUserPolicyRequest; output: undefined };
  GetUserPolicy: { input: GetUserPolicyRequest; output: GetUserPolicyResponse };
  ListUserPolicies: { input: ListUserPoliciesRequest; output: ListUserPoliciesResponse };
  DeleteUserPolicy: { input: DeleteUserPolicyRequest; output: undefined };
  AttachUserPolicy: { input: AttachUserPolicyRequest; output: undefined };
  DetachUserPolicy: { input: DetachUserPolicyRequest; output: undefined };
  ListAttachedUserPolicies: { input: ListAttachedUserPoliciesRequest; output: ListAttachedUserPoliciesResponse };
  PutUserPermissionsBoundary: { input: PutUserPermissionsBoundaryRequest; output: undefined };
  DeleteUserPermissionsBoundary: { input: DeleteUserPermissionsBoundaryRequest; output: undefined };
  PutRolePermissionsBoundary: { input: PutRolePermissionsBoundaryRequest; output: undefined };
  DeleteRolePermissionsBoundary: { input: DeleteRolePermissionsBoundaryRequest; output: undefined };
  CreateGroup: { input: CreateGroupRequest; output: CreateGroupResponse };
  GetGroup: { input: GetGroupRequest; output: GetGroupResponse };
  ListGroups: { input: ListGroupsRequest; output: ListGroupsResponse };
  DeleteGroup: { input: DeleteGroupRequest; output: undefined };
  AddUserToGroup: { input: AddUserToGroupRequest; output: undefined };
  RemoveUserFromGroup: { input: RemoveUserFromGroupRequest; output: undefined };
  ListGroupsForUser: { input: ListGroupsForUserRequest; output: ListGroupsForUserResponse };
  PutGroupPolicy: { input: PutGroupPolicyRequest; output: undefined };
  GetGroupPolicy: { input: GetGroupPolicyRequest; output: GetGroupPolicyResponse };
  ListGroupPolicies: { input: ListGroupPoliciesRequest; output: ListGroupPoliciesResponse };
  DeleteGroupPolicy: { input: DeleteGroupPolicyRequest; output: undefined };
  AttachGroupPolicy: { input: AttachGroupPolicyRequest; output: undefined };
  DetachGroupPolicy: { input: DetachGroupPolicyRequest; output: undefined };
  ListAttachedGroupPolicies: { input: ListAttachedGroupPoliciesRequest; output: ListAttachedGroupPoliciesResponse };
  CreateRole: { input: CreateRoleRequest; output: CreateRoleResponse };
  GetRole: { input: GetRoleRequest; output: GetRoleResponse };
  ListRoles: { input: ListRolesRequest; output: ListRolesResponse };
  DeleteRole: { input: DeleteRoleRequest; output: undefined };
  UpdateRole: { input: UpdateRoleRequest; output: UpdateRoleResponse };
  UpdateAssumeRolePolicy: { input: UpdateAssumeRolePolicyRequest; output: undefined };
  TagRole: { input: TagRoleRequest; output: undefined };
  UntagRole: { input: UntagRoleRequest; output: undefined };
  ListRoleTags: { input: ListRoleTagsRequest; output: ListRoleTagsResponse };
  PutRolePolicy: { input: PutRolePolicyRequest; output: undefined };
  GetRolePolicy: { input: GetRolePolicyRequest; output: GetRolePolicyResponse };
  ListRolePolicies: { input: ListRolePoliciesRequest; output: ListRolePoliciesResponse };
  DeleteRolePolicy: { input: DeleteRolePolicyRequest; output: undefined };
  AttachRolePolicy: { input: AttachRolePolicyRequest; output: undefined };
  DetachRolePolicy: { input: DetachRolePolicyRequest; output: undefined };
  ListAttachedRolePolicies: { input: ListAttachedRolePoliciesRequest; output: ListAttachedRolePoliciesResponse };
  ListInstanceProfilesForRole: { input: ListInstanceProfilesForRoleRequest; output: ListInstanceProfilesForRoleResponse };
  CreateServiceLinkedRole: { input: CreateServiceLinkedRoleRequest; output: CreateServiceLinkedRoleResponse };
  CreatePolicy: { input: CreatePolicyRequest; output: CreatePolicyResponse };
  GetPolicy: { input: GetPolicyRequest; output: GetPolicyResponse };
  ListPolicies: { input: ListPoliciesRequest; output: ListPoliciesResponse };
  DeletePolicy: { input: DeletePolicyRequest; output: undefined };
  CreatePolicyVersion: { input: CreatePolicyVersionRequest; output: CreatePolicyVersionResponse };
  GetPolicyVersion: { input: GetPolicyVersionRequest; output: GetPolicyVersionResponse };
  ListPolicyVersions: { input: ListPolicyVersionsRequest; output: ListPolicyVersionsResponse };
  DeletePolicyVersion: { input: DeletePolicyVersionRequest; output: undefined };
  SetDefaultPolicyVersion: { input: SetDefaultPolicyVersionRequest; output: undefined };
  ListEntitiesForPolicy: { input: ListEntitiesForPolicyRequest; output: ListEntitiesForPolicyResponse };
  CreateOpenIDConnectProvider: { input: CreateOpenIDConnectProviderRequest; output: CreateOpenIDConnectProviderResponse };
  GetOpenIDConnectProvider: { input: GetOpenIDConnectProviderRequest; output: GetOpenIDConnectProviderResponse };
  ListOpenIDConnectProviders: { input: ListOpenIDConnectProvidersRequest; output: ListOpenIDConnectProvidersResponse };
  DeleteOpenIDConnectProvider: { input: DeleteOpenIDConnectProviderRequest; output: undefined };
  SimulatePrincipalPolicy: { input: SimulatePrincipalPolicyRequest; output: SimulatePolicyResponse };
  SimulateCustomPolicy: { input: SimulateCustomPolicyRequest; output: SimulatePolicyResponse };
  GetAccountSummary: { input: undefined; output: GetAccountSummaryResponse };
}

export type IamErrorCode =
  | 'ConcurrentModificationException'
  | 'DeleteConflictException'
  | 'EntityAlreadyExistsException'
  | 'EntityTemporarilyUnmodifiableException'
  | 'InvalidInputException'
  | 'LimitExceededException'
  | 'MalformedPolicyDocumentException'
  | 'NoSuchEntityException'
  | 'OpenIdIdpCommunicationErrorException'
  | 'PolicyEvaluationException'
  | 'PolicyNotAttachableException'
  | 'ServiceFailureException'
  | 'UnmodifiableEntityException';

export const iam: ServiceModel = {
  metadata: { apiVersion: '2010-05-08', endpointPrefix: 'iam', protocol: 'query', serviceId: 'IAM', signatureVersion: 'v4', xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/' },
  operations: {
    CreateUser: { input: 'CreateUserRequest', output: 'CreateUserResponse', resultWrapper: 'CreateUserResult', errors: ['LimitExceededException', 'EntityAlreadyExistsException', 'NoSuchEntityException', 'InvalidInputException', 'ConcurrentModificationException', 'ServiceFailureException'] },
    GetUser: { input: 'GetUserRequest', output: 'GetUserResponse', resultWrapper: 'GetUserResult', errors: ['NoSuchEntityException', 'ServiceFailureException'] },
    ListUsers: { input: 'ListUsersRequest', output: 'ListUsersResponse', resultWrapper: 'ListUsersResult', errors: ['ServiceFailureException'] },
    DeleteUser: { input: 'DeleteUserRequest', errors: ['LimitExceededException', 'NoSuchEntityException', 'DeleteConflictException', 'ConcurrentModificationException', 'ServiceFailureException'] },
    UpdateUser: { input: 'UpdateUserRequest', errors: ['NoSuchEntityException', 'LimitExceededException', 'EntityAlreadyExistsException', 'EntityTemporarilyUnmodifiableException', 'ConcurrentModificationException', 'ServiceFailureException'] },
    TagUser: { input: 'TagUserRequest', errors: ['NoSuchEntityException', 'LimitExceededException', 'InvalidInputException', 'ConcurrentModificationException', 'ServiceFailureException'] },
    UntagUser: { input: 'UntagUserRequest', errors: ['NoSuchEntityException', 'ConcurrentModificationException', 'ServiceFailureException'] },
    ListUserTags: { input: 'ListUserTagsRequest', output: 'ListUserTagsResponse', resultWrapper: 'ListUserTagsResult', errors: ['NoSuchEntityException', 'ServiceFailureException'] },
    CreateAccessKey: { input: 'CreateAccessKeyRequest', output: 'CreateAccessKeyResponse', resultWrapper: 'CreateAccessKeyResult', errors: ['NoSuchEntityException', 'LimitExceededException', 'ServiceFailureException'] },
    ListAccessKeys: { input: 'ListAccessKeysRequest', output: 'ListAccessKeysResponse', resultWrapper: 'ListAccessKeysResult', errors: ['NoSuchEntityException', 'ServiceFailureException'] },
    UpdateAccessKey: { input: 'UpdateAccessKeyRequest', errors: ['NoSuchEntityException', 'LimitExceededException', 'ServiceFailureException', 'InvalidInputException'] },
    DeleteAccessKey: { input: 'DeleteAccessKeyRequest', errors: ['NoSuchEntityException', 'LimitExceededException', 'ServiceFailureException'] },
    GetAccessKeyLastUsed: { input: 'GetAccessKeyLastUsedRequest', output: 'GetAccessKeyLastUsedResponse', resultWrapper: 'GetAccessKeyLastUsedResult', errors: [] },
    PutUserPolicy: { input: 'PutUserPolicyRequest', errors: ['LimitExceededException', 'MalformedPolicyDocumentException', 'NoSuchEntityException', 'ServiceFailureException'] },
    GetUserPolicy: { input: 'GetUserPolicyRequest', output: 'GetUserPolicyResponse', resultWrapper: 'GetUserPolicyResult', errors: ['NoSuchEntityException', 'ServiceFailureException'] },
    ListUserPolicies: { input: 'ListUserPoliciesRequest', output: 'ListUserPoliciesResponse', resultWrapper: 'ListUserPoliciesResult', errors: ['NoSuchEntityException', 'ServiceFailureException'] },
    DeleteUserPolicy: { input: 'DeleteUserPolicyRequest', errors: ['NoSuchEntityException', 'LimitExceededException', 'ServiceFailureException'] },
    AttachUserPolicy: { input: 'AttachUserPolicyRequest', errors: ['NoSuchEntityException', 'LimitExceededException', 'InvalidInputException', 'PolicyNotAttachableException', 'ServiceFailureException'] },
    DetachUserPolicy: { input: 'DetachUserPolicyRequest', errors: ['NoSuchEntityException', 'LimitExceededException', 'InvalidInputException', 'ServiceFailureException'] },
    ListAttachedUserPolicies: { input: 'ListAttachedUserPoliciesRequest', output: 'ListAttachedUserPoliciesResponse', resultWrapper: 'ListAttachedUserPoliciesResult', errors: ['NoSuchEntityException', 'InvalidInputException', 'ServiceFailureException'] },
    PutUserPermissionsBoundary: { input: 'PutUserPermissionsBoundaryRequest', errors: ['NoSuchEntityException', 'InvalidInputException', 'PolicyNotAttachableException', 'ServiceFailureException'] },
    DeleteUserPermissionsBoundary: { input: 'DeleteUserPermissionsBoundaryRequest', errors: ['NoSuchEntityException', 'ServiceFailureException'] },
    PutRolePermissionsBoundary: { input: 'PutRolePermissionsBoundaryRequest', errors: ['NoSuchEntityException', 'InvalidInputException', 'UnmodifiableEntityException', 'PolicyNotAttachableException', 'ServiceFailureException'] },
    DeleteRolePermissionsBoundary: { input: 'DeleteRolePermissionsBoundaryRequest', errors: ['NoSuchEntityException', 'UnmodifiableEntityException', 'ServiceFailureException'] },
    CreateGroup: { input: 'CreateGroupRequest', output: 'CreateGroupResponse', resultWrapper: 'CreateGroupResult', errors: ['LimitExceededException', 'EntityAlreadyExistsException', 'NoSuchEntityException', 'ServiceFailureException'] },
    GetGroup: { input: 'GetGroupRequest', output: 'GetGroupResponse', resultWrapper: 'GetGroupResult', errors: ['NoSuchEntityException', 'ServiceFailureException'] },
    ListGroups: { input: 'ListGroupsRequest', output: 'ListGroupsResponse', resultWrapper: 'ListGroupsResult', errors: ['ServiceFailureException'] },
    DeleteGroup: { input: 'DeleteGroupRequest', errors: ['NoSuchEntityException', 'DeleteConflictException', 'LimitExceededException', 'ServiceFailureException'] },
    AddUserToGroup: { input: 'AddUserToGroupRequest', errors: ['NoSuchEntityException', 'LimitExceededException', 'ServiceFailureException'] },
    RemoveUserFromGroup: { input: 'RemoveUserFromGroupRequest', errors: ['NoSuchEntityException', 'LimitExceededException', 'ServiceFailureException'] },
    ListGroupsForUser: { input: 'ListGroupsForUserRequest', output: 'ListGroupsForUserResponse', resultWrapper: 'ListGroupsForUserResult', errors: ['NoSuchEntityException', 'ServiceFailureException'] },
    PutGroupPolicy: { input: 'PutGroupPolicyRequest', errors: ['LimitExceededException', 'MalformedPolicyDocumentException', 'NoSuchEntityException', 'ServiceFailureException'] },
    GetGroupPolicy: { input: 'GetGroupPolicyRequest', output: 'GetGroupPolicyResponse', resultWrapper: 'GetGroupPolicyResult', errors: ['NoSuchEntityException', 'ServiceFailureException'] },
    ListGroupPolicies: { input: 'ListGroupPoliciesRequest', output: 'ListGroupPoliciesResponse', resultWrapper: 'ListGroupPoliciesResult', errors: ['NoSuchEntityException', 'ServiceFailureException'] },
    DeleteGroupPolicy: { input: 'DeleteGroupPolicyRequest', errors: ['NoSuchEntityException', 'LimitExceededException', 'ServiceFailureException'] },
    AttachGroupPolicy: { input: 'AttachGroupPolicyRequest', errors: ['NoSuchEntityException', 'LimitExceededException', 'InvalidInputException', 'PolicyNotAttachableException', 'ServiceFailureException'] },
    DetachGroupPolicy: { input: 'DetachGroupPolicyRequest', errors: ['NoSuchEntityException', 'LimitExceededException', 'InvalidInputException', 'ServiceFailureException'] },
    ListAttachedGroupPolicies: { input: 'ListAttachedGroupPoliciesRequest', output: 'ListAttachedGroupPoliciesResponse', resultWrapper: 'ListAttachedGroupPoliciesResult', errors: ['NoSuchEntityException', 'InvalidInputException', 'ServiceFailureException'] },
    CreateRole: { input: 'CreateRoleRequest', output: 'CreateRoleResponse', resultWrapper: 'CreateRoleResult', errors: ['LimitExceededException', 'InvalidInputException', 'EntityAlreadyExistsException', 'MalformedPolicyDocumentException', 'ConcurrentModificationException', 'ServiceFailureException'] },
    GetRole: { input: 'GetRoleRequest', output: 'GetRoleResponse', resultWrapper: 'GetRoleResult', errors: ['NoSuchEntityException', 'ServiceFailureException'] },
    ListRoles: { input: 'ListRolesRequest', output: 'ListRolesResponse', resultWrapper: 'ListRolesResult', errors: ['ServiceFailureException'] },
    DeleteRole: { input: 'DeleteRoleRequest', errors: ['NoSuchEntityException', 'DeleteConflictException', 'LimitExceededException', 'UnmodifiableEntityException', 'ConcurrentModificationException', 'ServiceFailureException'] },
    UpdateRole: { input: 'UpdateRoleRequest', output: 'UpdateRoleResponse', resultWrapper: 'UpdateRoleResult', errors: ['UnmodifiableEntityException', 'NoSuchEntityException', 'ServiceFailureException'] },
    UpdateAssumeRolePolicy: { input: 'UpdateAssumeRolePolicyRequest', errors: ['NoSuchEntityException', 'MalformedPolicyDocumentException', 'LimitExceededException', 'UnmodifiableEntityException', 'ServiceFailureException'] },
    TagRole: { input: 'TagRoleRequest', errors: ['NoSuchEntityException', 'LimitExceededException', 'InvalidInputException', 'ConcurrentModificationException', 'ServiceFailureException'] },
    UntagRole: { input: 'UntagRoleRequest', errors: ['NoSuchEntityException', 'ConcurrentModificationException', 'ServiceFailureException'] },
    ListRoleTags: { input: 'ListRoleTagsRequest', output: 'ListRoleTagsResponse', resultWrapper: 'ListRoleTagsResult', errors: ['NoSuchEntityException', 'ServiceFailureException'] },
    PutRolePolicy: { input: 'PutRolePolicyRequest', errors: ['LimitExceededException', 'MalformedPolicyDocumentException', 'NoSuchEntityException', 'UnmodifiableEntityException', 'ServiceFailureException'] },
    GetRolePolicy: { input: 'GetRolePolicyRequest', output: 'GetRolePolicyResponse', resultWrapper: 'GetRolePolicyResult', errors: ['NoSuchEntityException', 'ServiceFailureException'] },
    ListRolePolicies: { input: 'ListRolePoliciesRequest', output: 'ListRolePoliciesResponse', resultWrapper: 'ListRolePoliciesResult', errors: ['NoSuchEntityException', 'ServiceFailureException'] },
    DeleteRolePolicy: { input: 'DeleteRolePolicyRequest', errors: ['NoSuchEntityException', 'LimitExceededException', 'UnmodifiableEntityException', 'ServiceFailureException'] },
    AttachRolePolicy: { input: 'AttachRolePolicyRequest', errors: ['NoSuchEntityException', 'LimitExceededException', 'InvalidInputException', 'UnmodifiableEntityException', 'PolicyNotAttachableException', 'ServiceFailureException'] },
    DetachRolePolicy: { input: 'DetachRolePolicyRequest', errors: ['NoSuchEntityException', 'LimitExceededException', 'InvalidInputException', 'UnmodifiableEntityException', 'ServiceFailureException'] },
    ListAttachedRolePolicies: { input: 'ListAttachedRolePoliciesRequest', output: 'ListAttachedRolePoliciesResponse', resultWrapper: 'ListAttachedRolePoliciesResult', errors: ['NoSuchEntityException', 'InvalidInputException', 'ServiceFailureException'] },
    ListInstanceProfilesForRole: { input: 'ListInstanceProfilesForRoleRequest', output: 'ListInstanceProfilesForRoleResponse', resultWrapper: 'ListInstanceProfilesForRoleResult', errors: ['NoSuchEntityException', 'ServiceFailureException'] },
    CreateServiceLinkedRole: { input: 'CreateServiceLinkedRoleRequest', output: 'CreateServiceLinkedRoleResponse', resultWrapper: 'CreateServiceLinkedRoleResult', errors: ['InvalidInputException', 'LimitExceededException', 'NoSuchEntityException', 'ServiceFailureException'] },
    CreatePolicy: { input: 'CreatePolicyRequest', output: 'CreatePolicyResponse', resultWrapper: 'CreatePolicyResult', errors: ['InvalidInputException', 'LimitExceededException', 'EntityAlreadyExistsException', 'MalformedPolicyDocumentException', 'ConcurrentModificationException', 'ServiceFailureException'] },
    GetPolicy: { input: 'GetPolicyRequest', output: 'GetPolicyResponse', resultWrapper: 'GetPolicyResult', errors: ['NoSuchEntityException', 'InvalidInputException', 'ServiceFailureException'] },
    ListPolicies: { input: 'ListPoliciesRequest', output: 'ListPoliciesResponse', resultWrapper: 'ListPoliciesResult', errors: ['ServiceFailureException'] },
    DeletePolicy: { input: 'DeletePolicyRequest', errors: ['NoSuchEntityException', 'LimitExceededException', 'InvalidInputException', 'DeleteConflictException', 'ServiceFailureException'] },
    CreatePolicyVersion: { input: 'CreatePolicyVersionRequest', output: 'CreatePolicyVersionResponse', resultWrapper: 'CreatePolicyVersionResult', errors: ['NoSuchEntityException', 'MalformedPolicyDocumentException', 'InvalidInputException', 'LimitExceededException', 'ServiceFailureException'] },
    GetPolicyVersion: { input: 'GetPolicyVersionRequest', output: 'GetPolicyVersionResponse', resultWrapper: 'GetPolicyVersionResult', errors: ['NoSuchEntityException', 'InvalidInputException', 'ServiceFailureException'] },
    ListPolicyVersions: { input: 'ListPolicyVersionsRequest', output: 'ListPolicyVersionsResponse', resultWrapper: 'ListPolicyVersionsResult', errors: ['NoSuchEntityException', 'InvalidInputException', 'ServiceFailureException'] },
    DeletePolicyVersion: { input: 'DeletePolicyVersionRequest', errors: ['NoSuchEntityException', 'LimitExceededException', 'InvalidInputException', 'DeleteConflictException', 'ServiceFailureException'] },
    SetDefaultPolicyVersion: { input: 'SetDefaultPolicyVersionRequest', errors: ['NoSuchEntityException', 'InvalidInputException', 'LimitExceededException', 'ServiceFailureException'] },
    ListEntitiesForPolicy: { input: 'ListEntitiesForPolicyRequest', output: 'ListEntitiesForPolicyResponse', resultWrapper: 'ListEntitiesForPolicyResult', errors: ['NoSuchEntityException', 'InvalidInputException', 'ServiceFailureException'] },
    CreateOpenIDConnectProvider: { input: 'CreateOpenIDConnectProviderRequest', output: 'CreateOpenIDConnectProviderResponse', resultWrapper: 'CreateOpenIDConnectProviderResult', errors: ['InvalidInputException', 'EntityAlreadyExistsException', 'LimitExceededException', 'ConcurrentModificationException', 'ServiceFailureException', 'OpenIdIdpCommunicationErrorException'] },
    GetOpenIDConnectProvider: { input: 'GetOpenIDConnectProviderRequest', output: 'GetOpenIDConnectProviderResponse', resultWrapper: 'GetOpenIDConnectProviderResult', errors: ['InvalidInputException', 'NoSuchEntityException', 'ServiceFailureException'] },
    ListOpenIDConnectProviders: { input: 'ListOpenIDConnectProvidersRequest', output: 'ListOpenIDConnectProvidersResponse', resultWrapper: 'ListOpenIDConnectProvidersResult', errors: ['ServiceFailureException'] },
    DeleteOpenIDConnectProvider: { input: 'DeleteOpenIDConnectProviderRequest', errors: ['InvalidInputException', 'NoSuchEntityException', 'ServiceFailureException'] },
    SimulatePrincipalPolicy: { input: 'SimulatePrincipalPolicyRequest', output: 'SimulatePolicyResponse', resultWrapper: 'SimulatePrincipalPolicyResult', errors: ['NoSuchEntityException', 'InvalidInputException', 'PolicyEvaluationException'] },
    SimulateCustomPolicy: { input: 'SimulateCustomPolicyRequest', output: 'SimulatePolicyResponse', resultWrapper: 'SimulateCustomPolicyResult', errors: ['InvalidInputException', 'PolicyEvaluationException'] },
    GetAccountSummary: { output: 'GetAccountSummaryResponse', resultWrapper: 'GetAccountSummaryResult', errors: ['ServiceFailureException'] },
  },
  errors: {
    ConcurrentModificationException: { code: 'ConcurrentModification', status: 409, message: 'message' },
    DeleteConflictException: { code: 'DeleteConflict', status: 409, message: 'message' },
    EntityAlreadyExistsException: { code: 'EntityAlreadyExists', status: 409, message: 'message' },
    EntityTemporarilyUnmodifiableException: { code: 'EntityTemporarilyUnmodifiable', status: 409, message: 'message' },
    InvalidInputException: { code: 'InvalidInput', status: 400, message: 'message' },
    LimitExceededException: { code: 'LimitExceeded', status: 409, message: 'message' },
    MalformedPolicyDocumentException: { code: 'MalformedPolicyDocument', status: 400, message: 'message' },
    NoSuchEntityException: { code: 'NoSuchEntity', status: 404, message: 'message' },
    OpenIdIdpCommunicationErrorException: { code: 'OpenIdIdpCommunicationError', status: 400, message: 'message' },
    PolicyEvaluationException: { code: 'PolicyEvaluation', status: 500, message: 'message' },
    PolicyNotAttachableException: { code: 'PolicyNotAttachable', status: 400, message: 'message' },
    ServiceFailureException: { code: 'ServiceFailure', status: 500, message: 'message' },
    UnmodifiableEntityException: { code: 'UnmodifiableEntity', status: 400, message: 'message' },
  },
  shapes: {
    AccessKey: { type: 'structure', members: { UserName: 'userNameType', AccessKeyId: 'accessKeyIdType', Status: 'statusType', SecretAccessKey: 'accessKeySecretType', CreateDate: 'dateType' }, required: ['UserName', 'AccessKeyId', 'Status', 'SecretAccessKey'] },
    AccessKeyLastUsed: { type: 'structure', members: { LastUsedDate: 'dateType', ServiceName: 'stringType', Region: 'stringType' }, required: ['ServiceName', 'Region'] },
    AccessKeyMetadata: { type: 'structure', members: { UserName: 'userNameType', AccessKeyId: 'accessKeyIdType', Status: 'statusType', CreateDate: 'dateType' } },
    ActionNameListType: { type: 'list', member: 'ActionNameType' },
    ActionNameType: { type: 'string', min: 3, max: 128 },
    AddUserToGroupRequest: { type: 'structure', members: { GroupName: 'groupNameType', UserName: 'existingUserNameType' }, required: ['GroupName', 'UserName'] },
    AttachGroupPolicyRequest: { type: 'structure', members: { GroupName: 'groupNameType', PolicyArn: 'arnType' }, required: ['GroupName', 'PolicyArn'] },
    AttachRolePolicyRequest: { type: 'structure', members: { RoleName: 'roleNameType', PolicyArn: 'arnType' }, required: ['RoleName', 'PolicyArn'] },
    AttachUserPolicyRequest: { type: 'structure', members: { UserName: 'userNameType', PolicyArn: 'arnType' }, required: ['UserName', 'PolicyArn'] },
    AttachedPermissionsBoundary: { type: 'structure', members: { PermissionsBoundaryType: 'PermissionsBoundaryAttachmentType', PermissionsBoundaryArn: 'arnType' } },
    AttachedPolicy: { type: 'structure', members: { PolicyName: 'policyNameType', PolicyArn: 'arnType' } },
    ColumnNumber: { type: 'integer' },
    ConcurrentModificationMessage: { type: 'string' },
    ContextEntry: { type: 'structure', members: { ContextKeyName: 'ContextKeyNameType', ContextKeyValues: 'ContextKeyValueListType', ContextKeyType: 'ContextKeyTypeEnum' } },
    ContextEntryListType: { type: 'list', member: 'ContextEntry' },
    ContextKeyNameType: { type: 'string', min: 5, max: 256 },
    ContextKeyNamesResultListType: { type: 'list', member: 'ContextKeyNameType' },
    ContextKeyTypeEnum: { type: 'string', enum: ['string', 'stringList', 'numeric', 'numericList', 'boolean', 'booleanList', 'ip', 'ipList', 'binary', 'binaryList', 'date', 'dateList'] },
    ContextKeyValueListType: { type: 'list', member: 'ContextKeyValueType' },
    ContextKeyValueType: { type: 'string' },
    CreateAccessKeyRequest: { type: 'structure', members: { UserName: 'existingUserNameType' } },
    CreateAccessKeyResponse: { type: 'structure', members: { AccessKey: 'AccessKey' }, required: ['AccessKey'] },
    CreateGroupRequest: { type: 'structure', members: { Path: 'pathType', GroupName: 'groupNameType' }, required: ['GroupName'] },
    CreateGroupResponse: { type: 'structure', members: { Group: 'Group' }, required: ['Group'] },
    CreateOpenIDConnectProviderRequest: { type: 'structure', members: { Url: 'OpenIDConnectProviderUrlType', ClientIDList: 'clientIDListType', ThumbprintList: 'thumbprintListType', Tags: 'tagListType' }, required: ['Url'] },
    CreateOpenIDConnectProviderResponse: { type: 'structure', members: { OpenIDConnectProviderArn: 'arnType', Tags: 'tagListType' } },
    CreatePolicyRequest: { type: 'structure', members: { PolicyName: 'policyNameType', Path: 'policyPathType', PolicyDocument: 'policyDocumentType', Description: 'policyDescriptionType', Tags: 'tagListType' }, required: ['PolicyName', 'PolicyDocument'] },
    CreatePolicyResponse: { type: 'structure', members: { Policy: 'Policy' } },
    CreatePolicyVersionRequest: { type: 'structure', members: { PolicyArn: 'arnType', PolicyDocument: 'policyDocumentType', SetAsDefault: 'booleanType' }, required: ['PolicyArn', 'PolicyDocument'] },
    CreatePolicyVersionResponse: { type: 'structure', members: { PolicyVersion: 'PolicyVersion' } },
    CreateRoleRequest: { type: 'structure', members: { Path: 'pathType', RoleName: 'roleNameType', AssumeRolePolicyDocument: 'policyDocumentType', Description: 'roleDescriptionType', MaxSessionDuration: 'roleMaxSessionDurationType', PermissionsBoundary: 'arnType', Tags: 'tagListType' }, required: ['RoleName', 'AssumeRolePolicyDocument'] },
    CreateRoleResponse: { type: 'structure', members: { Role: 'Role' }, required: ['Role'] },
    CreateServiceLinkedRoleRequest: { type: 'structure', members: { AWSServiceName: 'groupNameType', Description: 'roleDescriptionType', CustomSuffix: 'customSuffixType' }, required: ['AWSServiceName'] },
    CreateServiceLinkedRoleResponse: { type: 'structure', members: { Role: 'Role' } },
    CreateUserRequest: { type: 'structure', members: { Path: 'pathType', UserName: 'userNameType', PermissionsBoundary: 'arnType', Tags: 'tagListType' }, required: ['UserName'] },
    CreateUserResponse: { type: 'structure', members: { User: 'User' } },
    DeleteAccessKeyRequest: { type: 'structure', members: { UserName: 'existingUserNameType', AccessKeyId: 'accessKeyIdType' }, required: ['AccessKeyId'] },
    DeleteGroupPolicyRequest: { type: 'structure', members: { GroupName: 'groupNameType', PolicyName: 'policyNameType' }, required: ['GroupName', 'PolicyName'] },
    DeleteGroupRequest: { type: 'structure', members: { GroupName: 'groupNameType' }, required: ['GroupName'] },
    DeleteOpenIDConnectProviderRequest: { type: 'structure', members: { OpenIDConnectProviderArn: 'arnType' }, required: ['OpenIDConnectProviderArn'] },
    DeletePolicyRequest: { type: 'structure', members: { PolicyArn: 'arnType' }, required: ['PolicyArn'] },
    DeletePolicyVersionRequest: { type: 'structure', members: { PolicyArn: 'arnType', VersionId: 'policyVersionIdType' }, required: ['PolicyArn', 'VersionId'] },
    DeleteRolePermissionsBoundaryRequest: { type: 'structure', members: { RoleName: 'roleNameType' }, required: ['RoleName'] },
    DeleteRolePolicyRequest: { type: 'structure', members: { RoleName: 'roleNameType', PolicyName: 'policyNameType' }, required: ['RoleName', 'PolicyName'] },
    DeleteRoleRequest: { type: 'structure', members: { RoleName: 'roleNameType' }, required: ['RoleName'] },
    DeleteUserPermissionsBoundaryRequest: { type: 'structure', members: { UserName: 'userNameType' }, required: ['UserName'] },
    DeleteUserPolicyRequest: { type: 'structure', members: { UserName: 'existingUserNameType', PolicyName: 'policyNameType' }, required: ['UserName', 'PolicyName'] },
    DeleteUserRequest: { type: 'structure', members: { UserName: 'existingUserNameType' }, required: ['UserName'] },
    DetachGroupPolicyRequest: { type: 'structure', members: { GroupName: 'groupNameType', PolicyArn: 'arnType' }, required: ['GroupName', 'PolicyArn'] },
    DetachRolePolicyRequest: { type: 'structure', members: { RoleName: 'roleNameType', PolicyArn: 'arnType' }, required: ['RoleName', 'PolicyArn'] },
    DetachUserPolicyRequest: { type: 'structure', members: { UserName: 'userNameType', PolicyArn: 'arnType' }, required: ['UserName', 'PolicyArn'] },
    EntityType: { type: 'string', enum: ['User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy'] },
    EvalDecisionDetailsType: { type: 'map', key: 'EvalDecisionSourceType', value: 'PolicyEvaluationDecisionType' },
    EvalDecisionSourceType: { type: 'string', min: 3, max: 256 },
    EvaluationResult: { type: 'structure', members: { EvalActionName: 'ActionNameType', EvalResourceName: 'ResourceNameType', EvalDecision: 'PolicyEvaluationDecisionType', MatchedStatements: 'StatementListType', MissingContextValues: 'ContextKeyNamesResultListType', OrganizationsDecisionDetail: 'OrganizationsDecisionDetail', PermissionsBoundaryDecisionDetail: 'PermissionsBoundaryDecisionDetail', EvalDecisionDetails: 'EvalDecisionDetailsType', ResourceSpecificResults: 'ResourceSpecificResultListType' }, required: ['EvalActionName', 'EvalDecision'] },
    EvaluationResultsListType: { type: 'list', member: 'EvaluationResult' },
    GetAccessKeyLastUsedRequest: { type: 'structure', members: { AccessKeyId: 'accessKeyIdType' }, required: ['AccessKeyId'] },
    GetAccessKeyLastUsedResponse: { type: 'structure', members: { UserName: 'existingUserNameType', AccessKeyLastUsed: 'AccessKeyLastUsed' } },
    GetAccountSummaryResponse: { type: 'structure', members: { SummaryMap: 'summaryMapType' } },
    GetGroupPolicyRequest: { type: 'structure', members: { GroupName: 'groupNameType', PolicyName: 'policyNameType' }, required: ['GroupName', 'PolicyName'] },
    GetGroupPolicyResponse: { type: 'structure', members: { GroupName: 'groupNameType', PolicyName: 'policyNameType', PolicyDocument: 'policyDocumentType' }, required: ['GroupName', 'PolicyName', 'PolicyDocument'] },
    GetGroupRequest: { type: 'structure', members: { GroupName: 'groupNameType', Marker: 'markerType', MaxItems: 'maxItemsType' }, required: ['GroupName'] },
    GetGroupResponse: { type: 'structure', members: { Group: 'Group', Users: 'userListType', IsTruncated: 'booleanType', Marker: 'responseMarkerType' }, required: ['Group', 'Users'] },
    GetOpenIDConnectProviderRequest: { type: 'structure', members: { OpenIDConnectProviderArn: 'arnType' }, required: ['OpenIDConnectProviderArn'] },
    GetOpenIDConnectProviderResponse: { type: 'structure', members: { Url: 'OpenIDConnectProviderUrlType', ClientIDList: 'clientIDListType', ThumbprintList: 'thumbprintListType', CreateDate: 'dateType', Tags: 'tagListType' } },
    GetPolicyRequest: { type: 'structure', members: { PolicyArn: 'arnType' }, required: ['PolicyArn'] },
    GetPolicyResponse: { type: 'structure', members: { Policy: 'Policy' } },
    GetPolicyVersionRequest: { type: 'structure', members: { PolicyArn: 'arnType', VersionId: 'policyVersionIdType' }, required: ['PolicyArn', 'VersionId'] },
    GetPolicyVersionResponse: { type: 'structure', members: { PolicyVersion: 'PolicyVersion' } },
    GetRolePolicyRequest: { type: 'structure', members: { RoleName: 'roleNameType', PolicyName: 'policyNameType' }, required: ['RoleName', 'PolicyName'] },
    GetRolePolicyResponse: { type: 'structure', members: { RoleName: 'roleNameType', PolicyName: 'policyNameType', PolicyDocument: 'policyDocumentType' }, required: ['RoleName', 'PolicyName', 'PolicyDocument'] },
    GetRoleRequest: { type: 'structure', members: { RoleName: 'roleNameType' }, required: ['RoleName'] },
    GetRoleResponse: { type: 'structure', members: { Role: 'Role' }, required: ['Role'] },
    GetUserPolicyRequest: { type: 'structure', members: { UserName: 'existingUserNameType', PolicyName: 'policyNameType' }, required: ['UserName', 'PolicyName'] },
    GetUserPolicyResponse: { type: 'structure', members: { UserName: 'existingUserNameType', PolicyName: 'policyNameType', PolicyDocument: 'policyDocumentType' }, required: ['UserName', 'PolicyName', 'PolicyDocument'] },
    GetUserRequest: { type: 'structure', members: { UserName: 'existingUserNameType' } },
    GetUserResponse: { type: 'structure', members: { User: 'User' }, required: ['User'] },
    Group: { type: 'structure', members: { Path: 'pathType', GroupName: 'groupNameType', GroupId: 'idType', Arn: 'arnType', CreateDate: 'dateType' }, required: ['Path', 'GroupName', 'GroupId', 'Arn', 'CreateDate'] },
    InstanceProfile: { type: 'structure', members: { Path: 'pathType', InstanceProfileName: 'instanceProfileNameType', InstanceProfileId: 'idType', Arn: 'arnType', CreateDate: 'dateType', Roles: 'roleListType', Tags: 'tagListType' }, required: ['Path', 'InstanceProfileName', 'InstanceProfileId', 'Arn', 'CreateDate', 'Roles'] },
    LineNumber: { type: 'integer' },
    ListAccessKeysRequest: { type: 'structure', members: { UserName: 'existingUserNameType', Marker: 'markerType', MaxItems: 'maxItemsType' } },
    ListAccessKeysResponse: { type: 'structure', members: { AccessKeyMetadata: 'accessKeyMetadataListType', IsTruncated: 'booleanType', Marker: 'responseMarkerType' }, required: ['AccessKeyMetadata'] },
    ListAttachedGroupPoliciesRequest: { type: 'structure', members: { GroupName: 'groupNameType', PathPrefix: 'policyPathType', Marker: 'markerType', MaxItems: 'maxItemsType' }, required: ['GroupName'] },
    ListAttachedGroupPoliciesResponse: { type: 'structure', members: { AttachedPolicies: 'attachedPoliciesListType', IsTruncated: 'booleanType', Marker: 'responseMarkerType' } },
    ListAttachedRolePoliciesRequest: { type: 'structure', members: { RoleName: 'roleNameType', PathPrefix: 'policyPathType', Marker: 'markerType', MaxItems: 'maxItemsType' }, required: ['RoleName'] },
    ListAttachedRolePoliciesResponse: { type: 'structure', members: { AttachedPolicies: 'attachedPoliciesListType', IsTruncated: 'booleanType', Marker: 'responseMarkerType' } },
    ListAttachedUserPoliciesRequest: { type: 'structure', members: { UserName: 'userNameType', PathPrefix: 'policyPathType', Marker: 'markerType', MaxItems: 'maxItemsType' }, required: ['UserName'] },
    ListAttachedUserPoliciesResponse: { type: 'structure', members: { AttachedPolicies: 'attachedPoliciesListType', IsTruncated: 'booleanType', Marker: 'responseMarkerType' } },
    ListEntitiesForPolicyRequest: { type: 'structure', members: { PolicyArn: 'arnType', EntityFilter: 'EntityType', PathPrefix: 'pathType', PolicyUsageFilter: 'PolicyUsageType', Marker: 'markerType', MaxItems: 'maxItemsType' }, required: ['PolicyArn'] },
    ListEntitiesForPolicyResponse: { type: 'structure', members: { PolicyGroups: 'PolicyGroupListType', PolicyUsers: 'PolicyUserListType', PolicyRoles: 'PolicyRoleListType', IsTruncated: 'booleanType', Marker: 'responseMarkerType' } },
    ListGroupPoliciesRequest: { type: 'structure', members: { GroupName: 'groupNameType', Marker: 'markerType', MaxItems: 'maxItemsType' }, required: ['GroupName'] },
    ListGroupPoliciesResponse: { type: 'structure', members: { PolicyNames: 'policyNameListType', IsTruncated: 'booleanType', Marker: 'responseMarkerType' }, required: ['PolicyNames'] },
    ListGroupsForUserRequest: { type: 'structure', members: { UserName: 'existingUserNameType', Marker: 'markerType', MaxItems: 'maxItemsType' }, required: ['UserName'] },
    ListGroupsForUserResponse: { type: 'structure', members: { Groups: 'groupListType', IsTruncated: 'booleanType', Marker: 'responseMarkerType' }, required: ['Groups'] },
    ListGroupsRequest: { type: 'structure', members: { PathPrefix: 'pathPrefixType', Marker: 'markerType', MaxItems: 'maxItemsType' } },
    ListGroupsResponse: { type: 'structure', members: { Groups: 'groupListType', IsTruncated: 'booleanType', Marker: 'responseMarkerType' }, required: ['Groups'] },
    ListInstanceProfilesForRoleRequest: { type: 'structure', members: { RoleName: 'roleNameType', Marker: 'markerType', MaxItems: 'maxItemsType' }, required: ['RoleName'] },
    ListInstanceProfilesForRoleResponse: { type: 'structure', members: { InstanceProfiles: 'instanceProfileListType', IsTruncated: 'booleanType', Marker: 'responseMarkerType' }, required: ['InstanceProfiles'] },
    ListOpenIDConnectProvidersRequest: { type: 'structure', members: {} },
    ListOpenIDConnectProvidersResponse: { type: 'structure', members: { OpenIDConnectProviderList: 'OpenIDConnectProviderListType' } },
    ListPoliciesRequest: { type: 'structure', members: { Scope: 'policyScopeType', OnlyAttached: 'booleanType', PathPrefix: 'policyPathType', PolicyUsageFilter: 'PolicyUsageType', Marker: 'markerType', MaxItems: 'maxItemsType' } },
    ListPoliciesResponse: { type: 'structure', members: { Policies: 'policyListType', IsTruncated: 'booleanType', Marker: 'responseMarkerType' } },
    ListPolicyVersionsRequest: { type: 'structure', members: { PolicyArn: 'arnType', Marker: 'markerType', MaxItems: 'maxItemsType' }, required: ['PolicyArn'] },
    ListPolicyVersionsResponse: { type: 'structure', members: { Versions: 'policyDocumentVersionListType', IsTruncated: 'booleanType', Marker: 'responseMarkerType' } },
    ListRolePoliciesRequest: { type: 'structure', members: { RoleName: 'roleNameType', Marker: 'markerType', MaxItems: 'maxItemsType' }, required: ['RoleName'] },
    ListRolePoliciesResponse: { type: 'structure', members: { PolicyNames: 'policyNameListType', IsTruncated: 'booleanType', Marker: 'responseMarkerType' }, required: ['PolicyNames'] },
    ListRoleTagsRequest: { type: 'structure', members: { RoleName: 'roleNameType', Marker: 'markerType', MaxItems: 'maxItemsType' }, required: ['RoleName'] },
    ListRoleTagsResponse: { type: 'structure', members: { Tags: 'tagListType', IsTruncated: 'booleanType', Marker: 'responseMarkerType' }, required: ['Tags'] },
    ListRolesRequest: { type: 'structure', members: { PathPrefix: 'pathPrefixType', Marker: 'markerType', MaxItems: 'maxItemsType' } },
    ListRolesResponse: { type: 'structure', members: { Roles: 'roleListType', IsTruncated: 'booleanType', Marker: 'responseMarkerType' }, required: ['Roles'] },
    ListUserPoliciesRequest: { type: 'structure', members: { UserName: 'existingUserNameType', Marker: 'markerType', MaxItems: 'maxItemsType' }, required: ['UserName'] },
    ListUserPoliciesResponse: { type: 'structure', members: { PolicyNames: 'policyNameListType', IsTruncated: 'booleanType', Marker: 'responseMarkerType' }, required: ['PolicyNames'] },
    ListUserTagsRequest: { type: 'structure', members: { UserName: 'existingUserNameType', Marker: 'markerType', MaxItems: 'maxItemsType' }, required: ['UserName'] },
    ListUserTagsResponse: { type: 'structure', members: { Tags: 'tagListType', IsTruncated: 'booleanType', Marker: 'responseMarkerType' }, required: ['Tags'] },
    ListUsersRequest: { type: 'structure', members: { PathPrefix: 'pathPrefixType', Marker: 'markerType', MaxItems: 'maxItemsType' } },
    ListUsersResponse: { type: 'structure', members: { Users: 'userListType', IsTruncated: 'booleanType', Marker: 'responseMarkerType' }, required: ['Users'] },
    OpenIDConnectProviderListEntry: { type: 'structure', members: { Arn: 'arnType' } },
    OpenIDConnectProviderListType: { type: 'list', member: 'OpenIDConnectProviderListEntry' },
    OpenIDConnectProviderUrlType: { type: 'string', min: 1, max: 255 },
    OrganizationsDecisionDetail: { type: 'structure', members: { AllowedByOrganizations: 'booleanType' } },
    PermissionsBoundaryAttachmentType: { type: 'string', enum: ['PermissionsBoundaryPolicy'] },
    PermissionsBoundaryDecisionDetail: { type: 'structure', members: { AllowedByPermissionsBoundary: 'booleanType' } },
    Policy: { type: 'structure', members: { PolicyName: 'policyNameType', PolicyId: 'idType', Arn: 'arnType', Path: 'policyPathType', DefaultVersionId: 'policyVersionIdType', AttachmentCount: 'attachmentCountType', PermissionsBoundaryUsageCount: 'attachmentCountType', IsAttachable: 'booleanType', Description: 'policyDescriptionType', CreateDate: 'dateType', UpdateDate: 'dateType', Tags: 'tagListType' } },
    PolicyEvaluationDecisionType: { type: 'string', enum: ['allowed', 'explicitDeny', 'implicitDeny'] },
    PolicyGroup: { type: 'structure', members: { GroupName: 'groupNameType', GroupId: 'idType' } },
    PolicyGroupListType: { type: 'list', member: 'PolicyGroup' },
    PolicyIdentifierType: { type: 'string' },
    PolicyRole: { type: 'structure', members: { RoleName: 'roleNameType', RoleId: 'idType' } },
    PolicyRoleListType: { type: 'list', member: 'PolicyRole' },
    PolicySourceType: { type: 'string', enum: ['user', 'group', 'role', 'aws-managed', 'user-managed', 'resource', 'none'] },
    PolicyUsageType: { type: 'string', enum: ['PermissionsPolicy', 'PermissionsBoundary'] },
    PolicyUser: { type: 'structure', members: { UserName: 'userNameType', UserId: 'idType' } },
    PolicyUserListType: { type: 'list', member: 'PolicyUser' },
    PolicyVersion: { type: 'structure', members: { Document: 'policyDocumentType', VersionId: 'policyVersionIdType', IsDefaultVersion: 'booleanType', CreateDate: 'dateType' } },
    Position: { type: 'structure', members: { Line: 'LineNumber', Column: 'ColumnNumber' } },
    PutGroupPolicyRequest: { type: 'structure', members: { GroupName: 'groupNameType', PolicyName: 'policyNameType', PolicyDocument: 'policyDocumentType' }, required: ['GroupName', 'PolicyName', 'PolicyDocument'] },
    PutRolePermissionsBoundaryRequest: { type: 'structure', members: { RoleName: 'roleNameType', PermissionsBoundary: 'arnType' }, required: ['RoleName', 'PermissionsBoundary'] },
    PutRolePolicyRequest: { type: 'structure', members: { RoleName: 'roleNameType', PolicyName: 'policyNameType', PolicyDocument: 'policyDocumentType' }, required: ['RoleName', 'PolicyName', 'PolicyDocument'] },
    PutUserPermissionsBoundaryRequest: { type: 'structure', members: { UserName: 'userNameType', PermissionsBoundary: 'arnType' }, required: ['UserName', 'PermissionsBoundary'] },
    PutUserPolicyRequest: { type: 'structure', members: { UserName: 'existingUserNameType', PolicyName: 'policyNameType', PolicyDocument: 'policyDocumentType' }, required: ['UserName', 'PolicyName', 'PolicyDocument'] },
    RemoveUserFromGroupRequest: { type: 'structure', members: { GroupName: 'groupNameType', UserName: 'existingUserNameType' }, required: ['GroupName', 'UserName'] },
    ResourceHandlingOptionType: { type: 'string', min: 1, max: 64 },
    ResourceNameListType: { type: 'list', member: 'ResourceNameType' },
    ResourceNameType: { type: 'string', min: 1, max: 2048 },
    ResourceSpecificResult: { type: 'structure', members: { EvalResourceName: 'ResourceNameType', EvalResourceDecision: 'PolicyEvaluationDecisionType', MatchedStatements: 'StatementListType', MissingContextValues: 'ContextKeyNamesResultListType', EvalDecisionDetails: 'EvalDecisionDetailsType', PermissionsBoundaryDecisionDetail: 'PermissionsBoundaryDecisionDetail' }, required: ['EvalResourceName', 'EvalResourceDecision'] },
    ResourceSpecificResultListType: { type: 'list', member: 'ResourceSpecificResult' },
    Role: { type: 'structure', members: { Path: 'pathType', RoleName: 'roleNameType', RoleId: 'idType', Arn: 'arnType', CreateDate: 'dateType', AssumeRolePolicyDocument: 'policyDocumentType', Description: 'roleDescriptionType', MaxSessionDuration: 'roleMaxSessionDurationType', PermissionsBoundary: 'AttachedPermissionsBoundary', Tags: 'tagListType', RoleLastUsed: 'RoleLastUsed' }, required: ['Path', 'RoleName', 'RoleId', 'Arn', 'CreateDate'] },
    RoleLastUsed: { type: 'structure', members: { LastUsedDate: 'dateType', Region: 'stringType' } },
    SetDefaultPolicyVersionRequest: { type: 'structure', members: { PolicyArn: 'arnType', VersionId: 'policyVersionIdType' }, required: ['PolicyArn', 'VersionId'] },
    SimulateCustomPolicyRequest: { type: 'structure', members: { PolicyInputList: 'SimulationPolicyListType', PermissionsBoundaryPolicyInputList: 'SimulationPolicyListType', ActionNames: 'ActionNameListType', ResourceArns: 'ResourceNameListType', ResourcePolicy: 'policyDocumentType', ResourceOwner: 'ResourceNameType', CallerArn: 'ResourceNameType', ContextEntries: 'ContextEntryListType', ResourceHandlingOption: 'ResourceHandlingOptionType', MaxItems: 'maxItemsType', Marker: 'markerType' }, required: ['PolicyInputList', 'ActionNames'] },
    SimulatePolicyResponse: { type: 'structure', members: { EvaluationResults: 'EvaluationResultsListType', IsTruncated: 'booleanType', Marker: 'responseMarkerType' } },
    SimulatePrincipalPolicyRequest: { type: 'structure', members: { PolicySourceArn: 'arnType', PolicyInputList: 'SimulationPolicyListType', PermissionsBoundaryPolicyInputList: 'SimulationPolicyListType', ActionNames: 'ActionNameListType', ResourceArns: 'ResourceNameListType', ResourcePolicy: 'policyDocumentType', ResourceOwner: 'ResourceNameType', CallerArn: 'ResourceNameType', ContextEntries: 'ContextEntryListType', ResourceHandlingOption: 'ResourceHandlingOptionType', MaxItems: 'maxItemsType', Marker: 'markerType' }, required: ['PolicySourceArn', 'ActionNames'] },
    SimulationPolicyListType: { type: 'list', member: 'policyDocumentType' },
    Statement: { type: 'structure', members: { SourcePolicyId: 'PolicyIdentifierType', SourcePolicyType: 'PolicySourceType', StartPosition: 'Position', EndPosition: 'Position' } },
    StatementListType: { type: 'list', member: 'Statement' },
    Tag: { type: 'structure', members: { Key: 'tagKeyType', Value: 'tagValueType' }, required: ['Key', 'Value'] },
    TagRoleRequest: { type: 'structure', members: { RoleName: 'roleNameType', Tags: 'tagListType' }, required: ['RoleName', 'Tags'] },
    TagUserRequest: { type: 'structure', members: { UserName: 'existingUserNameType', Tags: 'tagListType' }, required: ['UserName', 'Tags'] },
    UntagRoleRequest: { type: 'structure', members: { RoleName: 'roleNameType', TagKeys: 'tagKeyListType' }, required: ['RoleName', 'TagKeys'] },
    UntagUserRequest: { type: 'structure', members: { UserName: 'existingUserNameType', TagKeys: 'tagKeyListType' }, required: ['UserName', 'TagKeys'] },
    UpdateAccessKeyRequest: { type: 'structure', members: { UserName: 'existingUserNameType', AccessKeyId: 'accessKeyIdType', Status: 'statusType' }, required: ['AccessKeyId', 'Status'] },
    UpdateAssumeRolePolicyRequest: { type: 'structure', members: { RoleName: 'roleNameType', PolicyDocument: 'policyDocumentType' }, required: ['RoleName', 'PolicyDocument'] },
    UpdateRoleRequest: { type: 'structure', members: { RoleName: 'roleNameType', Description: 'roleDescriptionType', MaxSessionDuration: 'roleMaxSessionDurationType' }, required: ['RoleName'] },
    UpdateRoleResponse: { type: 'structure', members: {} },
    UpdateUserRequest: { type: 'structure', members: { UserName: 'existingUserNameType', NewPath: 'pathType', NewUserName: 'userNameType' }, required: ['UserName'] },
    User: { type: 'structure', members: { Path: 'pathType', UserName: 'userNameType', UserId: 'idType', Arn: 'arnType', CreateDate: 'dateType', PasswordLastUsed: 'dateType', PermissionsBoundary: 'AttachedPermissionsBoundary', Tags: 'tagListType' }, required: ['Path', 'UserName', 'UserId', 'Arn', 'CreateDate'] },
    accessKeyIdType: { type: 'string', min: 16, max: 128, pattern: '[\\w]+' },
    accessKeyMetadataListType: { type: 'list', member: 'AccessKeyMetadata' },
    accessKeySecretType: { type: 'string', sensitive: true },
    arnType: { type: 'string', min: 20, max: 2048 },
    attachedPoliciesListType: { type: 'list', member: 'AttachedPolicy' },
    attachmentCountType: { type: 'integer' },
    booleanType: { type: 'boolean' },
    clientIDListType: { type: 'list', member: 'clientIDType' },
    clientIDType: { type: 'string', min: 1, max: 255 },
    customSuffixType: { type: 'string', min: 1, max: 64, pattern: '[\\w+=,.@-]+' },
    dateType: { type: 'timestamp' },
    deleteConflictMessage: { type: 'string' },
    entityAlreadyExistsMessage: { type: 'string' },
    entityTemporarilyUnmodifiableMessage: { type: 'string' },
    existingUserNameType: { type: 'string', min: 1, max: 128, pattern: '[\\w+=,.@-]+' },
    groupListType: { type: 'list', member: 'Group' },
    groupNameType: { type: 'string', min: 1, max: 128, pattern: '[\\w+=,.@-]+' },
    idType: { type: 'string', min: 16, max: 128, pattern: '[\\w]+' },
    instanceProfileListType: { type: 'list', member: 'InstanceProfile' },
    instanceProfileNameType: { type: 'string', min: 1, max: 128, pattern: '[\\w+=,.@-]+' },
    invalidInputMessage: { type: 'string' },
    limitExceededMessage: { type: 'string' },
    malformedPolicyDocumentMessage: { type: 'string' },
    markerType: { type: 'string', min: 1, max: 320, pattern: '[\\u0020-\\u00FF]+' },
    maxItemsType: { type: 'integer', min: 1, max: 1000 },
    noSuchEntityMessage: { type: 'string' },
    openIdIdpCommunicationErrorExceptionMessage: { type: 'string' },
    pathPrefixType: { type: 'string', min: 1, max: 512, pattern: '\\u002F[\\u0021-\\u007F]*' },
    pathType: { type: 'string', min: 1, max: 512, pattern: '(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)' },
    policyDescriptionType: { type: 'string', max: 1000 },
    policyDocumentType: { type: 'string', min: 1, max: 131072, pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+' },
    policyDocumentVersionListType: { type: 'list', member: 'PolicyVersion' },
    policyEvaluationErrorMessage: { type: 'string' },
    policyListType: { type: 'list', member: 'Policy' },
    policyNameListType: { type: 'list', member: 'policyNameType' },
    policyNameType: { type: 'string', min: 1, max: 128, pattern: '[\\w+=,.@-]+' },
    policyNotAttachableMessage: { type: 'string' },
    policyPathType: { type: 'string', min: 1, max: 512, pattern: '((/[A-Za-z0-9\\.,\\+@=_-]+)*)/' },
    policyScopeType: { type: 'string', enum: ['All', 'AWS', 'Local'] },
    policyVersionIdType: { type: 'string', pattern: 'v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?' },
    responseMarkerType: { type: 'string' },
    roleDescriptionType: { type: 'string', max: 1000, pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*' },
    roleListType: { type: 'list', member: 'Role' },
    roleMaxSessionDurationType: { type: 'integer', min: 3600, max: 43200 },
    roleNameType: { type: 'string', min: 1, max: 64, pattern: '[\\w+=,.@-]+' },
    serviceFailureExceptionMessage: { type: 'string' },
    statusType: { type: 'string', enum: ['Active', 'Inactive', 'Expired'] },
    stringType: { type: 'string' },
    summaryKeyType: { type: 'string', enum: ['Users', 'UsersQuota', 'Groups', 'GroupsQuota', 'ServerCertificates', 'ServerCertificatesQuota', 'UserPolicySizeQuota', 'GroupPolicySizeQuota', 'GroupsPerUserQuota', 'SigningCertificatesPerUserQuota', 'AccessKeysPerUserQuota', 'MFADevices', 'MFADevicesInUse', 'AccountMFAEnabled', 'AccountAccessKeysPresent', 'AccountPasswordPresent', 'AccountSigningCertificatesPresent', 'AttachedPoliciesPerGroupQuota', 'AttachedPoliciesPerRoleQuota', 'AttachedPoliciesPerUserQuota', 'Policies', 'PoliciesQuota', 'PolicySizeQuota', 'PolicyVersionsInUse', 'PolicyVersionsInUseQuota', 'VersionsPerPolicyQuota', 'GlobalEndpointTokenVersion', 'AssumeRolePolicySizeQuota', 'InstanceProfiles', 'InstanceProfilesQuota', 'Providers', 'RolePolicySizeQuota', 'Roles', 'RolesQuota'] },
    summaryMapType: { type: 'map', key: 'summaryKeyType', value: 'summaryValueType' },
    summaryValueType: { type: 'integer' },
    tagKeyListType: { type: 'list', member: 'tagKeyType', max: 50 },
    tagKeyType: { type: 'string', min: 1, max: 128, pattern: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+' },
    tagListType: { type: 'list', member: 'Tag', max: 50 },
    tagValueType: { type: 'string', min: 0, max: 256, pattern: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*' },
    thumbprintListType: { type: 'list', member: 'thumbprintType' },
    thumbprintType: { type: 'string', min: 40, max: 40 },
    unmodifiableEntityMessage: { type: 'string' },
    userListType: { type: 'list', member: 'User' },
    userNameType: { type: 'string', min: 1, max: 64, pattern: '[\\w+=,.@-]+' },
  },
};
