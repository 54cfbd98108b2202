/** Who material belongs to: what the associated data of an encrypted key names (docs/formats.md, "Ciphertext"). */

const MULTI_REGION_KEY_ARN = /^(arn:[^:]+:kms:)[^:]+(:\d{12}:key\/mrk-[0-9a-f]{32})$/;

/**
 * The key's ARN. For a multi-Region key it is the ARN without its Region, which all related keys have in common: AWS's
 * multi-Region keys are one key in several places (developer guide, "Multi-Region keys"). Ids with `mrk-` are made for
 * multi-Region keys alone, and no ARN of a key has an empty Region, so material of a single-Region key stays bound to
 * that one key.
 */
export function materialOwner(keyArn: string): string {
  return keyArn.replace(MULTI_REGION_KEY_ARN, '$1$2');
}
