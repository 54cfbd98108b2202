import { lowerCamel } from '../../../audit/event.ts';
import { putEntity } from '../changes.ts';
import { requireOwnRole } from '../holders.ts';
import { named, operation } from '../operation.ts';
import { acceptTrust } from '../roles.ts';

/** Replaces the trust policy of a role. AWS: API_UpdateAssumeRolePolicy (IAM). */
export const updateAssumeRolePolicy = operation('UpdateAssumeRolePolicy', {
  action: 'iam:UpdateAssumeRolePolicy',
  readOnly: false,
  resources: named('role', ({ RoleName }) => RoleName),
  audit: lowerCamel,

  async handle(call) {
    const role = requireOwnRole(call, call.input.RoleName);
    await putEntity(call, { ...role, trustPolicy: acceptTrust(call, call.input.PolicyDocument) });
    return undefined;
  },
});
