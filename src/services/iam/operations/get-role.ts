import { lowerCamel } from '../../../audit/event.ts';
import { requireRole } from '../holders.ts';
import { named, operation } from '../operation.ts';
import { toWholeRole } from '../shapes.ts';

/** A role with its trust policy, tags and last use. AWS: API_GetRole (IAM). */
export const getRole = operation('GetRole', {
  action: 'iam:GetRole',
  readOnly: true,
  resources: named('role', ({ RoleName }) => RoleName),
  audit: lowerCamel,

  async handle(call) {
    const { principals, lastUses } = call.ports;
    const role = requireRole(call, call.input.RoleName);
    return { Role: toWholeRole(role, principals, await lastUses.of(role.id)) };
  },
});
