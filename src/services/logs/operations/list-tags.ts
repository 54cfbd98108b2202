import { lowerCamel } from '../../../audit/event.ts';
import { noSuchResource } from '../errors.ts';
import { groupResources, logGroupsOf, requireLogGroup } from '../log-groups.ts';
import { operation } from '../operation.ts';

/** Groups of HSM clusters carry no tags: CloudHSM makes them, and there is no call here that tags one. AWS: API_ListTagsForResource. */
export const listTagsForResource = operation('ListTagsForResource', {
  action: 'logs:ListTagsForResource',
  readOnly: true,
  resources: ({ input }) => [input.resourceArn],
  audit: lowerCamel,

  async handle(call) {
    const { resourceArn } = call.input;
    if (!logGroupsOf(call).some(({ arn }) => arn === resourceArn)) throw noSuchResource();
    return { tags: {} };
  },
});

/** AWS: API_ListTagsLogGroup, the older name of the same. */
export const listTagsLogGroup = operation('ListTagsLogGroup', {
  action: 'logs:ListTagsLogGroup',
  readOnly: true,
  resources: groupResources,
  audit: lowerCamel,

  async handle(call) {
    requireLogGroup(call, call.input);
    return { tags: {} };
  },
});
