import { lowerCamel } from '../../../audit/event.ts';
import { attachmentContext, deleteBoundary } from '../attachments.ts';
import { named, operation } from '../operation.ts';

/** Takes the boundary from a user. AWS: API_DeleteUserPermissionsBoundary (IAM). */
export const deleteUserPermissionsBoundary = operation('DeleteUserPermissionsBoundary', {
  action: 'iam:DeleteUserPermissionsBoundary',
  readOnly: false,
  resources: named('user', ({ UserName }) => UserName),
  context: ({ input, ports, caller }) =>
    attachmentContext(undefined, ports.principals.find(caller.accountId, 'user', input.UserName)),
  audit: lowerCamel,

  async handle(call) {
    await deleteBoundary(call, 'user', call.input.UserName);
    return undefined;
  },
});
