import { lowerCamel } from '../../../audit/event.ts';
import { listInlinePolicies } from '../inline-policies.ts';
import { named, operation } from '../operation.ts';

/** Names of the inline policies of a user. AWS: API_ListUserPolicies (IAM). */
export const listUserPolicies = operation('ListUserPolicies', {
  action: 'iam:ListUserPolicies',
  readOnly: true,
  resources: named('user', ({ UserName }) => UserName),
  audit: lowerCamel,

  handle: async (call) => listInlinePolicies(call, 'user', call.input.UserName, call.input),
});
