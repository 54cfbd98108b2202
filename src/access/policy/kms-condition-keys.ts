/** The condition keys of KMS. AWS: "AWS KMS condition keys", "Condition keys for attested platforms". */

export const KMS_CONDITION_KEYS = [
  'kms:BypassPolicyLockoutSafetyCheck',
  'kms:CallerAccount',
  'kms:CustomerMasterKeySpec',
  'kms:CustomerMasterKeyUsage',
  'kms:DataKeyPairSpec',
  'kms:EncryptionAlgorithm',
  'kms:EncryptionContextKeys',
  'kms:ExpirationModel',
  'kms:GrantConstraintType',
  'kms:GrantIsForAWSResource',
  'kms:GrantOperations',
  'kms:GranteePrincipal',
  'kms:KeyAgreementAlgorithm',
  'kms:KeyOrigin',
  'kms:KeySpec',
  'kms:KeyUsage',
  'kms:MacAlgorithm',
  'kms:MessageType',
  'kms:MultiRegion',
  'kms:MultiRegionKeyType',
  'kms:PrimaryRegion',
  'kms:ReEncryptOnSameKey',
  'kms:ReplicaRegion',
  'kms:RequestAlias',
  'kms:ResourceAliases',
  'kms:RetiringPrincipal',
  'kms:RotationPeriodInDays',
  'kms:ScheduleKeyDeletionPendingWindowInDays',
  'kms:SigningAlgorithm',
  'kms:ValidTo',
  'kms:ViaService',
  'kms:WrappingAlgorithm',
  'kms:WrappingKeySpec',
] as const;

const KNOWN: ReadonlySet<string> = new Set(KMS_CONDITION_KEYS.map((key) => key.toLowerCase()));

/** Keys with a name of the request behind them. */
const OPEN = [
  /^kms:encryptioncontext:./i,
  /^kms:recipientattestation:(?:imagesha384|pcr\d{1,2}|nitrotpmpcr\d{1,2})$/i,
];

export function isKnownKmsKey(key: string): boolean {
  return KNOWN.has(key.toLowerCase()) || OPEN.some((form) => form.test(key));
}
