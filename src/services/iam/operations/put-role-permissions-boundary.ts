import { lowerCamel } from '../../../audit/event.ts';
import { attachmentContext, putBoundary } from '../attachments.ts';
import { named, operation } from '../operation.ts';

/** Bounds what the policies of a role can allow. AWS: API_PutRolePermissionsBoundary (IAM). */
export const putRolePermissionsBoundary = operation('PutRolePermissionsBoundary', {
  action: 'iam:PutRolePermissionsBoundary',
  readOnly: false,
  resources: named('role', ({ RoleName }) => RoleName),
  context: ({ input }) => attachmentContext(undefined, { boundary: input.PermissionsBoundary }),
  audit: lowerCamel,

  async handle(call) {
    await putBoundary(call, 'role', call.input.RoleName, call.input.PermissionsBoundary);
    return undefined;
  },
});
