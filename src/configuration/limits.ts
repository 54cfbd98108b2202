/** `limits`: resource quotas, AWS's defaults. AWS: "Resource quotas" (KMS developer guide). */
import { mapping, optional, wholeNumber } from './values.ts';

export interface Limits {
  /** Per account and Region. */
  keys: number;
  aliasesPerKey: number;
  grantsPerKey: number;
  customKeyStores: number;
  /** Bytes of a key policy. */
  policyBytes: number;
  tagsPerKey: number;
  /** In a key's whole life. */
  onDemandRotationsPerKey: number;
}

export const limits = mapping<Limits>({
  keys: optional(wholeNumber(1), 100_000),
  aliasesPerKey: optional(wholeNumber(1), 50),
  grantsPerKey: optional(wholeNumber(0), 50_000),
  customKeyStores: optional(wholeNumber(0), 10),
  policyBytes: optional(wholeNumber(1), 32_768),
  tagsPerKey: optional(wholeNumber(0), 50),
  onDemandRotationsPerKey: optional(wholeNumber(0), 25),
});
