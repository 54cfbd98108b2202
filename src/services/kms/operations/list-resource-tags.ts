import { listTags } from '../../../storage/keys.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { page } from '../pagination.ts';

/** AWS: API_ListResourceTags. */
export const listResourceTags = operation('ListResourceTags', {
  action: 'kms:ListResourceTags',
  readOnly: true,
  key: { from: 'KeyId', forms: 'id' },
  context: noConditions,
  audit: ({ KeyId, Limit, Marker }) => ({ keyId: KeyId, limit: Limit, marker: Marker }),

  async handle({ input, key, kms }) {
    const { items, ...rest } = await page(
      input,
      { query: `ListResourceTags ${key.arn}`, defaultLimit: 50, maxLimit: 50 },
      async (after, limit) =>
        (await listTags(kms.db, key.arn)).filter((tag) => comesAfter(tag.key, after)).slice(0, limit),
      (tag) => tag.key,
    );
    return { Tags: items.map((tag) => ({ TagKey: tag.key, TagValue: tag.value })), ...rest };
  },
});

/** In the order of UTF-8 bytes, which is the database's; JavaScript's own puts U+1F511 before U+FF5E. */
function comesAfter(name: string, other: string): boolean {
  return Buffer.compare(Buffer.from(name), Buffer.from(other)) > 0;
}
