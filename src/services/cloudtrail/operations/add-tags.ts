import { lowerCamel } from '../../../audit/event.ts';
import { operation } from '../cloudtrail.ts';
import { addTags as putTags, requireTags } from '../tags.ts';
import { requireTaggable } from '../trails.ts';

/** AWS: API_AddTags. */
export const addTags = operation('AddTags', {
  action: 'cloudtrail:AddTags',
  readOnly: false,
  resources: ({ input }) => [input.ResourceId],
  audit: lowerCamel,

  async handle(call) {
    const trail = await requireTaggable(call.input.ResourceId, call);
    requireTags(call.input.TagsList);
    await call.commit(null, (tx) => putTags(tx, trail.trail_arn, call.input.TagsList));
    return {};
  },
});
