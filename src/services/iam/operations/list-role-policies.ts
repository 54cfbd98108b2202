import { lowerCamel } from '../../../audit/event.ts';
import { listInlinePolicies } from '../inline-policies.ts';
import { named, operation } from '../operation.ts';

/** Names of the inline policies of a role. AWS: API_ListRolePolicies (IAM). */
export const listRolePolicies = operation('ListRolePolicies', {
  action: 'iam:ListRolePolicies',
  readOnly: true,
  resources: named('role', ({ RoleName }) => RoleName),
  audit: lowerCamel,

  handle: async (call) => listInlinePolicies(call, 'role', call.input.RoleName, call.input),
});
