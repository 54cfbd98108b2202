import { lowerCamel } from '../../../audit/event.ts';
import { removeResourceTags } from '../../../storage/cloudhsm-tags.ts';
import { operation } from '../operation.ts';
import { arnOf, requireResource } from '../resources.ts';

/** Takes tags from a cluster or backup; keys that it has not are passed over. AWS: API_UntagResource (CloudHSM). */
export const untagResource = operation('UntagResource', {
  action: 'cloudhsm:UntagResource',
  readOnly: false,
  resources: (call) => [arnOf(call, call.input.ResourceId)],
  audit: lowerCamel,

  async handle(call) {
    const { ResourceId: id, TagKeyList: keys } = call.input;
    await requireResource(call, id);
    await call.commit(null, (tx) => removeResourceTags(tx, id, keys));
    return {};
  },
});
