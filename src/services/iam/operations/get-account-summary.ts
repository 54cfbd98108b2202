import type { Iam } from '../operation.ts';
import { operation } from '../operation.ts';
import { POLICY_SIZES, QUOTAS } from '../quotas.ts';

/** How much of what an account has, and its quotas. AWS: API_GetAccountSummary (IAM). */
export const getAccountSummary = operation('GetAccountSummary', {
  action: 'iam:GetAccountSummary',
  readOnly: true,
  audit: () => null,

  handle: async ({ ports, caller }) => ({ SummaryMap: summaryOf(ports, caller.accountId) }),
});

function summaryOf({ principals }: Iam, accountId: string): Record<string, number> {
  const policies = principals.list(accountId, 'policy');
  return {
    Users: principals.count(accountId, 'user'),
    UsersQuota: QUOTAS.UsersPerAccount,
    Groups: principals.count(accountId, 'group'),
    GroupsQuota: QUOTAS.GroupsPerAccount,
    GroupsPerUserQuota: QUOTAS.GroupsPerUser,
    Roles: principals.count(accountId, 'role'),
    RolesQuota: QUOTAS.RolesPerAccount,
    Policies: policies.length,
    PoliciesQuota: QUOTAS.PoliciesPerAccount,
    PolicyVersionsInUse: policies.reduce((sum, { versions }) => sum + versions.length, 0),
    VersionsPerPolicyQuota: QUOTAS.VersionsPerPolicy,
    Providers: principals.count(accountId, 'oidc-provider'),
    AccessKeysPerUserQuota: QUOTAS.AccessKeysPerUser,
    AccountAccessKeysPresent: principals.accessKeysOf(accountId).length > 0 ? 1 : 0,
    AccountPasswordPresent: 0,
    AccountMFAEnabled: 0,
    MFADevices: 0,
    MFADevicesInUse: 0,
    AttachedPoliciesPerUserQuota: QUOTAS.PoliciesPerUser,
    AttachedPoliciesPerGroupQuota: QUOTAS.PoliciesPerGroup,
    AttachedPoliciesPerRoleQuota: QUOTAS.PoliciesPerRole,
    UserPolicySizeQuota: POLICY_SIZES.user,
    GroupPolicySizeQuota: POLICY_SIZES.group,
    RolePolicySizeQuota: POLICY_SIZES.role,
    PolicySizeQuota: POLICY_SIZES.managed,
    AssumeRolePolicySizeQuota: POLICY_SIZES.trust,
  };
}
