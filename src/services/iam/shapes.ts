/** What IAM keeps, as the API shows it. */
import type {
  AccessKeyMetadata,
  AttachedPermissionsBoundary,
  Group as ApiGroup,
  Policy as ApiPolicy,
  PolicyVersion as ApiPolicyVersion,
  Role as ApiRole,
  User as ApiUser,
} from '../../aws/generated/iam.ts';
import type { LastUseRow } from '../../storage/schema-iam.ts';
import { isAwsManaged } from './aws-managed-policies.ts';
import { arnOf } from './entities.ts';
import type { AccessKey, Group, ManagedPolicy, PolicyVersion, Role, User } from './entities.ts';
import { encodeDocument } from './policy-documents.ts';
import type { PolicyUse, Principals } from './principals.ts';
import { shownTrust } from './roles.ts';
import { tagMember } from './tags.ts';

/** As lists show a user: without tags and boundary. */
export function toUser(user: User): ApiUser {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: arnOf(user),
    CreateDate: new Date(user.createdAt),
  };
}

export function toWholeUser(user: User): ApiUser {
  return { ...toUser(user), ...boundaryMember(user.boundary), ...tagMember(user.tags) };
}

export function toGroup(group: Group): ApiGroup {
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.id,
    Arn: arnOf(group),
    CreateDate: new Date(group.createdAt),
  };
}

/** As lists show a role: without tags, boundary and last use. */
export function toRole(role: Role, principals: Principals): ApiRole {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: arnOf(role),
    CreateDate: new Date(role.createdAt),
    AssumeRolePolicyDocument: encodeDocument(shownTrust(role, principals)),
    ...(role.description !== null && { Description: role.description }),
    MaxSessionDuration: role.maxSessionDuration,
  };
}

/** @param used the role's last use */
export function toWholeRole(
  role: Role,
  principals: Principals,
  used: Readonly<LastUseRow> | undefined,
): ApiRole {
  return {
    ...toRole(role, principals),
    ...boundaryMember(role.boundary),
    ...tagMember(role.tags),
    RoleLastUsed: used === undefined ? {} : { LastUsedDate: new Date(used.used_at), Region: used.region },
  };
}

function boundaryMember(boundary: string | null): { PermissionsBoundary?: AttachedPermissionsBoundary } {
  if (boundary === null) return {};
  return {
    PermissionsBoundary: {
      PermissionsBoundaryType: 'PermissionsBoundaryPolicy',
      PermissionsBoundaryArn: boundary,
    },
  };
}

/** One policy, as lists show it. @param accountId whose attachments are counted: all its principals are looked through */
export function toPolicy(policy: ManagedPolicy, principals: Principals, accountId: string): ApiPolicy {
  const { attached, bounded } = principals.entitiesWith(accountId, arnOf(policy));
  return toUsedPolicy(policy, { attached: attached.length, bounded: bounded.length });
}

/** As lists show a policy. @param use of all that Principals.policyUses counted; undefined: nobody has it */
export function toUsedPolicy(policy: ManagedPolicy, use: PolicyUse | undefined): ApiPolicy {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: arnOf(policy),
    Path: policy.path,
    DefaultVersionId: policy.defaultVersionId,
    AttachmentCount: use?.attached ?? 0,
    PermissionsBoundaryUsageCount: use?.bounded ?? 0,
    IsAttachable: !(isAwsManaged(policy) && policy.path === '/aws-service-role/'),
    CreateDate: new Date(policy.createdAt),
    UpdateDate: new Date(policy.updatedAt),
  };
}

export function toWholePolicy(policy: ManagedPolicy, principals: Principals, accountId: string): ApiPolicy {
  return {
    ...toPolicy(policy, principals, accountId),
    ...(policy.description !== null && { Description: policy.description }),
    ...tagMember(policy.tags),
  };
}

/** Without its document. */
export function toVersion(policy: ManagedPolicy, version: PolicyVersion): ApiPolicyVersion {
  return {
    VersionId: version.versionId,
    IsDefaultVersion: version.versionId === policy.defaultVersionId,
    CreateDate: new Date(version.createdAt),
  };
}

/** @param userName undefined for the root user */
export function toAccessKeyMetadata(key: AccessKey, userName: string | undefined): AccessKeyMetadata {
  return {
    ...(userName !== undefined && { UserName: userName }),
    AccessKeyId: key.accessKeyId,
    Status: key.status,
    CreateDate: new Date(key.createdAt),
  };
}
