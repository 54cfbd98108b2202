/** Resource quotas, AWS's defaults. AWS: "Resource quotas" (KMS developer guide). */
export interface Limits {
  keys: number;
  aliasesPerKey: number;
  customKeyStores: number;
  /** Bytes of a key policy. */
  policyBytes: number;
  tagsPerKey: number;
  /** In a key's whole life. */
  onDemandRotationsPerKey: number;
}

export const DEFAULT_LIMITS: Limits = {
  keys: 100_000,
  aliasesPerKey: 50,
  customKeyStores: 10,
  policyBytes: 32_768,
  tagsPerKey: 50,
  onDemandRotationsPerKey: 25,
};
