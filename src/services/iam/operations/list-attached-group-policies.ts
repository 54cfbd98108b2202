import { lowerCamel } from '../../../audit/event.ts';
import { listAttachedPolicies } from '../attachments.ts';
import { named, operation } from '../operation.ts';

/** Managed policies that are attached to a group. AWS: API_ListAttachedGroupPolicies (IAM). */
export const listAttachedGroupPolicies = operation('ListAttachedGroupPolicies', {
  action: 'iam:ListAttachedGroupPolicies',
  readOnly: true,
  resources: named('group', ({ GroupName }) => GroupName),
  audit: lowerCamel,

  handle: async (call) => listAttachedPolicies(call, 'group', call.input.GroupName, call.input),
});
