import { lowerCamel } from '../../../audit/event.ts';
import { trailTags } from '../../../storage/trails.ts';
import { operation } from '../cloudtrail.ts';
import { invalidToken } from '../errors.ts';
import { requireTaggable } from '../trails.ts';

/** Tags of up to 20 trails. AWS: API_ListTags. */
export const listTags = operation('ListTags', {
  action: 'cloudtrail:ListTags',
  readOnly: true,
  resources: ({ input }) => input.ResourceIdList,
  audit: lowerCamel,

  async handle(call) {
    if (call.input.NextToken !== undefined) throw invalidToken();
    const ResourceTagList = [];
    for (const arn of call.input.ResourceIdList) {
      const trail = await requireTaggable(arn, call);
      const tags = await trailTags(call.ports.db, trail.trail_arn);
      ResourceTagList.push({
        ResourceId: arn,
        TagsList: [...tags].map(([Key, Value]) => ({ Key, ...(Value !== '' && { Value }) })),
      });
    }
    return { ResourceTagList };
  },
});
