import { lowerCamel } from '../../../audit/event.ts';
import { attachmentContext, detachPolicy } from '../attachments.ts';
import { named, operation } from '../operation.ts';

/** Takes a managed policy from a user. AWS: API_DetachUserPolicy (IAM). */
export const detachUserPolicy = operation('DetachUserPolicy', {
  action: 'iam:DetachUserPolicy',
  readOnly: false,
  resources: named('user', ({ UserName }) => UserName),
  context: ({ input, ports, caller }) =>
    attachmentContext(input.PolicyArn, ports.principals.find(caller.accountId, 'user', input.UserName)),
  audit: lowerCamel,

  async handle(call) {
    await detachPolicy(call, 'user', call.input.UserName, call.input.PolicyArn);
    return undefined;
  },
});
