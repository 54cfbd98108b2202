/** Rules for tags, with AWS's recorded texts. AWS: "Tagging keys". */
import type { Tag } from '../../aws/generated/kms.ts';
import { tagError } from './errors.ts';

/** @throws ApiError TagException */
export function requireValidTags(tags: readonly Tag[], limit: number): void {
  if (tags.length > limit) throw tagError('Too many tags');
  const seen = new Set<string>();
  for (const { TagKey } of tags) {
    if (TagKey.toLowerCase().startsWith('aws:')) throw tagError('Tags beginning with aws: are reserved');
    if (seen.has(TagKey)) throw tagError('Duplicate tag keys');
    seen.add(TagKey);
  }
}
