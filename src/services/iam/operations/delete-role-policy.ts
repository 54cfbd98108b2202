import { lowerCamel } from '../../../audit/event.ts';
import { attachmentContext } from '../attachments.ts';
import { deleteInlinePolicy } from '../inline-policies.ts';
import { named, operation } from '../operation.ts';

/** Removes an inline policy of a role. AWS: API_DeleteRolePolicy (IAM). */
export const deleteRolePolicy = operation('DeleteRolePolicy', {
  action: 'iam:DeleteRolePolicy',
  readOnly: false,
  resources: named('role', ({ RoleName }) => RoleName),
  context: ({ input, ports, caller }) =>
    attachmentContext(undefined, ports.principals.find(caller.accountId, 'role', input.RoleName)),
  audit: lowerCamel,

  async handle(call) {
    await deleteInlinePolicy(call, 'role', call.input.RoleName, call.input.PolicyName);
    return undefined;
  },
});
