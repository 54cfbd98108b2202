import { lowerCamel } from '../../../audit/event.ts';
import { attachmentContext, deleteBoundary } from '../attachments.ts';
import { named, operation } from '../operation.ts';

/** Takes the boundary from a role. AWS: API_DeleteRolePermissionsBoundary (IAM). */
export const deleteRolePermissionsBoundary = operation('DeleteRolePermissionsBoundary', {
  action: 'iam:DeleteRolePermissionsBoundary',
  readOnly: false,
  resources: named('role', ({ RoleName }) => RoleName),
  context: ({ input, ports, caller }) =>
    attachmentContext(undefined, ports.principals.find(caller.accountId, 'role', input.RoleName)),
  audit: lowerCamel,

  async handle(call) {
    await deleteBoundary(call, 'role', call.input.RoleName);
    return undefined;
  },
});
