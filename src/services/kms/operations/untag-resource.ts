import { removeTags } from '../../../storage/keys.ts';
import { operation } from '../operation.ts';

/** Removes tags from a key; those that are not there are passed over. AWS: API_UntagResource. */
export const untagResource = operation('UntagResource', {
  action: 'kms:UntagResource',
  readOnly: false,
  key: { from: 'KeyId', forms: 'id' },
  context: ({ TagKeys }) => ({ 'aws:TagKeys': TagKeys }),
  audit: ({ KeyId, TagKeys }) => ({ keyId: KeyId, tagKeys: TagKeys }),

  async handle(call) {
    const { key, kms, input } = call;
    await call.commit({ keyId: key.arn }, (tx) => removeTags(tx, key.arn, input.TagKeys));
    kms.catalog.forget(key.arn);
    return undefined;
  },
});
