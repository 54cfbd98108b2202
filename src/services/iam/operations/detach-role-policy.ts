import { lowerCamel } from '../../../audit/event.ts';
import { attachmentContext, detachPolicy } from '../attachments.ts';
import { named, operation } from '../operation.ts';

/** Takes a managed policy from a role. AWS: API_DetachRolePolicy (IAM). */
export const detachRolePolicy = operation('DetachRolePolicy', {
  action: 'iam:DetachRolePolicy',
  readOnly: false,
  resources: named('role', ({ RoleName }) => RoleName),
  context: ({ input, ports, caller }) =>
    attachmentContext(input.PolicyArn, ports.principals.find(caller.accountId, 'role', input.RoleName)),
  audit: lowerCamel,

  async handle(call) {
    await detachPolicy(call, 'role', call.input.RoleName, call.input.PolicyArn);
    return undefined;
  },
});
