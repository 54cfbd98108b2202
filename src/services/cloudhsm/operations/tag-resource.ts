import { lowerCamel } from '../../../audit/event.ts';
import { putResourceTags } from '../../../storage/cloudhsm-tags.ts';
import { operation } from '../operation.ts';
import { arnOf, requireResource } from '../resources.ts';
import { requireRoomForTags, requireTags } from '../tags.ts';

/** Adds tags to a cluster or backup, or gives them new values. AWS: API_TagResource (CloudHSM). */
export const tagResource = operation('TagResource', {
  action: 'cloudhsm:TagResource',
  readOnly: false,
  resources: (call) => [arnOf(call, call.input.ResourceId)],
  audit: lowerCamel,

  async handle(call) {
    const { ResourceId: id, TagList: tags } = call.input;
    await requireResource(call, id);
    requireTags(tags);
    await call.commit(null, async (tx) => {
      await requireRoomForTags(tx, id, tags);
      await putResourceTags(tx, id, tags);
    });
    return {};
  },
});
