import { lowerCamel } from '../../../audit/event.ts';
import { deleteTrailTag } from '../../../storage/trails.ts';
import { operation } from '../cloudtrail.ts';
import { requireTaggable } from '../trails.ts';

/** Removes tags by their keys. AWS: API_RemoveTags. */
export const removeTags = operation('RemoveTags', {
  action: 'cloudtrail:RemoveTags',
  readOnly: false,
  resources: ({ input }) => [input.ResourceId],
  audit: lowerCamel,

  async handle(call) {
    const trail = await requireTaggable(call.input.ResourceId, call);
    await call.commit(null, async (tx) => {
      for (const { Key } of call.input.TagsList) await deleteTrailTag(tx, trail.trail_arn, Key);
    });
    return {};
  },
});
