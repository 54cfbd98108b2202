import { lowerCamel } from '../../../audit/event.ts';
import { getInlinePolicy } from '../inline-policies.ts';
import { named, operation } from '../operation.ts';

/** An inline policy of a role. AWS: API_GetRolePolicy (IAM). */
export const getRolePolicy = operation('GetRolePolicy', {
  action: 'iam:GetRolePolicy',
  readOnly: true,
  resources: named('role', ({ RoleName }) => RoleName),
  audit: lowerCamel,

  async handle(call) {
    const { RoleName, PolicyName } = call.input;
    return { RoleName, PolicyName, PolicyDocument: getInlinePolicy(call, 'role', RoleName, PolicyName) };
  },
});
