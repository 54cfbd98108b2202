import { lowerCamel } from '../../../audit/event.ts';
import { attachPolicy, attachmentContext } from '../attachments.ts';
import { named, operation } from '../operation.ts';

/** Attaches a managed policy to a role. AWS: API_AttachRolePolicy (IAM). */
export const attachRolePolicy = operation('AttachRolePolicy', {
  action: 'iam:AttachRolePolicy',
  readOnly: false,
  resources: named('role', ({ RoleName }) => RoleName),
  context: ({ input, ports, caller }) =>
    attachmentContext(input.PolicyArn, ports.principals.find(caller.accountId, 'role', input.RoleName)),
  audit: lowerCamel,

  async handle(call) {
    await attachPolicy(call, 'role', call.input.RoleName, call.input.PolicyArn);
    return undefined;
  },
});
