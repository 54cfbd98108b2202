/** How much an account may have. AWS: "IAM and AWS STS quotas"; AWS's defaults. */
export const QUOTAS = {
  UsersPerAccount: 5_000,
  GroupsPerAccount: 300,
  RolesPerAccount: 1_000,
  PoliciesPerAccount: 1_500,
  GroupsPerUser: 10,
  AccessKeysPerUser: 2,
  PoliciesPerUser: 10,
  PoliciesPerGroup: 10,
  PoliciesPerRole: 10,
  VersionsPerPolicy: 5,
  OpenIdConnectProvidersPerAccount: 100,
  ClientIdsPerOpenIdConnectProvider: 100,
  ThumbprintsPerOpenIdConnectProvider: 5,
  TagsPerEntity: 50,
} as const;

/** Characters, white space not counted: of all inline policies of one together, of one managed policy, of a trust policy. */
export const POLICY_SIZES = {
  user: 2_048,
  group: 5_120,
  role: 10_240,
  managed: 6_144,
  trust: 2_048,
} as const;
