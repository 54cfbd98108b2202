import { lowerCamel } from '../../../audit/event.ts';
import { attachmentContext } from '../attachments.ts';
import { putInlinePolicy } from '../inline-policies.ts';
import { named, operation } from '../operation.ts';

/** Gives a role an inline policy, or replaces it. AWS: API_PutRolePolicy (IAM). */
export const putRolePolicy = operation('PutRolePolicy', {
  action: 'iam:PutRolePolicy',
  readOnly: false,
  resources: named('role', ({ RoleName }) => RoleName),
  context: ({ input, ports, caller }) =>
    attachmentContext(undefined, ports.principals.find(caller.accountId, 'role', input.RoleName)),
  audit: lowerCamel,

  async handle(call) {
    await putInlinePolicy(call, 'role', call.input.RoleName, call.input);
    return undefined;
  },
});
