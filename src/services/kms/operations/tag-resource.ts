import { lowerCamel } from '../../../audit/event.ts';
import { listTags, putTags } from '../../../storage/keys.ts';
import { tagError } from '../errors.ts';
import { requestTagConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { requireValidTags } from '../tags.ts';

/** Adds tags to a key, or gives those that exist new values. AWS: API_TagResource. */
export const tagResource = operation('TagResource', {
  action: 'kms:TagResource',
  readOnly: false,
  key: { from: 'KeyId', forms: 'id' },
  context: ({ Tags }) => requestTagConditions(Tags),
  audit: ({ KeyId, Tags }) => ({ keyId: KeyId, tags: Tags.map((tag) => lowerCamel(tag)) }),
  validate: ({ input, kms }) => requireValidTags(input.Tags, kms.limits.tagsPerKey),

  async handle(call) {
    const { key, kms, input } = call;
    const tags = input.Tags.map(({ TagKey, TagValue }) => ({ key: TagKey, value: TagValue }));
    await call.commit({ keyId: key.arn }, async (tx) => {
      await putTags(tx, key.arn, tags);
      if ((await listTags(tx, key.arn)).length > kms.limits.tagsPerKey) throw tagError('Too many tags');
    });
    kms.catalog.forget(key.arn);
    return undefined;
  },
});
