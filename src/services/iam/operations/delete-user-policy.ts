import { lowerCamel } from '../../../audit/event.ts';
import { attachmentContext } from '../attachments.ts';
import { deleteInlinePolicy } from '../inline-policies.ts';
import { named, operation } from '../operation.ts';

/** Removes an inline policy of a user. AWS: API_DeleteUserPolicy (IAM). */
export const deleteUserPolicy = operation('DeleteUserPolicy', {
  action: 'iam:DeleteUserPolicy',
  readOnly: false,
  resources: named('user', ({ UserName }) => UserName),
  context: ({ input, ports, caller }) =>
    attachmentContext(undefined, ports.principals.find(caller.accountId, 'user', input.UserName)),
  audit: lowerCamel,

  async handle(call) {
    await deleteInlinePolicy(call, 'user', call.input.UserName, call.input.PolicyName);
    return undefined;
  },
});
