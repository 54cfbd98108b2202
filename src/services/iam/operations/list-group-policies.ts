import { lowerCamel } from '../../../audit/event.ts';
import { listInlinePolicies } from '../inline-policies.ts';
import { named, operation } from '../operation.ts';

/** Names of the inline policies of a group. AWS: API_ListGroupPolicies (IAM). */
export const listGroupPolicies = operation('ListGroupPolicies', {
  action: 'iam:ListGroupPolicies',
  readOnly: true,
  resources: named('group', ({ GroupName }) => GroupName),
  audit: lowerCamel,

  handle: async (call) => listInlinePolicies(call, 'group', call.input.GroupName, call.input),
});
