import { lowerCamel } from '../../../audit/event.ts';
import { removeEntity } from '../changes.ts';
import { hasAttachedPolicies, hasInlinePolicies } from '../errors.ts';
import { requireOwnRole } from '../holders.ts';
import { named, operation } from '../operation.ts';

/** Deletes a role that has no policies. Its sessions end with it. AWS: API_DeleteRole (IAM). */
export const deleteRole = operation('DeleteRole', {
  action: 'iam:DeleteRole',
  readOnly: false,
  resources: named('role', ({ RoleName }) => RoleName),
  audit: lowerCamel,

  async handle(call) {
    const role = requireOwnRole(call, call.input.RoleName);
    if (role.attached.length > 0) throw hasAttachedPolicies();
    if (Object.keys(role.inline).length > 0) throw hasInlinePolicies();
    await removeEntity(call, role);
    call.ports.lastUses.forget(role.id);
    return undefined;
  },
});
