import { lowerCamel } from '../../../audit/event.ts';
import { listAttachedPolicies } from '../attachments.ts';
import { named, operation } from '../operation.ts';

/** Managed policies that are attached to a role. AWS: API_ListAttachedRolePolicies (IAM). */
export const listAttachedRolePolicies = operation('ListAttachedRolePolicies', {
  action: 'iam:ListAttachedRolePolicies',
  readOnly: true,
  resources: named('role', ({ RoleName }) => RoleName),
  audit: lowerCamel,

  handle: async (call) => listAttachedPolicies(call, 'role', call.input.RoleName, call.input),
});
