import { lowerCamel } from '../../../audit/event.ts';
import { listResourceTags } from '../../../storage/cloudhsm-tags.ts';
import { operation } from '../operation.ts';
import { page } from '../pages.ts';
import { arnOf, requireResource } from '../resources.ts';
import { TAGS_PER_RESOURCE } from '../tags.ts';

/** Tags of a cluster or backup. AWS: API_ListTags (CloudHSM). */
export const listTags = operation('ListTags', {
  action: 'cloudhsm:ListTags',
  readOnly: true,
  resources: (call) => [arnOf(call, call.input.ResourceId)],
  audit: lowerCamel,

  async handle(call) {
    const { input, ports } = call;
    await requireResource(call, input.ResourceId);
    const tags = await listResourceTags(ports.db, input.ResourceId);
    const { items, NextToken } = page('ListTags', input, TAGS_PER_RESOURCE, tags, ({ Key }) => Key);
    return NextToken === undefined ? { TagList: items } : { TagList: items, NextToken };
  },
});
