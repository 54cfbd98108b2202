import { lowerCamel } from '../../../audit/event.ts';
import { attachmentContext, putBoundary } from '../attachments.ts';
import { named, operation } from '../operation.ts';

/** Bounds what the policies of a user can allow. AWS: API_PutUserPermissionsBoundary (IAM). */
export const putUserPermissionsBoundary = operation('PutUserPermissionsBoundary', {
  action: 'iam:PutUserPermissionsBoundary',
  readOnly: false,
  resources: named('user', ({ UserName }) => UserName),
  context: ({ input }) => attachmentContext(undefined, { boundary: input.PermissionsBoundary }),
  audit: lowerCamel,

  async handle(call) {
    await putBoundary(call, 'user', call.input.UserName, call.input.PermissionsBoundary);
    return undefined;
  },
});
